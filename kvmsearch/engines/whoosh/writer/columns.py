"""Columns: the values of all documents of a segment, in the forms of whoosh.columns."""

import sys
import zlib
from array import array
from collections.abc import Callable, Iterable
from pickle import dumps

BLOCK = 16 << 10
"""Bytes of a block of rows before it is compressed: small, as an answer opens ten."""

LEVEL = 4


class CompressedRows:
    """Rows of bytes in compressed blocks, as whoosh.columns.CompressedBlockColumn has them.

    A block is a pickled header (first document, last document, size, (document, length) of
    each row) and the rows joined and compressed. The pairs are pickled as the call that makes
    them of the lengths, which takes half the room. `index` tells where the blocks are, which Whoosh
    finds out by going through all headers.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._rows: list[bytes] = []
        self._waiting = 0
        self._firsts = array("I")
        self._offsets = array("Q")
        self._first = 0
        self.size = 0

    def add(self, row: bytes) -> None:
        """Add the row of the next document."""
        self._rows.append(row)
        self._waiting += len(row)
        if self._waiting >= BLOCK:
            self._end_block()

    def finish(self) -> bytes:
        """Write what is left and return the index.

        It is the number of blocks (u32), the first document of each (u32), and the offset
        of each block's header in the column (u64), all little-endian.
        """
        if self._rows:
            self._end_block()
        return b"".join(
            (
                len(self._firsts).to_bytes(4, "little"),
                little(self._firsts),
                little(self._offsets),
            )
        )

    def _end_block(self) -> None:
        first, behind = self._first, self._first + len(self._rows)
        packed = zlib.compress(b"".join(self._rows), LEVEL)
        lengths = b"".join(map(_pickled, map(len, self._rows)))
        numbers = map(_pickled, (first, behind - 1, len(packed)))
        block = _HEADER % (*numbers, lengths, _pickled(first)) + packed
        self._write(block)
        self._firsts.append(first)
        self._offsets.append(self.size)
        self.size += len(block)
        self._first, self._rows, self._waiting = behind, [], 0


_HEADER = b"\x80\2(%b%b%bcbuiltins\ntuple\ncbuiltins\nenumerate\n(%bt%b\x86R\x85Rt."


def _pickled(number: int) -> bytes:
    """Return the pickle of a number, without what begins and ends one."""
    return dumps(number, 2)[2:-1]


def short_bytes(values: Iterable[bytes]) -> bytes:
    """Return a column as whoosh.columns.VarBytesColumn(allow_offsets=False) has it.

    The values joined, one byte each with their lengths (at most 255), and the letter B.
    """
    rows = list(values)
    return b"".join((*rows, bytes(map(len, rows)), b"B"))


def nothing_stored(count: int) -> bytes:
    """Return Whoosh's column of stored fields where no document has any."""
    return bytes(count) + b"B"


def numbers(values: "array[int]") -> bytes:
    """Return a column as whoosh.columns.NumericColumn has it: big-endian, one row after another."""
    if sys.byteorder == "big":
        return values.tobytes()
    swapped = values[:]
    swapped.byteswap()
    return swapped.tobytes()


def little(values: "array[int]") -> bytes:
    """Return the values of an array, little-endian."""
    if sys.byteorder == "little":
        return values.tobytes()
    swapped = values[:]
    swapped.byteswap()
    return swapped.tobytes()
