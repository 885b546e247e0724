"""The postings of one term, in the form of whoosh.codec.whoosh3.

An entry of the dictionary is statistics and either the postings themselves, where they are
few, or where their blocks are. Statistics (big-endian): u8 whether they are inlined, f32 sum of
the weights, u32 documents, u8 whether it stands for several parts anywhere (to Whoosh: the least
length), u8 nothing, f32 greatest weight, u32 first and u32 last document; then the offset (i64)
and size (i32) of the blocks, or the pickled triple (documents, weights, values).

Blocks lie behind the mark `W3Bl`: size (i32, negative: the last one), a pickled header (postings,
last document, greatest weight, whether compressed, two lengths), and the pickled, mostly
compressed triple (gaps between documents, weights, values). The first gap of a block is a
document; gaps are an array of u16 or u32, little-endian. Weights are None (all 1), or bytes:
codes. Values are None, or what _VALUES makes of their columns: so like things are side by side,
which compresses better by a fifth than values one by one do, and whoever reads as we do finds any
of them without making the others. The pickle has always the same form, byte for byte, but for
the columns.
"""

import struct
import zlib
from collections.abc import Callable
from pickle import dumps

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.writer.values import FORMS, Values

INLINE = 24
"""Postings below which a term has no blocks."""

BARE_BLOCK = 8192
POSITIONS_BLOCK = 1024
"""Postings of a block. All of a term's documents are read at once, positions of few."""

COMPRESS_FROM = 96
"""Bytes of a block below which compression does not pay."""

LEVEL = 4

Numbers = NDArray[np.int64]
Codes = NDArray[np.uint8]

_STATISTICS = np.dtype(
    [
        *(("inlined", "u1"), ("weights", ">f4"), ("postings", ">u4"), ("wide", "u1")),
        *(("nothing", "u1"), ("greatest", ">f4"), ("first", ">u4"), ("last", ">u4")),
    ]
)
_BLOCKS = struct.Struct("!qi")
_MARK = b"W3Bl"


def statistics(
    first: Numbers,
    last: Numbers,
    postings: Numbers,
    *,
    weights: Numbers | None = None,
    greatest: Codes | int = 1,
    wide: NDArray[np.bool_] | int = 0,
) -> list[bytes]:
    """Return the statistics of terms, of few postings each; without a weight each has 1."""
    rows = np.zeros(len(first), _STATISTICS)
    rows["inlined"] = 1
    rows["weights"] = postings if weights is None else weights
    rows["postings"] = postings
    rows["wide"] = wide
    rows["greatest"] = greatest
    rows["first"], rows["last"] = first, last
    return rows.view(f"V{_STATISTICS.itemsize}").tolist()


def bare_entry(head: bytes, count: int, documents: bytes) -> bytes:
    """Return the entry of a term in few documents, of which the numbers are pickled."""
    return head + _tuple(documents, count) + b"NN\x87."


def entry(head: bytes, documents: bytes, codes: bytes, values: bytes) -> bytes:
    """Return the entry of a term in few documents; their numbers and the values are pickled."""
    count = len(codes)
    pickles = _tuple(documents, count), b"C", count.to_bytes(), codes, _tuple(values, count)
    return b"".join((head, *pickles, b"\x87."))


def _tuple(members: bytes, count: int) -> bytes:
    return members + b"\x85" if count == 1 else b"(" + members + b"t"


