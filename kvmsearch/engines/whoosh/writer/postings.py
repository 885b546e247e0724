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
the columns. Where they are few, to name those calls takes more room than it saves: then they are
a tuple of values.
"""

import struct
import zlib
from collections.abc import Callable
from pickle import dumps
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.writer.values import FORMS, Values

INLINE, BARE_INLINE = 24, 48
"""Postings below which a term has no blocks: with values, and without."""

COLUMNS_FROM = 128
"""Postings of a term below which its values stand whole, one behind the other, in a block too."""

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
    members = documents + b"\x85" if count == 1 else b"(" + documents + b"t"
    return head + members + b"NN\x87."


def entry(head: bytes, documents: bytes, codes: bytes, values: bytes) -> bytes:
    """Return the entry of a term in few documents; their numbers and the values are pickled."""
    if len(codes) == 1:
        return b"".join((head, documents, b"\x85C\1", codes, values, b"\x85\x87."))
    return b"%b(%btC%c%b(%bt\x87." % (head, documents, len(codes), codes, values)


class Gaps:
    """The gaps between the documents of many terms, as bytes made once."""

    def __init__(self, documents: Numbers) -> None:
        self._documents = documents
        steps = np.diff(documents, prepend=0)
        self._short, self._long = (
            (head, width, documents.astype(kind).tobytes(), steps.astype(kind).tobytes())
            for head, width, kind in ((_SHORT, 2, "<u2"), (_LONG, 4, "<u4"))
        )

    def last(self, end: int) -> int:
        """Return the last document of those up to an end."""
        return int(self._documents[end - 1])

    def pickled(self, begin: int, end: int) -> bytes:
        """Return the pickle of the gaps of a block, of which the first is from 0."""
        head, width, documents, steps = self._long if self.last(end) >> 16 else self._short
        begin, second, end = begin * width, (begin + 1) * width, end * width
        size = (end - begin).to_bytes(4, "little")
        return b"%b%b%b%btR" % (head, size, documents[begin:second], steps[second:end])


class Positioned(NamedTuple):
    """The postings of many terms with positions, as bytes made once."""

    gaps: Gaps
    codes: bytes
    forms: bytes
    counts: bytes
    sizes: Numbers
    data: bytes
    ends: Numbers
    """Where in the data the value of each posting ends, and where the first one begins."""

    def few(self, begin: int, end: int) -> bytes:
        """Return the pickles of the codes and values of a block, of which the values are whole."""
        values = self.data[self.ends[begin] : self.ends[end]]
        return b"B%b(%bt" % (_sized(self.codes[begin:end]), values)

    def many(self, begin: int, end: int) -> bytes:
        """Return the pickles of the codes and values of a block, of which the values are not."""
        tails = self.data[self.ends[begin] : self.ends[end]]
        columns = self.forms[begin:end], self.counts[begin:end], tails
        values = _VALUES % (*map(_sized, columns), _sizes(self.sizes[begin:end]))
        return b"B%b%b" % (_sized(self.codes[begin:end]), values)


def positioned(documents: Numbers, codes: Codes, values: Values) -> Positioned:
    """Return the postings of many terms, one behind the other."""
    forms, counts, sizes, data = values
    columns = codes.tobytes(), forms.tobytes(), counts.tobytes()
    ends = np.concatenate(([0], sizes.cumsum()))
    return Positioned(Gaps(documents), *columns, sizes, data.tobytes(), ends)


class BlocksWriter:
    """Writes the blocks of terms one after the other to a file, and returns their entries."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._at = 0

    def bare(self, head: bytes, begin: int, end: int, gaps: Gaps) -> bytes:
        """Write the documents of a term, of which the gaps begin and end somewhere."""
        begun = self._begin()
        for at in range(begin, end, BARE_BLOCK):
            behind = min(at + BARE_BLOCK, end)
            self._block(1, gaps, at, behind, b"NN", is_last=behind == end)
        return self._ended(head, begun)

    def positioned(
        self, head: bytes, begin: int, end: int, greatest: int, postings: Positioned
    ) -> bytes:
        """Write the postings of a term, which begin and end somewhere, and its greatest code."""
        begun = self._begin()
        gaps = postings.gaps
        pickled = postings.few if end - begin < COLUMNS_FROM else postings.many
        for at in range(begin, end, POSITIONS_BLOCK):
            behind = min(at + POSITIONS_BLOCK, end)
            others = pickled(at, behind)
            self._block(greatest, gaps, at, behind, others, is_last=behind == end)
        return self._ended(head, begun)

    def _begin(self) -> int:
        begun = self._at
        self._put(_MARK)
        return begun

    def _ended(self, head: bytes, begun: int) -> bytes:
        return b"\0" + head[1:] + _BLOCKS.pack(begun, self._at - begun)

    def _block(
        self, greatest: int, gaps: Gaps, begin: int, end: int, others: bytes, *, is_last: bool
    ) -> None:
        """Write a block; the pickles of its codes and values are given."""
        data = b"\x80\x03%b%b\x87." % (gaps.pickled(begin, end), others)
        level = LEVEL if len(data) >= COMPRESS_FROM else 0
        packed = zlib.compress(data, level) if level else data
        header = dumps((end - begin, gaps.last(end), float(greatest), level, 0, 0), 2)
        size = len(header) + len(packed)
        self._put((-size if is_last else size).to_bytes(4, "big", signed=True) + header + packed)

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
