import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

import kvmsearch
from kvmsearch import Commit, Index, Outcome, Person, Progress, Ref, SourceSpec
from kvmsearch.errors import (
    AmbiguousCommitError,
    LockedError,
    NoIndexError,
    OutdatedError,
    SourceError,
    StorageError,
    UnknownCommitError,
    UnknownSourceError,
    UsageError,
)
from kvmsearch.query import Author, Word, Words
from kvmsearch.record import replace
from tests.sources.repositories import Repository

FEEDS = Path(__file__).parent / "data" / "feeds"
SAMPLE = SourceSpec("kvm", str(FEEDS / "kvm-virt.atom"))
U_BOOT = SourceSpec("u-boot", str(FEEDS / "cgit-u-boot-next.atom"))

ABBA = "2a62345b30529e488beb6a1220577b3495933724"
MERGE = "9123c5f956b1fbedd63821eb528ece55ddd0e49c"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Return an empty index."""
    with kvmsearch.open(tmp_path / "index", create=True) as index:
        yield index


@pytest.fixture
def sample(index: Index) -> Index:
    """Return an index of the sample feed."""
    index.register(SAMPLE)
    index.update()
    return index


def commit(commit_id: str, message: str = "KVM: Fix a lock\n", *refs: Ref) -> Commit:
    """Return a commit whose id begins so and goes on in zeros."""
    ann = Person("Ann", "ann@example.org")
    day = datetime(2026, 3, 1, tzinfo=UTC)
    return Commit(commit_id.ljust(40, "0"), message, ann, day, refs=refs)


def found(index: Index, query: str) -> list[str]:
    """Return the ids of the hits, best first."""
    return [hit.commit.id for hit in index.search(query)]


# --- Opening -----------------------------------------------------------------------------------


def test_open_makes_an_index_only_when_told(tmp_path: Path) -> None:
    """Without `create` a place without index is an error that says what makes one."""
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NoIndexError, match=f"^{place}: .*`kvmsearch index` makes one"):
            kvmsearch.open(place)
    assert list(tmp_path.iterdir()) == []


def test_open_takes_an_index_as_it_is(tmp_path: Path) -> None:
    """`create` leaves an index that is there alone; a location is text or a path."""
    with kvmsearch.open(str(tmp_path / "index"), create=True) as index:
        index.add([commit("1")])
    with kvmsearch.open(tmp_path / "index", create=True) as index:
        assert len(index) == 1


def test_places_that_cannot_hold_an_index(tmp_path: Path) -> None:
    """A URL, and a place where a file is in the way, are told in one line."""
    with pytest.raises(UsageError, match="URLs are not supported"):
        kvmsearch.open("https://search.example.org/", create=True)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="no index can be made here"):
        kvmsearch.open(tmp_path / "file", create=True)


def test_two_writers(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one writes, another is refused and readers see the last commit whole."""
    monkeypatch.setattr("kvmsearch.index.PATIENCE", 0.1)
    index.add([commit("1")])
    with kvmsearch.open(tmp_path / "index") as other:

        def commits() -> Iterator[Commit]:
            yield commit("2")
            refused = r"another kvmsearch is writing .* \(waited 0\.1 seconds for it\)"
            with pytest.raises(LockedError, match=refused):
                other.add([commit("3")])
            assert len(other) == 1

        index.add(commits())
        assert len(other) == 2


def test_a_second_writer_waits(index: Index, tmp_path: Path) -> None:
    """Who wants to write while another does waits a little for it to end."""
    waiting = Event()
    with kvmsearch.open(tmp_path / "index") as other, ThreadPoolExecutor() as pool:

        def commits() -> Iterator[Commit]:
            yield commit("1")
            later.append(pool.submit(add))
            waiting.wait()

        def add() -> Outcome:
            waiting.set()
            return other.add([commit("2")])

        later: list[Future[Outcome]] = []
        index.add(commits())
        assert later[0].result() == Outcome("", 1, 0, 0)
        assert len(index) == 2


# --- Commits -----------------------------------------------------------------------------------


def test_added_commits_are_counted_found_and_listed(index: Index) -> None:
    """Commits of any origin can be added, searched, counted, listed and asked for."""
    first = commit("a", "KVM: Fix a deadlock\n", Ref("mine", "next"))
    second = commit("b", "KVM: Add a cap\n")
    assert index.add([first, second]) == Outcome("", 2, 0, 0)
    assert index.add([second]) == Outcome("", 0, 0, 1)
    assert len(index) == 2
    assert {*index} == {first, second}
    assert index.get(first.id) == first
    assert index.get(first.id).refs == (Ref("mine", "next"),)
    assert found(index, "deadlock") == [first.id]
    assert found(index, "branch:mine/next") == [first.id]


