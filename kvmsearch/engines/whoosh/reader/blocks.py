"""Blocks of postings, taken apart: documents, codes, and the values of some of the documents.

A block is a pickle, but always of the same form, byte for byte. What has that form is cut into
slices, and nothing is unpickled; what has any other is damaged. The forms are those of
kvmsearch.engines.whoosh.writer.postings, and of docs/index-format.md.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import accumulate, count, repeat

from kvmsearch.engines.whoosh.reader.values import add_places, documents_of, next_to

_MARK = b"\x80\x03"
_ARRAY = b"carray\n_array_reconstructor\n(carray\narray\nX\1\0\0\0%bK%bB"
_ARRAYS = {_ARRAY % (b"H", b"\2"): "H", _ARRAY % (b"I", b"\6"): "I"}
"""How arrays of u16 and of u32 begin, up to their size, and their codes."""

_ARRAY_HEAD = len(next(iter(_ARRAYS)))
_CALLED = b"tR"
_NONE, _BYTES = b"N", b"B"
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
        self._forms = self._counts = self._tails = b""
        self._sizes: bytes | array[int] = b""
        if data[at:] != _NONE + _END:
            self._take_values(data, at)
        self.documents = array("I", accumulate(gaps))
        self.codes = codes
        self.size = len(data) + 2 * self.documents.itemsize * len(self.documents)
        """The bytes that the block takes, about; it grows as it is asked more."""

        self._told = 0
        """Documents and places that were looked at one by one so far."""

        self._place: dict[int, int] | None = None
        """By document its place here, once many have been asked for."""

        self._everywhere: dict[int, array[int]] | None = None
        """Where the term stands in all documents, once that has been asked for."""

        self._stands: dict[int, frozenset[int]] | None = None
        """The same, to look places up in."""

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

    def places(self, wanted: Sequence[int]) -> Iterable[tuple[int, Collection[int]]]:
        """Return where the term stands in the documents wanted, in order.

        Where these are many of the block's, return where it stands in any of them: that is found
        out once.
        """
        if len(wanted) * _MANY <= len(self.documents):
            return self._in(wanted).items()
        if self._everywhere is None:
            places = self._in_all()
            self._everywhere = {width: array("Q", of_width) for width, of_width in places.items()}
            self.size += _PLACE * sum(map(len, places.values()))
        return self._everywhere.items()

    def next_to(self, others: Sequence[int], *, behind: bool, keeps: bool) -> list[int]:
        """Return where the term begins in front of some places in order, or where it ends behind.

        Who asks again and again gets that from a set of all places, if it may be kept.
        """
        if self._stands is None and keeps and self._has_told_much:
            self._stands = {width: frozenset(found) for width, found in self._in_all().items()}
            self.size += _LOOKED_UP * sum(map(len, self._stands.values()))
        if self._stands is not None:
            return next_to(self._stands.items(), others, behind=behind)
        return next_to(self._in(documents_of(others)).items(), others, behind=behind)

    def _in(self, wanted: Sequence[int]) -> dict[int, list[int]]:
        """Return where the term stands in some documents."""
        forms, counts, sizes, ends = self._forms, self._counts, self._sizes, self._ends
        places: dict[int, list[int]] = {}
        values = [
            (document, forms[at], counts[at], sizes[at], ends[at])
            for document, at in self._placed(wanted)
        ]
        add_places(places, self._tails, values)
        self._told += len(wanted) + sum(map(len, places.values()))
        return places

    @property
    def _has_told_much(self) -> bool:
        """Whether so much was looked at one by one that it is time to do it for all at once."""
        return self._told * _OFTEN > len(self.documents)

    def _in_all(self) -> dict[int, list[int]]:
        """Return where the term stands in all documents."""
        columns = self.documents, self._forms, self._counts, self._sizes, self._ends
        places: dict[int, list[int]] = {}
        add_places(places, self._tails, zip(*columns, strict=True))
        return places

    def _placed(self, wanted: Sequence[int]) -> list[tuple[int, int]]:
        """Return what `among` does, of a block that is asked about many documents."""
        if self._place is None and self._has_told_much:
            self._place = dict(zip(self.documents, count(), strict=False))
            self.size += _LOOKED_UP * len(self._place)
        if self._place is None:
            return self.among(wanted)
        place = self._place
        return [(document, place[document]) for document in wanted if document in place]

    def among(self, wanted: Sequence[int]) -> list[tuple[int, int]]:
        """Return those of the documents wanted that are here, each with its place."""
        documents = self.documents
        # None of those wanted is behind the last one that is here.
        found = zip(wanted, map(bisect_left, repeat(documents), wanted), strict=False)
        return [one for one in found if documents[one[1]] == one[0]]

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
