"""One generation, read as a whole, beside writers and alone."""

from pathlib import Path

import pytest

from kvmsearch.engines.whoosh import generation
from kvmsearch.engines.whoosh.generation import (
    Manifest,
    SegmentFacts,
    is_newest,
    newest_generation,
)
from kvmsearch.engines.whoosh.reader import snapshot as module
from kvmsearch.engines.whoosh.reader.snapshot import open_snapshot
from kvmsearch.errors import NoIndexError, StorageError
from tests.engines.made import NEXT, QUEUE, STABLE
from tests.engines.reader.built import COMMITS, build, packed

FIRST, SECOND, THIRD = COMMITS[:20], COMMITS[20:30], COMMITS[30:33]


def test_documents(tmp_path: Path) -> None:
    """Documents are numbered over all segments, and found by their ids wherever they are."""
    build(tmp_path, [FIRST, SECOND, THIRD])
    snapshot = open_snapshot(tmp_path)
    assert len(snapshot) == 33
    assert [snapshot.commit(document) for document in range(33)] == list(COMMITS[:33])
    assert [snapshot.find(commit.id) for commit in COMMITS[:33]] == list(range(33))
    assert [snapshot.leaf_of(document).base for document in (0, 19, 20, 29, 30, 32)] == [
        *(0, 0),
        *(20, 20),
        *(30, 30),
    ]
    assert snapshot.find("0" * 40) is None


def test_deleted(tmp_path: Path) -> None:
    """What is deleted does not count; the newest copy of a commit is found."""
    build(tmp_path, [FIRST, FIRST[:2]], deleted={0: 0b11})
    snapshot = open_snapshot(tmp_path)
    assert len(snapshot) == 20
    assert [snapshot.find(commit.id) for commit in FIRST[:3]] == [20, 21, 2]


def test_refs(tmp_path: Path) -> None:
    """A commit has the refs that it is on, in order, and a ref has the documents on it."""
    refs = {STABLE: {0: 0b101}, NEXT: {0: 0b001, 1: 0b10}, QUEUE: {}}
    build(tmp_path, [FIRST, SECOND], refs=refs)
    snapshot = open_snapshot(tmp_path)
    membership, (first, second) = snapshot.membership, snapshot.leaves
    assert snapshot.commit(0).refs == (NEXT, STABLE)
    assert snapshot.commit(2).refs == (STABLE,)
    assert snapshot.commit(21).refs == (NEXT,)
    assert snapshot.commit(1).refs == ()
    assert membership.refs() == [NEXT, QUEUE, STABLE]
    assert membership.bits(STABLE, first.id) == 0b101
    assert membership.bits(STABLE, second.id) == membership.bits(QUEUE, first.id) == 0
    assert membership.union([NEXT, STABLE], second.id) == 0b10
    assert membership.union([], second.id) == 0


def test_bitmap_files(tmp_path: Path) -> None:
    """A bitmap may lie in a file, which is no longer needed once the snapshot is open."""
    (segment,) = build(tmp_path, [FIRST]).segments
    (tmp_path / "some.refs1x0").write_bytes(packed(0b110))
    bitmaps = {NEXT: {segment.id: "some.refs1x0"}}
    generation.write_manifest(tmp_path, Manifest(1, (segment,), bitmaps))
    snapshot = open_snapshot(tmp_path)
    (tmp_path / "some.refs1x0").unlink()
    assert snapshot.commit(1).refs == (NEXT,)
    with pytest.raises(StorageError, match=r"some\.refs1x0"):
        open_snapshot(tmp_path)


