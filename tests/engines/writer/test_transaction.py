"""Segments, merges, marks and aliases over many transactions."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kvmsearch.commit import Commit, Completeness, Ref
from kvmsearch.engines.protocol import Put
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot, open_snapshot
from kvmsearch.engines.whoosh.writer import builder, merging, pending, transaction
from kvmsearch.engines.whoosh.writer.folder import create_index
from kvmsearch.engines.whoosh.writer.transaction import WhooshTransaction
from kvmsearch.errors import StorageError
from tests.engines.made import BOB, NEXT, QUEUE, STABLE, made, told_by_feed

COMMITS = [made(f"commit {number}\n\nwith a body", number) for number in range(70)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty index."""
    create_index(tmp_path / "index")
    return tmp_path / "index"


@contextmanager
def writing(folder: Path, jobs: int | None = None) -> Iterator[WhooshTransaction]:
    """Write to an index, and commit."""
    transaction = WhooshTransaction(folder, jobs)
    yield transaction
    transaction.commit()
    transaction.close()


def put(folder: Path, commits: Iterable[Commit], *refs: Ref) -> Snapshot:
    """Put commits into an index in one transaction."""
    with writing(folder) as transaction:
        for commit in commits:
            transaction.put(commit, refs)
    return open_snapshot(folder)


def members(snapshot: Snapshot, ref: Ref) -> set[str]:
    """Return the ids of the commits on a ref."""
    return {
        leaf.name(document)
        for leaf in snapshot.leaves
        for document in range(leaf.count)
        if (snapshot.membership.bits(ref, leaf.id) & leaf.live) >> document & 1
    }


def ids(commits: Iterable[Commit]) -> set[str]:
    """Return the ids of commits."""
    return {commit.id for commit in commits}


@pytest.mark.parametrize(
    "message",
    ["", "...", "...\n\na body", "...\n\nAcked-by: Ann", "...\n\nAcked-by: ...", "x\n\n..."],
)
def test_nothing_to_find(folder: Path, message: str) -> None:
    """A segment is written as well if none of its texts, or not all of them, has a word."""
    snapshot = put(folder, [made(message)])
    assert [snapshot.commit(0).message, len(snapshot)] == [message, 1]


def test_merges_take_segments_of_like_size(folder: Path) -> None:
    """One of eight is written again when it is the eighth of its size; a large one stays."""
    large = put(folder, COMMITS[:40], NEXT).leaves[0].id
    counts = []
    for number in range(40, 60):
        snapshot = put(folder, [COMMITS[number]], NEXT)
        counts.append(len(snapshot.leaves))
        assert snapshot.leaves[0].id == large
    assert max(counts) == 1 + merging.FACTOR
    assert len(snapshot) == 60
    assert members(snapshot, NEXT) == ids(COMMITS[:60])


def test_merges_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would not fit into the memory is not merged."""
    monkeypatch.setattr(merging, "LARGEST", 7)
    for commit in COMMITS[:10]:
        snapshot = put(folder, [commit])
    assert [leaf.count for leaf in snapshot.leaves] == [1] * 10


@pytest.mark.parametrize(
    ("limit", "most"), [("FULL", 100), ("MOST_WORDS", 20), ("MOST_CHARACTERS", 600)]
)
def test_ends_a_segment_that_is_full(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """Of a long transaction what fills a segment is made durable, refs and all."""
    monkeypatch.setattr(builder, limit, most)
    transaction = WhooshTransaction(folder, jobs=1)
    for commit in COMMITS:
        transaction.put(commit, (NEXT,))
    transaction.close()
    snapshot = open_snapshot(folder)
    assert 0 < len(snapshot) < len(COMMITS)
    assert members(snapshot, NEXT) == ids(COMMITS[: len(snapshot)])


def test_batches_make_no_difference(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits that are put together are looked up in batches, and made durable amidst of one."""
    told = [told_by_feed(commit) for commit in COMMITS[20:30]]
    put(folder, [*COMMITS[:10], *told], STABLE)
    monkeypatch.setattr(transaction, "_COMMITS_AT_ONCE", 7)
    monkeypatch.setattr(builder, "FULL", 50)
    with writing(folder, jobs=1) as writer:
        puts = list(writer.put_all([*COMMITS[:40], *told, *COMMITS], (NEXT,)))
    expected = [Put.UNCHANGED] * 10 + [Put.NEW] * 10 + [Put.UPDATED] * 10 + [Put.NEW] * 10
    assert puts == expected + [Put.UNCHANGED] * 50 + [Put.NEW] * 30
    snapshot = open_snapshot(folder)
    assert members(snapshot, NEXT) == ids(COMMITS)
    assert members(snapshot, STABLE) == ids([*COMMITS[:10], *COMMITS[20:30]])
    assert len(snapshot) == len(COMMITS)


def test_many_commits_by_many_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits that several processes build into segments are all there, on their refs."""
    monkeypatch.setattr(pending, "_MANY", 20)
    monkeypatch.setattr(pending, "_BATCH", 7)
    transaction = WhooshTransaction(folder, jobs=2)
    put_all(transaction)
    transaction.leave(NEXT, [COMMITS[30].id])
    transaction.commit()
    transaction.put(made("one more"), (QUEUE,))
    transaction.commit()
    transaction.close()
    snapshot = open_snapshot(folder)
    assert len(snapshot.leaves) == 3
    assert members(snapshot, NEXT) == ids(COMMITS) - {COMMITS[30].id}
    for commit in COMMITS:
        document = snapshot.find(commit.id)
        assert document is not None
        assert snapshot.commit(document) == commit
    assert not list(folder.glob("*.tmp"))


def test_a_process_that_cannot_write(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the disk is full, or the folder gone, is one error, whichever process meets it."""
    monkeypatch.setattr(pending, "_MANY", 20)
    transaction = WhooshTransaction(folder, jobs=2)
    folder.rename(tmp_path / "elsewhere")
    with (
        closing(transaction),
        pytest.raises(StorageError, match=r"index: the index cannot be written \(.+\)"),
    ):
        put_all(transaction)


