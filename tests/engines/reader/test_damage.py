"""A segment that a disk or a stranger spoilt: it is reported, and does no harm."""

import os
import pickle
import random
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from kvmsearch.engines.whoosh.layout import DENSE_FROM
from kvmsearch.engines.whoosh.reader import postings
from kvmsearch.engines.whoosh.reader.columns import CompressedRows
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.reader.lookups import DenseTerms
from kvmsearch.engines.whoosh.reader.membership import bits_of
from kvmsearch.engines.whoosh.reader.pickled import loads
from kvmsearch.engines.whoosh.reader.segmentfile import SegmentFile, unpacked
from kvmsearch.errors import StorageError, UnsafeIndexError
from tests.engines.made import BOB, made
from tests.engines.reader.built import COMMITS, leaf_of, use

SOME = (
    *(made(f"common board {number}", day=number, author=BOB) for number in range(40)),
    *COMMITS[:2],
    *COMMITS[-4:],
)
"""Enough to have postings in blocks, few enough to be asked for all there is, many times."""

TIMES = int(os.environ.get("KVMSEARCH_DAMAGES", "3"))
"""How often each kind of damage is done to each file: raise it to look for more."""

SUFFIXES = (
    *(".trm", ".pst", ".commit.col", ".blocks", ".id.col", ".ids", ".series", ".changes"),
    *(".texts", ".dense"),
    *(".committer_date.col", ".author_date.col", ".author_key.col", ".change_key.col"),
)
Damage = Callable[[random.Random, bytearray], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Leaf:
    """Return a segment that is as it should be."""
    return leaf_of(tmp_path_factory.mktemp("whole"), SOME)


def files_of(leaf: Leaf) -> dict[str, bytes]:
    """Return the files within a segment's file."""
    file = SegmentFile(leaf.place)
    return {suffix: bytes(file[suffix]) for suffix in SUFFIXES}


def put_together(folder: Path, files: dict[str, bytes]) -> None:
    """Write a segment of these files."""
    data = bytearray(12)
    directory = {}
    for suffix, content in files.items():
        directory[f"spoilt{suffix}"] = {"offset": len(data), "length": len(content)}
        data += content
    tail = pickle.dumps(directory, 2) + pickle.dumps({}, 2)
    struct.pack_into("!qi", data, 0, len(data), len(tail))
    (folder / "spoilt.seg").write_bytes(data + tail)


def flip(chance: random.Random, data: bytearray) -> None:
    """Change one bit."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def scribble(chance: random.Random, data: bytearray) -> None:
    """Write a few odd bytes over some."""
    at = chance.randrange(len(data))
    data[at : at + 8] = chance.randbytes(min(8, len(data) - at))


def cut(chance: random.Random, data: bytearray) -> None:
    """Take the end away."""
    del data[chance.randrange(len(data)) :]


def lose(chance: random.Random, data: bytearray) -> None:
    """Take some bytes away in the midst."""
    at = chance.randrange(len(data))
    del data[at : at + 3]


def raise_number(chance: random.Random, data: bytearray) -> None:
    """Have a number, if there is one, be as large as it can be."""
    at = chance.randrange(len(data))
    data[at : at + 4] = b"\xff" * min(4, len(data) - at)


MESSAGE = re.compile(r"|/\S+/spoilt\.seg: (the index is damaged \(\w+\); .+|holds .+)")


def trouble(folder: Path) -> str:
    """Return what is said of a segment when all is asked of it that there is."""
    try:
        use(Leaf(folder, "spoilt", 0, len(SOME)))
    except StorageError as error:
        return str(error)
    except AssertionError:
        return ""  # answers that do not agree with each other, as where a term has changed
    return ""


@pytest.mark.parametrize("damage", [flip, scribble, cut, lose, raise_number])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damage(tmp_path: Path, whole: Leaf, suffix: str, damage: Damage) -> None:
    """Of damage anywhere comes one error of ours that names the file, or some answer."""
    files = files_of(whole)
    chance = random.Random(f"{suffix} {damage}")  # noqa: S311
    for _ in range(TIMES):
        spoilt = bytearray(files[suffix])
        damage(chance, spoilt)
        put_together(tmp_path, {**files, suffix: bytes(spoilt)})
        assert MESSAGE.fullmatch(trouble(tmp_path))


def test_whole(tmp_path: Path, whole: Leaf) -> None:
    """The same files undamaged are read."""
    put_together(tmp_path, files_of(whole))
    use(Leaf(tmp_path, "spoilt", 0, len(SOME)))


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 100, -30])
def test_cut_segment(tmp_path: Path, whole: Leaf, length: int) -> None:
    """A segment's file that is cut short is reported."""
    put_together(tmp_path, files_of(whole))
    path = tmp_path / "spoilt.seg"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StorageError, match=r"spoilt\.seg: the index is damaged"):
        use(Leaf(tmp_path, "spoilt", 0, len(SOME)))


