"""Blocks of postings, taken apart: documents, codes, and the values of some of the documents.

A block is a pickle, but always of the same form, byte for byte. What has that form is cut into
slices, and nothing is unpickled but values that stand whole; what has any other is damaged. The
forms are those of kvmsearch.engines.whoosh.writer.postings, and of docs/index-format.md.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, repeat
from typing import Any

from kvmsearch.engines.whoosh.reader.pickled import loads
from kvmsearch.engines.whoosh.reader.values import AT, SINGLE, Stands, add_stand, add_whole

_MARK = b"\x80\x03"
_ARRAY = b"carray\n_array_reconstructor\n(carray\narray\nX\1\0\0\0%bK%bB"
_ARRAYS = {_ARRAY % (b"H", b"\2"): "H", _ARRAY % (b"I", b"\6"): "I"}
"""How arrays of u16 and of u32 begin, up to their size, and their codes."""

_ARRAY_HEAD = len(next(iter(_ARRAYS)))
_CALLED = b"tR"
_NONE, _BYTES, _WHOLE = b"N", b"B", b"("
_END = b"\x87."

_FORMS = b"C\n\0\0\0%cC%c%bC\x0c\0\0\0%cK%c0(%bC\n%.0a%.0a%b"
_FIRST_CALLS = b"cbuiltins\ntuple\ncbuiltins\nmap\nq\0coperator\nmod\nh\0coperator\ngetitem\nq\1"
COLUMNS = (
    _FIRST_CALLS + b"citertools\nrepeat\nq\2" + _FORMS + b"\x87\x85RB",
    b"\x87Rcbuiltins\nzip\nB",
    b"q\3h\3h\0h\1h\2B",
    b"\x85Rh\0cbuiltins\nslice\nh\0coperator\nsub\ncitertools\naccumulate\nq\4",
    b"q\5\x85Rh\5\x87Rh\4h\5\x85R\x87R\x87R\x87R\x87R\x85R",
)
"""What stands around the columns of values: forms, counts, tails and sizes of tails.

To Whoosh they are the calls that put the values together.
"""

_MANY = 8
"""More than one in so many of a block's documents are found by looking at all of them."""

_OFTEN = 8
"""When one in so many of its documents has been looked at, all are made ready to be looked up."""

_PLACE = 8
"""Bytes of a place in an array."""

_LOOKED_UP = 100
"""Bytes of a document in a dictionary, or a place in a set."""


class Block:
    """The postings of some documents, in order."""

    def __init__(self, data: bytes) -> None:
        gaps, at = _array(data, _behind(data, 0, _MARK))
        codes, at = _optional(data, at)
        self._whole = self._forms = self._counts = self._tails = b""
        self._sizes: bytes | array[int] = b""
        if data[at : at + 1] == _WHOLE and data.endswith(_END):
            self._whole = data[at : -len(_END)]
        elif data[at:] != _NONE + _END:
            self._take_values(data, at)
        self.documents = array("I", accumulate(gaps))
        self.codes = codes
        self.size = len(data) + 2 * self.documents.itemsize * len(self.documents)
        """The bytes that the block takes, about; it grows as it is asked more."""

        if codes is not None and len(codes) != len(self.documents):
            raise ValueError("not one code a document")

    def _take_values(self, data: bytes, at: int) -> None:
        columns = []
        for before in COLUMNS[:3]:
            column, at = _sized(data, _behind(data, at, before))
            columns.append(column)
        self._forms, self._counts, self._tails = columns
        at = _behind(data, at, COLUMNS[3])
        # Sizes are bytes, unless any tail is too long.
        if data[at : at + 1] == _BYTES:
            self._sizes, at = _sized(data, at + 1)
        else:
            self._sizes, at = _array(data, at)
        if data[at:] != COLUMNS[4] + _END:
            raise ValueError("a block of postings that does not end")

    def add_stands(self, stands: Stands, wanted: Sequence[int]) -> None:
        """Add where the term stands in the documents wanted, in order."""
        if self._whole:
            for document, at in self.among(wanted):
                add_whole(stands, document, self._values[at])
            return
        sizes, ends, tails, single = self._sizes, self._ends, self._tails, stands[1]
        for document, at in self.among(wanted):
            size, end = sizes[at], ends[at]
            # Most words stand in a document once, and early in it.
            if size == SINGLE:
                single[document] = AT[tails[end - 1]]
            else:
                form, count = self._forms[at], self._counts[at]
                add_stand(stands, document, form, count, tails[end - size : end])

    def among(self, wanted: Sequence[int]) -> list[tuple[int, int]]:
        """Return those of the documents wanted that are here, each with its place."""
        documents = self.documents
        # None of those wanted is behind the last one that is here.
        found = zip(wanted, map(bisect_left, repeat(documents), wanted), strict=False)
        return [one for one in found if documents[one[1]] == one[0]]

    @cached_property
    def _values(self) -> tuple[bytes, ...]:
        """The values of all documents, where they stand whole."""
        values: Any = loads(self._whole + b".")
        if len(values) != len(self.documents):
            raise ValueError("not one value a document")
        return tuple(values)

    @cached_property
    def _ends(self) -> "array[int]":
        """Where each tail ends."""
        ends = array("I", accumulate(self._sizes))
        count = len(self.documents)
        if not len(ends) == len(self._forms) == len(self._counts) == count:
            raise ValueError("not one value a document")
        if ends[-1] != len(self._tails):
            raise ValueError("values that are cut short")
        return ends


def _array(data: bytes, at: int) -> tuple["array[int]", int]:
    """Return the array at a place, and where it ends."""
    start = at + _ARRAY_HEAD
    code = _ARRAYS.get(data[at:start])
    if code is None:
        raise ValueError("no block of postings where one should be")
    raw, at = _sized(data, start)
    numbers = array(code)
    numbers.frombytes(raw)
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers, _behind(data, at, _CALLED)


def _optional(data: bytes, at: int) -> tuple[bytes | None, int]:
    """Return the bytes or None at a place, and where they end."""
    if data[at : at + 1] == _BYTES:
        return _sized(data, at + 1)
    return None, _behind(data, at, _NONE)


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    """Return what lies behind its size at a place, and where it ends."""
    start = at + 4
    end = start + int.from_bytes(data[at:start], "little")
    return data[start:end], end


def _behind(data: bytes, at: int, expected: bytes) -> int:
    """Return where what is expected at a place ends."""
    end = at + len(expected)
    if data[at:end] != expected:
        raise ValueError("a block of postings of another form")
    return end