def test_whole_beside_a_writer(tmp_path: Path) -> None:
    """A snapshot stays whole when a writer takes its files away, all of them."""
    build(tmp_path, [FIRST, SECOND], deleted={0: 1}, refs={NEXT: {0: 2}})
    snapshot = open_snapshot(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    assert [snapshot.commit(document) for document in range(30)] == list(COMMITS[:30])
    assert snapshot.commit(1).refs == (NEXT,)
    assert snapshot.leaves[1].documents("title", "board") != []


@pytest.mark.parametrize("pattern", ["*.seg", "*.json", "*.deleted1"])
def test_newer_generation(tmp_path: Path, pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a writer commits and cleans up while a generation is opened, the newer one is."""
    build(tmp_path, [FIRST], deleted={0: 1})
    read = generation.read_manifest

    def read_late(folder: Path, number: int) -> Manifest:
        if number == 1:
            manifest = read(folder, number)
            old = list(folder.glob(pattern))
            build(tmp_path, [SECOND], generation=2)
            for path in old:
                path.unlink()
            return manifest if pattern != "*.json" else read(folder, number)
        return read(folder, number)

    monkeypatch.setattr(module, "read_manifest", read_late)
    snapshot = open_snapshot(tmp_path)
    assert snapshot.generation == 2
    assert snapshot.commit(0) == SECOND[0]


@pytest.mark.parametrize("pattern", ["*.seg", "*.json", "*.deleted1"])
def test_missing(tmp_path: Path, pattern: str) -> None:
    """A file that is gone for good is reported in one line that names it."""
    build(tmp_path, [FIRST], deleted={0: 1})
    (gone,) = tmp_path.glob(pattern)
    gone.unlink()
    with pytest.raises(StorageError, match=gone.name) as caught:
        open_snapshot(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_index(tmp_path: Path) -> None:
    """Where there is no index, that is said, and how to make one; a file is no folder."""
    (tmp_path / "file").touch()
    (tmp_path / "_MAIN_x.toc").touch()
    for place in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(NoIndexError, match="kvmsearch index"):
            open_snapshot(place)


def test_newest_generation(tmp_path: Path) -> None:
    """The newest generation is the greatest number in the name of a table of contents."""
    for name in ("_MAIN_9.toc", "_MAIN_10.toc", "_MAIN_11.toc.tmp", "x_MAIN_12.toc", "_MAIN_٣.toc"):
        (tmp_path / name).touch()
    assert newest_generation(tmp_path) == 10


def test_is_newest(tmp_path: Path) -> None:
    """A generation is the newest until the next is there, or it is gone."""
    toc = tmp_path / "_MAIN_9.toc"
    toc.touch()
    assert is_newest(tmp_path, 9)
    assert not is_newest(tmp_path, 8)
    (tmp_path / "_MAIN_10.toc").touch()
    assert not is_newest(tmp_path, 9)
    toc.unlink()
    assert not is_newest(tmp_path, 9)
    assert is_newest(tmp_path, 10)


def test_close(tmp_path: Path) -> None:
    """A snapshot that is closed has nothing left."""
    build(tmp_path, [FIRST])
    snapshot = open_snapshot(tmp_path)
    snapshot.close()
    assert len(snapshot) == 0


@pytest.mark.parametrize(
    "manifest",
    [
        Manifest(1, (SegmentFacts("../../etc/passwd", 1, 1),)),
        Manifest(1, (SegmentFacts("a", 1, 1, "/etc/passwd"),)),
        Manifest(1, (SegmentFacts("\x1b[31m", 1, 1),)),
        Manifest(1, (SegmentFacts("a", -1, 1),)),
        Manifest(1, (SegmentFacts("a", 1 << 40, 1),)),
        Manifest(1, (), {NEXT: {"a": ".."}}),
    ],
)
def test_hostile_manifest(tmp_path: Path, manifest: Manifest) -> None:
    """A manifest leads out of no folder, and to no terminal escapes in messages."""
    build(tmp_path, [FIRST])
    generation.write_manifest(tmp_path, manifest)
    with pytest.raises(StorageError, match=r"kvmsearch_1\.json: damaged"):
        open_snapshot(tmp_path)


def test_manifest_round_trip(tmp_path: Path) -> None:
    """What is written of a generation is read again."""
    written = Manifest(
        3,
        (SegmentFacts("a", 7, 2), SegmentFacts("b", 1, 2, "b.deleted")),
        {NEXT: {"a": "=789c", "b": "b.refs"}},
        ((1, -2),),
    )
    generation.write_manifest(tmp_path, written)
    assert generation.read_manifest(tmp_path, 3) == written
