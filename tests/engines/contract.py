"""What every engine does: one suite, to be run by each.

A module of tests derives a class from each of these and gives it the fixture `opened`, and
`shared`: the same, but for all tests of the module, which only read.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest

from kvmsearch.commit import Commit, Completeness, Person, Ref
from kvmsearch.engines.protocol import Engine, Put
from kvmsearch.errors import LockedError
from kvmsearch.query.tree import Everything, Id, On
from kvmsearch.record import replace
from kvmsearch.registry import RefState, SourceSpec, SourceState
from tests.engines.made import (
    NEXT,
    QUEUE,
    STABLE,
    Opener,
    asked,
    fill,
    made,
    ranked,
    real,
    state_of,
    titles,
    told_by_feed,
)

ONE, TWO, THREE = made("one", 1), made("two", 2), made("three", 3)
KVM = SourceState(
    SourceSpec("kvm", "https://example.org/kvm.git", ("next", "v7.*"), ("virt/kvm",), merges=False),
    {"next": RefState(ONE.id, complete=True)},
    datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "cut short",
)


class FailedError(Exception):
    """What a source might raise in the middle."""


class EngineContract:
    """Gives each test an empty index."""

    @pytest.fixture
    def engine(self, opened: Opener) -> Engine:
        """Return an engine on an empty index."""
        return opened("index")


class StoringContract(EngineContract):
    """Commits go in, and come out as they were."""

    def test_empty(self, engine: Engine) -> None:
        """A new index has no commits and no sources, and nothing matches in it."""
        assert (len(engine), list(engine), dict(engine.registry())) == (0, [], {})
        assert engine.get(ONE.id) is None
        assert engine.ids("", 5) == []
        assert engine.on_source("kvm") == (0, None)
        answers = asked(engine, "one")
        assert (answers.total, answers.with_all_words, answers.page) == (0, 0, ())

    @pytest.mark.parametrize(
        "commit",
        [
            made('title\n\nbody\n\nFixes: 1 ("x")\nFixes: 2\n', url="https://example.org/"),
            made("", id="0" * 64, parents=("1" * 40, "2" * 40)),
            made("\ud800 \x1b[31m\0 é\U0001f600", author=Person("", "")),
            made("x", author_date=datetime(1969, 1, 1, tzinfo=timezone(timedelta(hours=-9.5)))),
            made("x", committer_date=datetime(1970, 1, 1, tzinfo=UTC)),
            told_by_feed(made("told by a feed")),
        ],
        ids=["trailers", "sha256", "odd", "early", "epoch", "feed"],
    )
    def test_comes_back(self, opened: Opener, commit: Commit) -> None:
        """A commit comes back as it was put, with its zones and unknowns, now and later."""
        fill(opened("index"), [commit], NEXT)
        for engine in (opened("index"), opened("index")):
            kept = engine.get(commit.id)
            assert kept is not None
            assert (kept, kept.refs) == (commit, (NEXT,))
            assert kept.author_date.utcoffset() == commit.author_date.utcoffset()
            assert kept.committer_date is None or commit.committer_date is not None
            assert list(engine) == [commit]

    def test_put_again(self, engine: Engine) -> None:
        """A commit put again is unchanged, in the same transaction and in a later one."""
        with engine.transaction() as writing:
            assert writing.put(ONE) is Put.NEW
            assert writing.put(ONE) is Put.UNCHANGED
        with engine.transaction() as writing:
            assert writing.put(ONE) is Put.UNCHANGED
        assert len(engine) == 1

    @pytest.mark.parametrize("at_once", [True, False])
    def test_repository_replaces_feed(self, engine: Engine, *, at_once: bool) -> None:
        """What a repository tells replaces what a feed told, and the commit keeps its refs."""
        fill(engine, [TWO, told_by_feed(ONE)], NEXT)
        with engine.transaction() as writing:
            if at_once:
                assert writing.put(told_by_feed(THREE), [NEXT]) is Put.NEW
                assert writing.put(THREE, [STABLE]) is Put.UPDATED
            assert writing.put(ONE, [STABLE]) is Put.UPDATED
        kept = engine.get(ONE.id)
        assert kept is not None
        assert (kept, kept.completeness) == (ONE, Completeness.REPOSITORY)
        assert kept.refs == (NEXT, STABLE)
        assert len(engine) == (3 if at_once else 2)
        assert asked(engine, "one").total == 1

    def test_feed_never_replaces_repository(self, engine: Engine) -> None:
        """What a feed tells changes nothing of what a repository told, but adds its ref."""
        fill(engine, [ONE], NEXT)
        with engine.transaction() as writing:
            assert writing.put(told_by_feed(ONE), [STABLE]) is Put.UNCHANGED
        kept = engine.get(ONE.id)
        assert kept is not None
        assert (kept, kept.url, kept.refs) == (ONE, None, (NEXT, STABLE))

    def test_ids(self, engine: Engine) -> None:
        """Ids are found by their beginning, in order, up to a limit; longer or shorter ones too."""
        names = ["a" * 40, "ab" * 20, "ab" * 32, "b" * 40]
        fill(engine, [made(name, id=name) for name in names[:2]])
        fill(engine, [made(name, id=name) for name in names[2:]])
        assert engine.ids("a", 9) == names[:3]
        assert engine.ids("a", 2) == names[:2]
        assert engine.ids("abab", 9) == names[1:3]
        assert engine.ids("b" * 40, 9) == names[3:]
        assert engine.ids("c", 9) == engine.ids("a?", 9) == engine.ids("*", 9) == []

    def test_has_trailer(self, engine: Engine) -> None:
        """An index knows the trailer keys of its commits, in any case, and no others."""
        commit = made("title\n\nReported-By: Ann\nCc: Bob\n")
        fill(engine, [commit])
        assert engine.has_trailer("reported-by")
        assert engine.has_trailer("cc")
        assert not engine.has_trailer("reported")
        assert not engine.has_trailer("title")

    def test_trailers_go(self, engine: Engine) -> None:
        """A trailer key is not known longer than its last commit."""
        fill(engine, [ONE], NEXT)
        fill(engine, [made("title\n\nCc: Bob\n"), TWO])
        fill(engine, [TWO], NEXT)
        with engine.transaction() as writing:
            assert writing.prune() == 1
        assert not engine.has_trailer("cc")


class MembershipContract(EngineContract):
    """Which commits are on which refs."""

    def refs(self, engine: Engine, commit: Commit) -> list[Ref]:
        """Return the refs that a commit is on."""
        kept = engine.get(commit.id)
        assert kept is not None
        return list(kept.refs)

    def test_one_document(self, engine: Engine) -> None:
        """A commit that comes through several refs and sources is one document on all of them."""
        fill(engine, [ONE, TWO], NEXT)
        with engine.transaction() as writing:
            writing.put(ONE, [STABLE, QUEUE])
        assert len(engine) == 2
        assert self.refs(engine, ONE) == [NEXT, QUEUE, STABLE]
        assert asked(engine, "one").page[0].commit.refs == (NEXT, QUEUE, STABLE)

    def test_join_and_leave(self, engine: Engine) -> None:
        """Commits join and leave a ref by their ids; ids that are not held are passed over."""
        fill(engine, [ONE, TWO], NEXT)
        with engine.transaction() as writing:
            writing.put(THREE)
            writing.join(STABLE, [ONE.id, THREE.id, "f" * 40])
            writing.leave(NEXT, [ONE.id, THREE.id, "f" * 40])
            writing.leave(QUEUE, [ONE.id])
        assert self.refs(engine, ONE) == self.refs(engine, THREE) == [STABLE]
        assert self.refs(engine, TWO) == [NEXT]

    def test_last_word_counts(self, engine: Engine) -> None:
        """Of several changes to one ref in a transaction the last is what stays."""
        with engine.transaction() as writing:
            writing.put(ONE, [NEXT])
            writing.leave(NEXT, [ONE.id])
            writing.put(TWO, [NEXT])
            writing.drop(NEXT)
            writing.join(NEXT, [ONE.id])
        assert (self.refs(engine, ONE), self.refs(engine, TWO)) == ([NEXT], [])
        with engine.transaction() as writing:
            writing.drop(NEXT)
            writing.join(NEXT, [TWO.id])
        assert (self.refs(engine, ONE), self.refs(engine, TWO)) == ([], [NEXT])

    def test_drop(self, engine: Engine) -> None:
        """A dropped ref is forgotten; its commits stay and are found."""
        fill(engine, [ONE], NEXT, STABLE)
        with engine.transaction() as writing:
            writing.drop(NEXT)
            writing.drop(QUEUE)
        assert self.refs(engine, ONE) == [STABLE]
        assert titles(engine, "one") == {"one"}

    def test_remove_source(self, engine: Engine) -> None:
        """A removed source goes with its refs alone; its commits stay, on none or on others."""
        fill(engine, [ONE], NEXT, QUEUE)
        fill(engine, [TWO], NEXT, STABLE)
        with engine.transaction() as writing:
            writing.set_source(KVM)
            writing.remove_source("kvm")
            writing.remove_source("unknown")
        assert (self.refs(engine, ONE), self.refs(engine, TWO)) == ([], [STABLE])
        assert dict(engine.registry()) == {}

    def test_prune(self, engine: Engine) -> None:
        """Pruning removes the commits that are on no ref, put just now or long ago."""
        fill(engine, [ONE])
        fill(engine, [TWO], NEXT)
        with engine.transaction() as writing:
            writing.put(THREE)
            assert writing.prune() == 2
        assert list(engine) == [TWO]
        assert engine.get(ONE.id) is None
        assert engine.ids("", 9) == [TWO.id]
        assert titles(engine, Everything()) == titles(engine, Id("")) == {"two"}
        assert titles(engine, "one") == set()

    def test_pruned_commit_returns(self, engine: Engine) -> None:
        """A pruned commit that comes again is new, also in the same transaction; joins miss it."""
        with fill(engine, [ONE, TWO]).transaction() as writing:
            writing.put(THREE, [NEXT])
            assert writing.prune() == 2
            writing.join(STABLE, [ONE.id, TWO.id])
            assert writing.put(ONE, [NEXT]) is Put.NEW
        assert titles(engine, Everything()) == {"one", "three"}
        assert titles(engine, On("*")) == {"one", "three"}
        assert engine.on_source("stable") == (0, None)

    def test_on_source(self, engine: Engine) -> None:
        """A source has the commits of all its refs, each once; the newest one is known."""
        fill(engine, [ONE, THREE], NEXT)
        fill(engine, [TWO, ONE], QUEUE)
        fill(engine, [made("new", 9)], STABLE)
        assert engine.on_source("kvm") == (3, THREE)
        assert engine.on_source("kv") == (0, None)

    def test_registry(self, opened: Opener) -> None:
        """Sources come back as they were set; a later setting replaces, and removing forgets."""
        other = SourceState(SourceSpec("-in", "-"))
        with opened("index").transaction() as writing:
            writing.set_source(replace(KVM, refs={}))
            writing.set_source(other)
            writing.set_source(KVM)
        assert dict(opened("index").registry()) == {"kvm": KVM, "-in": other}
        with opened("index").transaction() as writing:
            writing.remove_source("-in")
        assert dict(opened("index").registry()) == {"kvm": KVM}


class TransactionContract(EngineContract):
    """Changes become visible together, and last."""

    def test_together(self, opened: Opener) -> None:
        """Documents, membership and sources are seen by none before the end, and then by all."""
        writer, reader = fill(opened("index"), [ONE], NEXT), opened("index")
        before = state_of(reader)
        with writer.transaction() as writing:
            writing.put(TWO, [NEXT])
            writing.leave(NEXT, [ONE.id])
            writing.set_source(KVM)
            assert state_of(reader) == state_of(writer) == state_of(opened("index")) == before
        after = ([(ONE, ()), (TWO, (NEXT,))], {"kvm": KVM})
        if ONE.id > TWO.id:
            after[0].reverse()
        assert state_of(reader) == state_of(writer) == state_of(opened("index")) == after

    def test_exception(self, opened: Opener) -> None:
        """An exception drops all of a transaction, and the next one begins afresh."""
        engine = fill(opened("index"), [told_by_feed(ONE), TWO], NEXT)
        before = state_of(engine)
        with suppress(FailedError), engine.transaction() as writing:
            writing.put(ONE, [STABLE])
            writing.put(THREE, [NEXT])
            writing.drop(NEXT)
            writing.set_source(KVM)
            raise FailedError
        assert state_of(engine) == state_of(opened("index")) == before
        assert fill(engine, [THREE], NEXT).get(THREE.id) == THREE

    def test_commit_on_the_way(self, engine: Engine) -> None:
        """What was committed on the way stays when the rest is dropped."""
        with suppress(FailedError), engine.transaction() as writing:
            writing.put(ONE, [NEXT])
            writing.commit()
            assert len(engine) == 1
            writing.put(TWO, [NEXT])
            raise FailedError
        assert state_of(engine) == ([(ONE, (NEXT,))], {})

    def test_one_writer(self, opened: Opener) -> None:
        """While one writes, a second writer is told so; then it is free, after a failure too."""
        first, second = opened("index"), opened("index")
        for failure in (None, FailedError):
            with first.transaction(), pytest.raises(LockedError, match="another"):
                fill(second, [])
            if failure:
                with pytest.raises(failure), first.transaction():
                    raise failure
            fill(second, [ONE])
        assert len(first) == 1

    def test_two_indexes(self, opened: Opener) -> None:
        """Two indexes are written side by side."""
        with opened("index").transaction() as one, opened("other").transaction() as other:
            one.put(ONE)
            other.put(TWO)
        assert (list(opened("index")), list(opened("other"))) == ([ONE], [TWO])

    def test_iteration_stays_whole(self, engine: Engine) -> None:
        """Who goes through all commits sees those of one moment, whatever is written meanwhile."""
        fill(engine, [ONE, TWO], NEXT)
        seen = []
        for commit in engine:
            seen.append((commit, commit.refs))
            with engine.transaction() as writing:
                writing.drop(NEXT)
                writing.prune()
                writing.put(THREE)
            assert len(engine) == 1
        assert sorted(seen, key=lambda pair: pair[0].title) == [(ONE, (NEXT,)), (TWO, (NEXT,))]

    def test_rebuild(self, engine: Engine) -> None:
        """Analyzing all anew changes nothing that is seen, and tells how far it is."""
        fill(engine, [told_by_feed(ONE), TWO], NEXT)
        fill(engine, [ONE, THREE], STABLE)
        before, ranking = state_of(engine), ranked(engine, "one three")
        with engine.transaction() as writing:
            writing.set_source(KVM)
            done = list(writing.rebuild())
        assert (done, done[-1]) == (sorted(done), 3)
        assert state_of(engine) == (before[0], {"kvm": KVM})  # type: ignore[index]
        assert ranked(engine, "one three") == ranking


QUERIES = ("fix", "board support", "use after free", "env uart boot", "Signed-off-by", "arm64 the")


class DivisionContract(EngineContract):
    """How commits came into an index is not seen in what it answers."""

    @pytest.fixture
    def commits(self) -> list[Commit]:
        """Return real commits."""
        return real(100)

    def same(self, one: Engine, other: Engine) -> None:
        """Hold that two engines answer alike."""
        assert state_of(one) == state_of(other)
        for query in QUERIES:
            answers = ranked(one, query, limit=200)
            assert answers == ranked(other, query, limit=200)
            assert answers
            assert ranked(one, query, sort="oldest") == ranked(other, query, sort="oldest")

    def test_many_small_transactions(self, opened: Opener, commits: list[Commit]) -> None:
        """Many transactions answer like one: documents, refs, order and scores to the last bit."""
        whole = fill(opened("whole"), commits, NEXT)
        parts = opened("parts")
        for at in range(0, len(commits), 3):
            fill(parts, commits[at : at + 3], NEXT)
        self.same(whole, parts)

    def test_order_of_arrival(self, opened: Opener, commits: list[Commit]) -> None:
        """Commits that came the other way round are answered like those that came in order."""
        copies = [replace(commit, id=commit.id[::-1]) for commit in commits[:40]]
        forth = fill(fill(opened("forth"), commits), copies)
        back = fill(opened("back"), [*commits, *copies][::-1])
        self.same(forth, back)

    def test_removed_leave_no_trace(self, opened: Opener, commits: list[Commit]) -> None:
        """An index that lost some commits scores like one that never had them."""
        never = fill(opened("never"), commits[:70], NEXT)
        pruned = fill(fill(opened("pruned"), commits[:70], NEXT), commits[70:])
        with pruned.transaction() as writing:
            assert writing.prune() == len(commits[70:])
        self.same(never, pruned)

    def test_replaced_leave_no_trace(self, opened: Opener, commits: list[Commit]) -> None:
        """A longer message that a repository told counts instead of the feed's, not beside it."""
        short = [told_by_feed(replace(commit, message=commit.title)) for commit in commits]
        never = fill(opened("never"), commits)
        replaced = fill(fill(opened("replaced"), short), commits)
        self.same(never, replaced)
