import pytest

from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.lineage import SnapshotLineage
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot
from kvmsearch.link import Kind
from kvmsearch.record import replace
from kvmsearch.tracing.missing import missing
from kvmsearch.tracing.related import related
from tests.engines.made import real
from tests.engines.reader.built import build
from tests.tracing.history import MASTER, STABLE, History, made, pick

KINDS: tuple[Kind, ...] = ("fixes", "reverts", "reverts-title", "copies", "mentions", "link")

BUG = made("KVM: Add a guestMemfd cap", MASTER)
FIX = made(
    f"KVM: Fix the cap\n\nFixes: {BUG.id[:12]} (x)\nLink: https://lore.kernel.org/r/a@b.c",
    MASTER,
    day=10,
)
OLD = pick(BUG, STABLE, day=5)
SERIES = [made(f"Part {n}", MASTER, STABLE, day=30 + n * 0.02) for n in range(4)]
OTHERS = [
    replace(BUG, id="1" * 40, refs=(STABLE,)),
    replace(BUG, id="2" * 40, message="UPSTREAM: KVM: Add a guestMemfd cap", refs=()),
    replace(made("of sha256"), id=BUG.id + "0" * 24),
    made('Revert "KVM: Add a guestMemfd cap"\n\nIt broke.', MASTER, day=12),
    made(f"Revert it\n\nThis reverts commit {FIX.id[:12]}.", MASTER, day=13),
    made(f"after\n\nSince {BUG.id[:9]} (x) it fails.\n\nLink: <a@b.c>", day=14),
    made("KVM: add a GuestMemfd  cap", MASTER, day=15, email="A@B"),
    made("", day=16),
]
COMMITS = [*real(60), BUG, FIX, OLD, *OTHERS, *SERIES]
GONE = made(f"gone\n\nFixes: {BUG.id}\nLink: <a@b.c>", MASTER, STABLE, day=11)
"""A commit that was deleted."""


@pytest.fixture(scope="module")
def lineage(tmp_path_factory: pytest.TempPathFactory) -> SnapshotLineage:
    """Return the lineage of an index of three segments, in which a commit is deleted."""
    folder = tmp_path_factory.mktemp("lineage")
    batches = [COMMITS[0::3], [GONE, *COMMITS[1::3]], COMMITS[2::3]]
    refs = {
        ref: {
            number: sum(1 << n for n, commit in enumerate(batch) if ref in commit.refs)
            for number, batch in enumerate(batches)
        }
        for ref in (MASTER, STABLE)
    }
    manifest = build(folder, batches, deleted={1: 1}, refs=refs)
    return SnapshotLineage(Snapshot(folder, manifest))


@pytest.fixture(scope="module")
def history() -> History:
    """Return the same commits in memory."""
    return History(*COMMITS)


def test_commits(lineage: SnapshotLineage, history: History) -> None:
    """Commits come with their refs; one that is deleted is not there."""
    for commit in COMMITS:
        found = lineage.get(commit.id)
        assert found is not None
        assert (found, found.refs) == (commit, commit.refs)
    assert lineage.get(GONE.id) is None
    assert lineage.refs() == history.refs() == [MASTER, STABLE]


def test_on(lineage: SnapshotLineage, history: History) -> None:
    """The commits on refs are told once each."""
    for refs in ([MASTER], [STABLE], [MASTER, STABLE], []):
        assert sorted(lineage.on(refs)) == sorted(history.on(refs))


def test_find(lineage: SnapshotLineage, history: History) -> None:
    """Commits are found by the beginnings of their ids, few or many at once."""
    few = [BUG.id, BUG.id[:7], "123456789", GONE.id]
    many = [commit.id[: 7 + n % 34] for n, commit in enumerate(COMMITS)]
    for prefixes in (few, [*few, *many], [""], []):
        assert lineage.find(prefixes) == history.find(prefixes)
    assert [known.id for known in lineage.find([BUG.id])[BUG.id]] == [BUG.id, BUG.id + "0" * 24]


@pytest.mark.parametrize("kind", KINDS)
def test_linked(lineage: SnapshotLineage, history: History, kind: Kind) -> None:
    """Links are told in order of their values, by kind and beginning."""
    found = list(lineage.linked(kind))
    assert found == list(history.linked(kind))
    assert found
    for value, _ in found[:3]:
        assert list(lineage.linked(kind, value[:7])) == list(history.linked(kind, value[:7]))


def test_changes_and_series(lineage: SnapshotLineage, history: History) -> None:
    """Commits of one change and of one series are found in all segments."""
    for commit in COMMITS:
        known = history.known(commit)
        assert sorted(lineage.of_change(known.change)) == sorted(history.of_change(known.change))
        assert sorted(lineage.series(commit)) == sorted(history.series(commit))
    assert [known.id for known in lineage.series(SERIES[0])] == [one.id for one in SERIES]
    assert len(lineage.of_change(history.known(BUG).change)) == 3


def test_titled(lineage: SnapshotLineage, history: History) -> None:
    """Commits are found by their whole titles, whatever case and spacing."""
    for title in {commit.title for commit in COMMITS if commit.title}:
        assert sorted(lineage.titled(title.upper())) == sorted(history.titled(title.upper()))
    assert lineage.titled("gone") == lineage.titled("KVM: Add a") == []


def told(commit: Commit, lineage: SnapshotLineage | History) -> object:
    """Return all that is related to a commit, in an order of its own."""
    found = related(lineage, commit)
    relations = [(one.kind, one.commit, one.of, one.copies) for one in found]
    return relations, found.unknown


def test_answers(lineage: SnapshotLineage, history: History) -> None:
    """What is related, and what is missing, is the same as in memory."""
    for commit in COMMITS:
        assert told(commit, lineage) == told(commit, history)
    found = missing(lineage, "linux-6.6.y")
    assert found.fixes == missing(history, "linux-6.6.y").fixes
    assert [one.commit for one in found] == [FIX]
