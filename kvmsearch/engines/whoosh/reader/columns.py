"""Columns: the values of all documents of a segment, in the forms of whoosh.columns."""

import re
import sys
from array import array
from bisect import bisect_right
from itertools import accumulate
from struct import Struct
from typing import Any

from kvmsearch.engines.whoosh.reader.littleendian import numbers_of
from kvmsearch.engines.whoosh.reader.pickled import loads
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked

_NUMBER = Struct("!q")
_COUNT = Struct("<I")
_CODE = ord("B")
_BLOCKS_KEPT = 32
"""Blocks of 16 KB that are kept unpacked; a page shows some ten commits."""

_HEADER = re.compile(
    rb"\x80\x02\(((?:K.|M..|J....){3})cbuiltins\ntuple\ncbuiltins\nenumerate\n"
    rb"\(((?:K.|M..|J....)*+)t(?:K.|M..|J....)\x86R\x85Rt\.",
    re.DOTALL,
)
"""The header of a block: first and last document, the size of its rows, packed; their lengths."""

_MOST_BYTES = 1 << 28
"""What a block of rows can be unpacked; one row fills a block if it is longer than 16 KB."""


def number(data: memoryview, document: int) -> int:
    """Return one number of a NumericColumn("q"); those that are left out at its end are 0."""
    at = document * _NUMBER.size
    return int(_NUMBER.unpack_from(data, at)[0]) if at + _NUMBER.size <= len(data) else 0


def numbers(data: memoryview, count: int) -> "array[int]":
    """Return all numbers of a NumericColumn("q")."""
    values = array("q")
    values.frombytes(data)
    if sys.byteorder == "little":
        values.byteswap()
    values.extend([0] * (count - len(values)))
    if len(values) != count:
        raise ValueError("more numbers than documents")
    return values


class ShortRows:
    """A VarBytesColumn(allow_offsets=False) of rows of at most 255 bytes.

    The rows joined, a byte each with their lengths, and the letter B.
    """

    def __init__(self, data: memoryview, count: int) -> None:
        end = len(data) - count - 1
        lengths = bytes(data[end:-1])
        if end < 0 or len(lengths) != count or data[-1] != _CODE:
            raise ValueError("not one row a document")
        self._data = data
        self._count = count
        # Rows of one width, as most are, need no list of where each ends.
        self._width = lengths[0] if lengths and lengths == lengths[:1] * count else None
        self._ends = None if self._width else list(accumulate(lengths, initial=0))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, document: int) -> bytes:
        if self._ends is None:
            assert self._width
            start = document * self._width
            return bytes(self._data[start : start + self._width])
        return bytes(self._data[self._ends[document] : self._ends[document + 1]])


class CompressedRows:
    """A CompressedBlockColumn: rows of any length in compressed blocks.

    Whoosh goes through all blocks to find one; the file `.blocks` tells where each is.
    """

    def __init__(self, data: memoryview, blocks: memoryview) -> None:
        (count,) = _COUNT.unpack_from(blocks)
        middle = _COUNT.size + 4 * count
        self._data = data
        self._firsts = numbers_of(blocks[_COUNT.size : middle], "I")
        self._offsets = numbers_of(blocks[middle : middle + 8 * count], "Q")
        if not len(self._firsts) == len(self._offsets) == count:
            raise ValueError("a directory of blocks that is cut short")
        self._open: dict[int, tuple[int, list[int], bytes]] = {}

    def __getitem__(self, document: int) -> bytes:
        first, ends, rows = self._block(bisect_right(self._firsts, document) - 1)
        return rows[ends[document - first] : ends[document - first + 1]]

    def _block(self, number: int) -> tuple[int, list[int], bytes]:
        """Return a block: its first document, where each row ends, and the rows."""
        block = self._open.get(number)
        if block is None:
            if len(self._open) == _BLOCKS_KEPT:
                del self._open[next(iter(self._open))]
            block = self._open[number] = self._read(number)
        return block

    def _read(self, number: int) -> tuple[int, list[int], bytes]:
        start = self._offsets[number]
        last = number + 1 == len(self._offsets)
        data = bytes(self._data[start : None if last else self._offsets[number + 1]])
        header = _HEADER.match(data)
        if header is None:
            raise ValueError("a block of rows of another form")
        numbers: Any = loads(b"(%b(%btt." % header.groups())
        first, _, size, lengths = numbers
        ends = list(accumulate(lengths, initial=0))
        rows = unpacked(data[len(data) - size :], min(ends[-1], _MOST_BYTES))
        if first != self._firsts[number] or len(rows) != ends[-1]:
            raise ValueError("a block of other rows than it says")
        return first, ends, rows