class BlocksWriter:
    """Writes the blocks of terms one after the other to a file, and returns their entries."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._at = 0

    def bare(self, head: bytes, documents: Numbers) -> bytes:
        """Write documents alone."""
        begun = self._begin()
        for at in range(0, len(documents), BARE_BLOCK):
            self._block(1, documents, slice(at, at + BARE_BLOCK), b"NN")
        return self._ended(head, begun)

    def positioned(self, head: bytes, documents: Numbers, codes: Codes, values: Values) -> bytes:
        """Write documents, the codes of the term in them, and its encoded positions."""
        begun = self._begin()
        greatest = int(codes.max())
        end = 0
        for at in range(0, len(documents), POSITIONS_BLOCK):
            part = slice(at, at + POSITIONS_BLOCK)
            sizes = values.sizes[part]
            begin, end = end, end + int(sizes.sum())
            tails = values.data[begin:end].tobytes()
            columns = values.forms[part].tobytes(), values.counts[part].tobytes(), tails
            pickles = _VALUES % (*map(_sized, columns), _sizes(sizes))
            self._block(
                greatest, documents, part, b"B%b%b" % (_sized(codes[part].tobytes()), pickles)
            )
        return self._ended(head, begun)

    def _begin(self) -> int:
        begun = self._at
        self._put(_MARK)
        return begun

    def _ended(self, head: bytes, begun: int) -> bytes:
        return b"\0" + head[1:] + _BLOCKS.pack(begun, self._at - begun)

    def _block(self, greatest: int, documents: Numbers, part: slice, others: bytes) -> None:
        """Write a block; the pickles of its codes and values are given."""
        of_part = documents[part]
        gaps = of_part.copy()
        gaps[1:] -= of_part[:-1]
        head, kind = (_SHORT, "<u2") if gaps.max() < 1 << 16 else (_LONG, "<u4")
        data = b"\x80\x03%b%btR%b\x87." % (head, _sized(gaps.astype(kind).tobytes()), others)
        level = LEVEL if len(data) >= COMPRESS_FROM else 0
        packed = zlib.compress(data, level) if level else data
        header = dumps((len(of_part), int(of_part[-1]), float(greatest), level, 0, 0), 2)
        size = len(header) + len(packed)
        signed = -size if part.stop >= len(documents) else size
        self._put(signed.to_bytes(4, "big", signed=True) + header + packed)

    def _put(self, data: bytes) -> None:
        self._write(data)
        self._at += len(data)


_ARRAY = b"carray\n_array_reconstructor\n(carray\narray\nX\1\0\0\0%bK%bB"
_SHORT, _LONG = _ARRAY % (b"H", b"\2"), _ARRAY % (b"I", b"\6")
"""An array of u16 or u32, little-endian, up to its bytes."""


def _called(function: bytes, *arguments: bytes) -> bytes:
    """Return the pickle of a call with one to three arguments."""
    return b"".join((function, *arguments, (b"\x85R", b"\x86R", b"\x87R")[len(arguments) - 1]))


_FIRST_MAP, _MAP = b"cbuiltins\nmap\nq\0", b"h\0"
_FIRST_GETITEM, _GETITEM = b"coperator\ngetitem\nq\1", b"h\1"
_FIRST_REPEAT, _REPEAT = b"citertools\nrepeat\nq\2", b"h\2"
_FIRST_COUNTS, _COUNTS = b"B%bq\3", b"h\3"
_FIRST_ACCUMULATE, _ACCUMULATE = b"citertools\naccumulate\nq\4", b"h\4"
_FIRST_SIZES, _SIZES = b"%bq\5", b"h\5"
"""What is named again is kept by the first of the two, in the order in which they are unpickled."""

_FORMS = b"".join(b"C%c%b" % (len(form), form.replace(b"%", b"%%")) for form in FORMS) + b"\x87"
_BEGINS = _called(_MAP, b"coperator\nsub\n", _called(_FIRST_ACCUMULATE, _FIRST_SIZES), _SIZES)
_TAILS = _called(
    _MAP,
    _GETITEM,
    _called(_REPEAT, b"B%b"),
    _called(_MAP, b"cbuiltins\nslice\n", _BEGINS, _called(_ACCUMULATE, _SIZES)),
)
_VALUES = _called(
    b"cbuiltins\ntuple\n",
    _called(
        _FIRST_MAP,
        b"coperator\nmod\n",
        _called(_MAP, _FIRST_GETITEM, _called(_FIRST_REPEAT, _FORMS), b"B%b"),
        _called(b"cbuiltins\nzip\n", _FIRST_COUNTS, _COUNTS, _TAILS),
    ),
)
"""The pickle of the values, up to the columns: forms, counts, all tails joined, and their sizes.

It calls tuple(map(mod, map(getitem, repeat(FORMS), forms), zip(counts, counts, tails))), where the
tails are map(getitem, repeat(joined), map(slice, map(sub, accumulate(sizes), sizes),
accumulate(sizes))): for each posting, its form % (its count, its count, its tail).
"""


def _sizes(sizes: Numbers) -> bytes:
    """Return the pickle of the sizes of tails: bytes, or an array if any is too large."""
    if sizes.max() < 256:
        return b"B" + _sized(sizes.astype(np.uint8).tobytes())
    return _LONG + _sized(sizes.astype("<u4").tobytes()) + b"tR"


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data
