from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from kvmsearch.commit import Commit, Completeness, Person, Ref
from kvmsearch.engines import open_engine
from kvmsearch.engines.protocol import Engine
from kvmsearch.errors import SourceError
from kvmsearch.ingest import ingest, prepared
from kvmsearch.record import replace
from kvmsearch.registry import Outcome, Progress, RefState, SourceSpec, SourceState
from kvmsearch.sources import RefGone, RefUpdate
from kvmsearch.sources.repository import RepositorySource
from tests.sources.repositories import Repository

SPEC = SourceSpec("linux", "/linux")
ANN = Person("Ann", "ann@example.org")
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def commit(number: int, completeness: Completeness = Completeness.REPOSITORY) -> Commit:
    """Return a commit with this number for an id."""
    return Commit(f"{number:040x}", f"KVM: Change {number}\n", ANN, DAY, completeness=completeness)


def ids(*numbers: int) -> list[str]:
    """Return the ids of commits of these numbers."""
    return [commit(number).id for number in numbers]


class Scripted:
    """A source that tells what it is given to tell, and keeps the states it was asked with."""

    def __init__(self, *script: RefUpdate | RefGone | SourceError) -> None:
        self.spec = SPEC
        self.script = script
        self.asked: dict[str, str] | None = None

    def check(self) -> None:
        """Follow anything."""

    def prepare(self) -> None:
        """Do nothing."""

    def read(self, states: Mapping[str, str]) -> Iterator[RefUpdate | RefGone]:
        """Tell the script; raise the errors in it."""
        self.asked = dict(states)
        for change in self.script:
            if isinstance(change, SourceError):
                raise change
            yield change