def test_odd_directory(tmp_path: Path, whole: Leaf) -> None:
    """Odd bytes in the directory of a segment's file are reported, or do not matter."""
    put_together(tmp_path, files_of(whole))
    path = tmp_path / "spoilt.seg"
    data = path.read_bytes()
    (start,) = struct.unpack_from("!q", data)
    chance = random.Random(1)  # noqa: S311
    for _ in range(60):
        spoilt = bytearray(data)
        spoilt[chance.choice([*range(12), *range(start, len(data))])] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        assert MESSAGE.fullmatch(trouble(tmp_path))


def test_more_documents_than_there_can_be(whole: Leaf) -> None:
    """A number of documents that no file of this size can have is not believed."""
    with pytest.raises(StorageError, match="the index is damaged"):
        Leaf(Path(whole.place).parent, whole.id, 0, 1 << 31)


# --- What a stranger may put into it ---------------------------------------------------------


class Evil:
    """Pickles as a call of os.system."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        """Name what is called when this is unpickled."""
        return os.system, ("exit 1",)


@pytest.mark.parametrize(
    "data",
    [
        *(pickle.dumps(Evil(), protocol) for protocol in range(6)),
        *(pickle.dumps(value, 2) for value in (len, bytearray, Leaf, os.system)),
        *(pickle.dumps(value, 5) for value in (len, bytearray(9), Leaf, {1}, 1 << 3000)),
        b"carray\narray.__class__\n.",
        b"cbuiltins\ngetattr\n.",
    ],
)
def test_allow_list(data: bytes) -> None:
    """No pickle may name anything but arrays, or have opcodes that ours have not."""
    with pytest.raises((UnsafeIndexError, KeyError, AttributeError)):
        loads(data)


MEMO = 1 << 26
LARGE_MEMO = b"K\1r" + MEMO.to_bytes(4, "little")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04" + LARGE_MEMO + b".",
        b"\x80\x04C\x06r\xff\xff\xff\xff." + LARGE_MEMO + b".",
        b"\x80\x04\x95\x10\0\0\0\0\0\0\0" + LARGE_MEMO + b".",
        b"carray\narray\n" + LARGE_MEMO + b".",
        b"\x80\x04\x8c\x05rrrrrB\x05\0\0\0rrrrr" + LARGE_MEMO + b".",
    ],
)
def test_large_memo(data: bytes) -> None:
    """A pickle that asks for a large memo, which takes memory at once, is not read."""
    with pytest.raises(ValueError, match="large memo"):
        loads(data)


@pytest.mark.parametrize("number", ["67108864", "+67108864", " 67108864", "6_7108864"])
def test_large_memo_as_text(number: str) -> None:
    """Nor is one that asks for it in words."""
    with pytest.raises(KeyError):
        loads(f"K\1p{number}\n.".encode())


@pytest.mark.parametrize("value", [b"r\xff\xff\xff\xff" * 9, "rrrrrrrr" * 99, (b"r" * 300, 5, -7)])
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_no_large_memo(value: object, protocol: int) -> None:
    """Data that look like a large memo are read."""
    assert loads(pickle.dumps((value, value, 1.5, None), protocol)) == (value, value, 1.5, None)


BOMB = zlib.compress(bytes((1 << 26) + 9))
"""More than 64 MB of zeros, packed to 64 kB."""


def test_bombs() -> None:
    """Nothing is unpacked to more than it can be."""
    for most in (1000, 0, -1, -2):
        with pytest.raises(ValueError, match="longer than they can be"):
            unpacked(BOMB, most)
    with pytest.raises(ValueError, match="longer than they can be"):
        bits_of(BOMB, 1 << 20)
    header = b"\x80\2(K\0K\0J%bcbuiltins\ntuple\ncbuiltins\nenumerate\n(K\5tK\0\x86R\x85Rt."
    rows = header % struct.pack("<i", len(BOMB)) + BOMB
    blocks = struct.pack("<IIQ", 1, 0, 0)
    with pytest.raises(ValueError, match="longer than they can be"):
        CompressedRows(memoryview(rows), memoryview(blocks))[0]
    data = struct.pack("<II1s3Q", 1, 1, b"x", 0, len(BOMB), 2 * len(BOMB)) + BOMB + BOMB
    dense = DenseTerms(memoryview(data), DENSE_FROM).get(b"x")
    assert dense
    with pytest.raises(ValueError, match="longer than they can be"):
        assert dense.bits
    with pytest.raises(ValueError, match="longer than they can be"):
        assert dense.weights


def test_bomb_in_postings() -> None:
    """A block of postings is not unpacked to more than one can be."""
    header = pickle.dumps((2, 1, 1.0, 1, 0, 0), 2)
    block = header + BOMB
    file = b"W3Bl" + struct.pack("!i", -len(block)) + block
    entry = struct.pack("!BfIBBfIIqi", 0, 2, 2, 0, 0, 1, 0, 1, 0, len(file))
    term = postings.Postings(memoryview(entry), memoryview(file), 10)
    with pytest.raises(ValueError, match="longer than they can be"):
        term.documents()


def test_pickles_one_by_one() -> None:
    """Of bytes behind a pickle nothing is read."""
    data = pickle.dumps((1, 2), 2) + b"r\xff\xff\xff\xff"
    assert loads(data) == (1, 2)
    assert BytesIO(data).read() == data