def put_all(transaction: WhooshTransaction) -> None:
    """Put all commits into an index and make them durable."""
    for commit in COMMITS:
        transaction.put(commit, (NEXT,))
    transaction.commit()


def test_refs_of_known_and_new_commits(folder: Path) -> None:
    """Commits join and leave refs alike, whether they are written, under way or unknown."""
    put(folder, COMMITS[:10], NEXT)
    with writing(folder) as transaction:
        for commit in COMMITS[10:20]:
            transaction.put(commit)
        transaction.join(QUEUE, [commit.id for commit in COMMITS[5:30]])
        transaction.leave(QUEUE, [COMMITS[6].id, COMMITS[11].id, "0" * 40, "no id"])
        transaction.leave(NEXT, [COMMITS[0].id])
    snapshot = open_snapshot(folder)
    assert members(snapshot, NEXT) == ids(COMMITS[1:10])
    assert members(snapshot, QUEUE) == ids(COMMITS[5:20]) - {COMMITS[6].id, COMMITS[11].id}
    with writing(folder) as transaction:
        transaction.drop(QUEUE)
        transaction.put(COMMITS[0], (STABLE,))
    snapshot = open_snapshot(folder)
    assert snapshot.membership.refs() == sorted([NEXT, STABLE])
    assert members(snapshot, STABLE) == {COMMITS[0].id}


def test_a_more_complete_record_replaces_another(folder: Path) -> None:
    """It keeps the refs of the old one, whose document is deleted; and never the other way."""
    put(folder, map(told_by_feed, COMMITS[:3]), NEXT)
    with writing(folder) as transaction:
        assert transaction.put(COMMITS[0], (QUEUE,)) is Put.UPDATED
        assert transaction.put(told_by_feed(COMMITS[0]), (STABLE,)) is Put.UNCHANGED
        assert transaction.put(told_by_feed(COMMITS[5])) is Put.NEW
        assert transaction.put(COMMITS[5]) is Put.UPDATED
    snapshot = open_snapshot(folder)
    document = snapshot.find(COMMITS[0].id)
    assert document is not None
    assert snapshot.commit(document).completeness is Completeness.REPOSITORY
    assert snapshot.commit(document).refs == tuple(sorted([NEXT, QUEUE, STABLE]))
    assert len(snapshot) == 4


def test_pruned_segments_go(folder: Path) -> None:
    """A segment of which nothing is left goes, with all files that belonged to it."""
    put(folder, COMMITS[:20], NEXT)
    put(folder, COMMITS[20:30])
    with writing(folder) as transaction:
        transaction.leave(NEXT, [COMMITS[3].id])
        assert transaction.prune() == 11
    snapshot = open_snapshot(folder)
    assert [leaf.count for leaf in snapshot.leaves] == [20]
    assert len(snapshot) == 19
    assert snapshot.find(COMMITS[3].id) is None
    assert len(list(folder.glob("*.seg"))) == 1
    with writing(folder) as transaction:
        assert list(transaction.rebuild()) == [19]
    assert [leaf.count for leaf in open_snapshot(folder).leaves] == [19]
    assert not list(folder.glob("*.deleted*"))


ORIGINAL = made("kvm: Fix it\n", day=1)
PICKED = made(f"kvm: Fix it\n\n(cherry picked from commit {ORIGINAL.id})\n", day=5, author=BOB)
SHORT = made(f"kvm: Mend it\n\n[ Upstream commit {ORIGINAL.id[:12]} ]\n", day=6, author=BOB)
TOO_SHORT = made(f"kvm: Patch\n\n(cherry picked from commit {ORIGINAL.id[:8]})\n", author=BOB)


@pytest.mark.parametrize(
    "batches",
    [
        [[ORIGINAL], [PICKED, SHORT, TOO_SHORT]],
        [[PICKED, SHORT, TOO_SHORT], [ORIGINAL]],
        [[PICKED], [ORIGINAL, TOO_SHORT], [SHORT]],
        [[SHORT, ORIGINAL, TOO_SHORT, PICKED]],
    ],
)
@pytest.mark.parametrize("few", [0, 500])
def test_copies_that_say_so(
    folder: Path, batches: list[list[Commit]], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy by another author and its original are one change, whichever comes first."""
    monkeypatch.setattr("kvmsearch.engines.whoosh.writer.aliases._FEW", few)
    for batch in batches:
        snapshot = put(folder, batch)
    keys = key_of(snapshot)
    assert {frozenset(pair) for pair in snapshot.manifest.aliases} == {
        frozenset({keys(ORIGINAL), keys(PICKED)}),
        frozenset({keys(ORIGINAL), keys(SHORT)}),
    }


def key_of(snapshot: Snapshot) -> Callable[[Commit], int]:
    """Return what tells the change key of a commit."""

    def key(commit: Commit) -> int:
        document = snapshot.find(commit.id)
        assert document is not None
        leaf = snapshot.leaf_of(document)
        return leaf.number("change_key", document - leaf.base)

    return key