def test_adding_is_all_or_nothing(index: Index) -> None:
    """A commit that is refused, or an error where commits come from, undoes the others."""
    for bad_id in ("abc", "A" * 40, "g" * 40, "a" * 41, ""):
        with pytest.raises(UsageError, match="is not a full object name"):
            index.add([commit("1"), replace(commit("2"), id=bad_id)])
    with pytest.raises(ZeroDivisionError):
        index.add(commit(str(1 // number)) for number in (1, 0))
    assert len(index) == 0


def test_ids_of_sha256(index: Index) -> None:
    """A repository of SHA-256 has ids of 64 digits."""
    long = replace(commit("1"), id="1" * 64)
    index.add([long])
    assert index.get("1" * 64) == index.get("1" * 50) == long


def test_get_by_abbreviated_id(sample: Index) -> None:
    """An id is taken from 4 digits on, in either case, with space around it."""
    for text in (ABBA, ABBA[:4], ABBA[:12].upper(), f" {ABBA[:20]}\n"):
        assert sample.get(text).id == ABBA


@pytest.mark.parametrize("text", ["", "2a6", "2a62345b3052z", "HEAD", "2a62345b3053", "f" * 40])
def test_get_of_no_commit(sample: Index, text: str) -> None:
    """What is no id, too short, or of no commit is an error on one line."""
    with pytest.raises(UnknownCommitError, match=r"\A.*(is not a commit id|no commit).*\Z"):
        sample.get(text)


def test_get_of_an_ambiguous_id(index: Index) -> None:
    """An abbreviation of several commits is an error that has them all; a full id never is."""
    ids = ["abcd" + digit * 36 for digit in "123"]
    index.add(commit(one) for one in ids)
    with pytest.raises(AmbiguousCommitError, match="ambiguous") as raised:
        index.get("abcd")
    assert raised.value.candidates == tuple(ids)
    assert index.get(ids[0]).id == ids[0]


# --- Searching ---------------------------------------------------------------------------------


def test_the_sample_question(sample: Index) -> None:
    """The commit that writes "ABBA deadlock" is first, the merge with "AB-BA conflict" is found."""
    results = sample.search("ABBA deadlock")
    assert [hit.commit.id for hit in results] == [ABBA, MERGE]
    assert (results.total, results.with_all_words, len(results)) == (2, 2, 2)
    assert results.hits[0].score > results.hits[1].score
    marked = [
        snippet.text[start:end]
        for hit in results
        for snippet in hit.snippets
        for start, end in snippet.matches
    ]
    assert {"ABBA", "AB-BA", "deadlock"} <= {*marked}


def test_text_and_tree_find_the_same(sample: Index) -> None:
    """A query is text or a tree; what it means as text is told."""
    by_text = sample.search("deadlock author:roth")
    by_tree = sample.search(Words((Word("deadlock"),)) & Author("roth"))
    assert by_text == by_tree
    assert [hit.commit.id for hit in by_tree] == [ABBA]
    assert sample.parse(by_text.query) == sample.parse("deadlock author:roth")


def test_trailers_of_the_index_are_fields(sample: Index) -> None:
    """A trailer key is a field where the index has it, and a word where it has not."""
    assert found(sample, "reviewed-by:vishal") == ["8622ef05709fbc4903f54cdf1ac8c3725e479dd8"]
    assert isinstance(sample.parse("no-such-key:x"), Words)
    assert str(sample.parse("Reviewed-By:x")) == "reviewed-by:x"


def test_paging(sample: Index) -> None:
    """Pages of hits add up to all of them, whatever their size; the total is that of all."""
    every = sample.search("KVM", limit=100)
    assert every.total == len(every) > 5
    pages = [sample.search("KVM", limit=2, skip=skip) for skip in range(0, every.total + 2, 2)]
    assert [hit for page in pages for hit in page] == [*every]
    assert {page.total for page in pages} == {every.total}
    assert sample.search("KVM", limit=0).hits == ()


def test_sorted_answers_need_all_words(sample: Index) -> None:
    """By date, and with match="all", only commits with all words are hits; "any" takes others."""
    query = "deadlock guest_memfd"
    ranked = sample.search(query)
    assert ranked.total > ranked.with_all_words > 0
    assert sample.search(query, match="all").total == ranked.with_all_words
    assert sample.search(query, sort="newest").total == ranked.with_all_words
    assert sample.search(query, sort="newest", match="any").total == ranked.total


def test_order_of_dates(sample: Index) -> None:
    """Newest and oldest first are by the committer date, and each other's reverse."""
    newest = [hit.commit for hit in sample.search("", limit=100, sort="newest")]
    oldest = [hit.commit for hit in sample.search("", limit=100, sort="oldest")]
    assert len(newest) == 10
    assert [one.date for one in newest] == sorted((one.date for one in newest), reverse=True)
    assert [one.date for one in oldest] == sorted(one.date for one in newest)


def test_copies_are_one_hit(index: Index) -> None:
    """A commit and its backport are one hit with a copy, unless asked apart."""
    upstream = commit("a", "KVM: Fix a deadlock\n")
    backport = commit("b", f"KVM: Fix a deadlock\n\ncommit {upstream.id} upstream.\n")
    index.add([upstream, backport])
    (hit,) = index.search("deadlock")
    assert {hit.commit.id, *(copy.id for copy in hit.copies)} == {upstream.id, backport.id}
    assert index.search("deadlock", group=False).total == 2


def test_arguments_that_cannot_be_right(index: Index) -> None:
    """Negative pages and unknown ways to match and sort are errors that name the choices."""
    with pytest.raises(UsageError, match="cannot be negative"):
        index.search("x", limit=-1)
    with pytest.raises(UsageError, match="cannot be negative"):
        index.search("x", skip=-1)
    with pytest.raises(UsageError, match="auto, all, any"):
        index.search("x", match="some")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="relevance, newest, oldest"):
        index.search("x", sort="best")  # type: ignore[arg-type]


# --- Sources -----------------------------------------------------------------------------------


def test_sources_are_listed_with_what_they_hold(sample: Index) -> None:
    """Each source tells its refs, commits, newest commit and last update; in order of names."""
    sample.register(SourceSpec("a-first", "/nowhere"))
    untouched, status = sample.sources()
    assert (untouched.spec.name, untouched.refs, untouched.commits) == ("a-first", (), 0)
    assert (untouched.newest, untouched.last_update, untouched.last_error) == (None, None, None)
    assert status.spec == SAMPLE
    assert status.refs == ("v7.0-rc6",)
    assert status.commits == 10
    assert status.newest is not None
    assert status.newest.id.startswith("94fe3e6515dd")
    assert status.last_update is not None
    assert status.last_update.tzinfo is not None


@pytest.mark.parametrize("name", ["", "a b", "a/b", "-x", ".x", "x\n", "\x1b[m", "x" * 101])
def test_names_that_no_source_can_have(index: Index, name: str) -> None:
    """A name that cannot stand in source/branch, or in a line of output, is refused."""
    with pytest.raises(UsageError, match="cannot name a source"):
        index.register(replace(SAMPLE, name=name))
    assert index.sources() == []


def test_a_name_is_of_one_location(sample: Index) -> None:
    """A name that another location has is refused; the same location may follow other refs."""
    with pytest.raises(UsageError, match=r"kvm: already the name of .*kvm-virt\.atom"):
        sample.register(replace(U_BOOT, name="kvm"))
    before = sample.sources()[0]
    sample.register(SAMPLE)
    assert sample.sources() == [before]
    sample.register(replace(SAMPLE, branches=("next",)))
    (after,) = sample.sources()
    assert after == replace(before, spec=replace(SAMPLE, branches=("next",)))


def test_a_slip_of_the_pen_costs_nothing(index: Index, tmp_path: Path) -> None:
    """A known source told to follow what is not there is followed as before."""
    repository = Repository(tmp_path / "linux")
    repository.commit("KVM: Fix a lock")
    spec = SourceSpec("linux", str(repository.path), ("master",))
    index.register(spec)
    index.update()
    with pytest.raises(SourceError, match="no branch or tag 'mastre'; there is master"):
        index.register(replace(spec, branches=("mastre",)))
    (status,) = index.sources()
    assert (status.spec, status.commits) == (spec, 1)
    index.register(replace(spec, merges=False))
    assert index.sources()[0].spec.merges is False


def test_update_of_some(index: Index) -> None:
    """Only the sources named are read, each once, in the order given; without names all are."""
    index.register(SAMPLE)
    index.register(U_BOOT)
    assert [done.source for done in index.update("u-boot", "u-boot")] == ["u-boot"]
    assert index.update("kvm", "u-boot") == [Outcome("kvm", 10, 0, 0), Outcome("u-boot", 0, 0, 10)]
    assert {done.source for done in index.update()} == {"kvm", "u-boot"}


def test_update_of_an_unknown_source(index: Index) -> None:
    """An unknown name is an error that lists the known ones, and nothing is read."""
    with pytest.raises(UnknownSourceError, match="known: none"):
        index.update("kvm")
    index.register(SAMPLE)
    with pytest.raises(UnknownSourceError, match="x: no source of that name; known: kvm"):
        index.update("kvm", "x")
    assert len(index) == 0


def test_standard_input_is_left_out_of_an_update_of_all(sample: Index) -> None:
    """What came from standard input cannot be read again."""
    sample.register(SourceSpec("piped", "-"))
    assert [done.source for done in sample.update()] == ["kvm"]


def test_a_source_that_fails_does_not_stop_others(index: Index) -> None:
    """Sources that cannot be opened, or not read, have errors; those beside them are read."""
    index.register(SourceSpec("gone", "/no/such/place"))
    index.register(SourceSpec("odd", "git://example.org/linux.git"))
    index.register(replace(SAMPLE, name="truncated", location=str(FEEDS / "truncated.atom")))
    index.register(U_BOOT)
    done = {outcome.source: outcome for outcome in index.update()}
    assert done["u-boot"].error is None
    assert len(index) == 10
    statuses = {status.spec.name: status for status in index.sources()}
    for name in ("gone", "odd", "truncated"):
        assert done[name].error
        assert statuses[name].last_error == done[name].error
        assert statuses[name].last_update is not None
    assert statuses["truncated"].commits == 3


def test_progress_of_an_update(index: Index) -> None:
    """An update reports how many commits of each source are read."""
    told: list[Progress] = []
    index.register(SAMPLE)
    index.update(progress=told.append)
    assert told == [Progress("kvm", 10, None)]


def test_a_removed_source_leaves_its_commits(sample: Index) -> None:
    """Commits of a removed source are found, on no branch, until they are pruned."""
    sample.register(replace(SAMPLE, name="same"))
    sample.update("same")
    sample.remove("kvm")
    assert sample.prune() == 0
    assert sample.get(ABBA).refs == (Ref("same", "v7.0-rc6"),)
    sample.remove("same")
    assert ABBA in found(sample, "ABBA")
    assert sample.get(ABBA).refs == ()
    assert sample.prune() == 10
    assert len(sample) == 0
    with pytest.raises(UnknownSourceError):
        sample.remove("kvm")


def test_pruned_commits_come_back(index: Index, tmp_path: Path) -> None:
    """A commit that was taken off its branch, pruned, and put back, is read again."""
    repository = Repository(tmp_path / "linux")
    repository.commit("KVM: Stay")
    deadlock = repository.commit("KVM: Fix a deadlock")
    index.register(SourceSpec("linux", str(repository.path)))
    index.update()
    repository.git("reset", "-q", "--hard", "HEAD^")
    index.update()
    assert index.get(deadlock).refs == ()
    assert index.prune() == 1
    assert found(index, "deadlock") == []
    repository.git("reset", "-q", "--hard", deadlock)
    assert index.update() == [Outcome("linux", 1, 0, 0)]
    assert index.get(deadlock).refs == (Ref("linux", "master"),)


# --- Another analysis --------------------------------------------------------------------------


def make_old(index: Path) -> None:
    """Make an index look as if an older analysis had made it."""
    (manifest,) = index.glob("kvmsearch_*.json")
    values = json.loads(manifest.read_text())
    values["segments"] = [[name, count, 0, gone] for name, count, _, gone in values["segments"]]
    manifest.write_text(json.dumps(values))


def test_reindex_mends_an_old_index(tmp_path: Path) -> None:
    """An index of another analysis is not searched but says so; reindex keeps all and mends it."""
    with kvmsearch.open(tmp_path / "index", create=True) as sample:
        sample.register(SAMPLE)
        sample.update()
        before = {one.id: (one, one.refs) for one in sample}
        statuses = sample.sources()
    make_old(tmp_path / "index")
    with kvmsearch.open(tmp_path / "index") as old:
        with pytest.raises(OutdatedError, match="run `kvmsearch reindex`"):
            old.search("ABBA")
        assert old.get(ABBA).id == ABBA
        told: list[int] = []
        assert old.reindex(told.append) == 10
        assert told[-1] == 10
        assert found(old, "ABBA deadlock") == [ABBA, MERGE]
        assert {one.id: (one, one.refs) for one in old} == before
        assert old.sources() == statuses


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_an_index_that_cannot_be_written(sample: Index, tmp_path: Path) -> None:
    """Without the right to write, searching works and writing is an error on one line."""
    (tmp_path / "index").chmod(0o500)
    assert ABBA in found(sample, "ABBA")
    with pytest.raises(StorageError, match="cannot be written"):
        sample.prune()
    (tmp_path / "index").chmod(0o700)