def cut_short(*commits: Commit) -> Iterator[Commit]:
    """Yield commits, then fail as git does when it is killed."""
    yield from commits
    raise SourceError("/linux: git was killed by signal 9")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return an empty index."""
    engine = open_engine(str(tmp_path / "index"), create=True)
    yield engine
    engine.close()


def read(engine: Engine, source: Scripted | RepositorySource) -> Outcome:
    """Ingest a source from where it stands."""
    state = engine.registry().get(source.spec.name, SourceState(source.spec))
    with engine.transaction() as writing:
        return ingest(source, state, writing, lambda _: None)


def tell(engine: Engine, *script: RefUpdate | RefGone | SourceError) -> Outcome:
    """Ingest a source that tells this."""
    return read(engine, Scripted(*script))


def on(engine: Engine, branch: str) -> set[int]:
    """Return the numbers of the commits on a branch."""
    ref = Ref("linux", branch)
    return {int(commit.id, 16) for commit in engine if ref in commit.refs}


def test_new_updated_and_unchanged_commits_are_counted(engine: Engine) -> None:
    """A record that says more replaces one that says less, and never the reverse."""
    told_by_feed = [commit(1, Completeness.FEED), commit(2)]
    first = tell(engine, RefUpdate("next", "", told_by_feed, None))
    second = tell(
        engine, RefUpdate("next", "", [commit(1), replace(commit(2), message="less")], None)
    )
    third = tell(engine, RefUpdate("next", "", told_by_feed, None))
    assert first == Outcome("linux", new=2, updated=0, unchanged=0)
    assert second == Outcome("linux", new=0, updated=1, unchanged=1)
    assert third == Outcome("linux", new=0, updated=0, unchanged=2)
    assert {known.message for known in engine} == {commit(1).message, commit(2).message}


def test_the_registry_tells_where_to_resume(engine: Engine) -> None:
    """After a read each ref has its state, and the source the time of the read and no error."""
    before = datetime.now(UTC)
    tell(
        engine,
        RefUpdate("next", "tip 1", [commit(1)], None, complete=True),
        RefUpdate("v7.0", "tip 2", [], ids(1)),
    )
    state = engine.registry()["linux"]
    assert state.refs == {
        "next": RefState("tip 1", complete=True),
        "v7.0": RefState("tip 2", complete=False),
    }
    assert state.last_error is None
    assert state.last_update is not None
    assert before <= state.last_update <= datetime.now(UTC)
    source = Scripted()
    read(engine, source)
    assert source.asked == {"next": "tip 1", "v7.0": "tip 2"}


def test_joined_and_left_move_commits_between_branches(engine: Engine) -> None:
    """Known commits join and leave a branch without being told again; unknown ids do not matter."""
    tell(engine, RefUpdate("next", "a", [commit(1), commit(2), commit(3)], None))
    tell(
        engine,
        RefUpdate("stable", "b", [commit(4)], ids(1, 4, 99)),
        RefUpdate("next", "c", [], [], left=ids(3, 99)),
    )
    assert on(engine, "next") == {1, 2}
    assert on(engine, "stable") == {1, 4}
    assert len(engine) == 4


def test_commits_that_only_join_are_unchanged(engine: Engine) -> None:
    """A commit that comes onto one more branch counts once: not if new or there already."""
    tell(engine, RefUpdate("next", "a", [commit(1), commit(2)], None))
    outcome = tell(engine, RefUpdate("stable", "b", [commit(3), commit(1)], ids(3, 2, 1, 99)))
    assert outcome == Outcome("linux", new=1, updated=0, unchanged=2)
    outcome = tell(engine, RefUpdate("stable", "c", [commit(4)], ids(4, 3, 2, 1)))
    assert outcome == Outcome("linux", new=1, updated=0, unchanged=0)


def test_a_branch_that_is_gone_leaves_its_commits(engine: Engine) -> None:
    """The commits of a deleted branch stay, on no branch, and its state goes."""
    tell(engine, RefUpdate("next", "a", [commit(1)], None))
    tell(engine, RefGone("next"))
    assert on(engine, "next") == set()
    assert len(engine) == 1
    assert engine.registry()["linux"].refs == {}


def test_a_failing_source_keeps_what_it_told(engine: Engine) -> None:
    """What came before an error stays, with its state; outcome and registry have the error."""
    outcome = tell(
        engine, RefUpdate("next", "a", [commit(1)], None), SourceError("/linux: is broken")
    )
    assert outcome == Outcome("linux", 1, 0, 0, error="/linux: is broken")
    state = engine.registry()["linux"]
    assert state.last_error == "/linux: is broken"
    assert state.refs == {"next": RefState("a", complete=False)}
    tell(engine)
    assert engine.registry()["linux"].last_error is None


def test_a_first_read_cut_short_is_begun_anew(engine: Engine) -> None:
    """Commits of a cut read that a force-push took off the branch are not left on it."""
    tell(
        engine,
        RefUpdate("done", "d", [commit(9)], None),
        RefUpdate("next", "a", cut_short(commit(2), commit(1)), None),
    )
    assert on(engine, "next") == {1, 2}
    again = Scripted(RefUpdate("next", "b", [commit(3), commit(1)], None))
    read(engine, again)
    assert again.asked == {"done": "d"}
    assert on(engine, "next") == {1, 3}
    assert on(engine, "done") == {9}


def test_a_later_read_cut_short_is_begun_anew(engine: Engine) -> None:
    """A branch of which an update was cut short is read in full the next time."""
    tell(engine, RefUpdate("next", "a", [commit(1)], None))
    tell(engine, RefUpdate("next", "b", cut_short(commit(2)), None))
    again = Scripted(RefUpdate("next", "c", [commit(3), commit(1)], None))
    read(engine, again)
    assert again.asked == {}
    assert on(engine, "next") == {1, 3}
    assert engine.registry()["linux"].refs == {"next": RefState("c", complete=False)}


def test_a_branch_that_goes_after_a_cut_read_is_forgotten(engine: Engine) -> None:
    """A branch that was never read to its end and then deleted keeps no commits."""
    tell(engine, RefUpdate("next", "a", cut_short(commit(1)), None))
    tell(engine)
    assert on(engine, "next") == set()
    assert engine.registry()["linux"].refs == {}


def test_a_feed_cut_short_keeps_older_commits(engine: Engine) -> None:
    """A source without states only adds, so the commits it told long ago stay on the branch."""
    tell(engine, RefUpdate("next", "", [commit(1)], None))
    tell(engine, RefUpdate("next", "", cut_short(commit(2)), None))
    tell(engine, RefUpdate("next", "", [commit(3)], None))
    assert on(engine, "next") == {1, 2, 3}


def test_git_that_fails_midway_costs_nothing_later(engine: Engine, tmp_path: Path) -> None:
    """A repository that lacks an object is an error; mended and rewritten, it is read rightly."""
    repository = Repository(tmp_path / "linux")
    repository.commit("Base", "virt/main.c")
    base_tree = repository.git("rev-parse", "HEAD^{tree}")
    repository.commit("Old", "virt/main.c")
    taken_off = repository.commit("Taken off later", "virt/main.c")
    place = repository.path / ".git" / "objects" / base_tree[:2] / base_tree[2:]
    hidden = place.rename(tmp_path / "hidden")
    source = RepositorySource(SourceSpec("linux", str(repository.path), paths=("virt",)))
    failed = read(engine, source)
    assert failed.error is not None
    assert base_tree in failed.error
    assert failed.new > 0
    hidden.rename(place)
    repository.git("reset", "-q", "--hard", "HEAD^")
    mended = read(engine, source)
    assert mended.error is None
    refs = {known.id: known.refs for known in engine}
    assert refs.pop(taken_off) == ()
    assert {*refs.values()} == {(Ref("linux", "master"),)}
    assert {*refs} == {*repository.git("rev-list", "HEAD").split()}


def test_progress_is_reported_now_and_then(engine: Engine) -> None:
    """Every hundred commits, and at the end of each ref, the count so far is reported."""
    told: list[Progress] = []
    commits = [commit(number) for number in range(1, 251)]

    def total() -> int:
        return 250

    source = Scripted(RefUpdate("next", "a", commits, None, count=total))
    with engine.transaction() as writing:
        ingest(source, SourceState(SPEC), writing, told.append)
    assert told == [Progress("linux", done, total) for done in (100, 200, 250)]


class Meeting(Scripted):
    """A source that is prepared only together with another."""

    def __init__(self, barrier: Barrier) -> None:
        super().__init__()
        self.barrier = barrier
        self.is_prepared = False

    def check(self) -> None:
        """Follow anything."""

    def prepare(self) -> None:
        """Wait for the other one."""
        self.barrier.wait(timeout=20)
        self.is_prepared = True


def test_sources_are_prepared_side_by_side() -> None:
    """Sources come in order, each prepared, and the slow part of one does not wait for another."""
    barrier = Barrier(2)
    sources = [Meeting(barrier), Meeting(barrier)]
    assert list(prepared(sources)) == sources
    assert all(source.is_prepared for source in sources)
