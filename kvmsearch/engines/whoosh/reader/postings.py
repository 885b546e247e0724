"""The postings of a term: documents, codes and positions, a block at a time.

The forms are those of kvmsearch.engines.whoosh.writer.postings, and of docs/index-format.md.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from struct import Struct
from typing import Any

from kvmsearch.engines.whoosh.reader.pickled import loads
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked

PLACE_BITS = 32
"""Bits of a position in the number of a place: that of the next position is the next."""

_FREQUENCY = Struct("!I")
_FREQUENCY_AT = 5
_GREATEST_AND_FIRST = Struct("!fI")
_GREATEST_AT = 11
_STATISTICS = 23
_EXTENT = Struct("!qi")
_MARK = b"W3Bl"
_SIZE = Struct("!i")

_HEADER = re.compile(
    rb"\x80\x02\("
    rb"(?:K.|M..|J....)"  # how many postings
    rb"(?:K(.)|M(..)|J(....))"  # the last document
    rb"(?:G.{8}|K.)"  # the greatest weight
    rb"K(.)"  # whether it is compressed
    rb"K.K.tq\x00\.",  # two lengths
    re.DOTALL,
)
"""The header of a block, as pickle.dumps(six numbers, 2) makes it."""

_MOST_BYTES = 1 << 26
"""What a block can be unpacked: three times the positions of a whole segment."""

_LONGEST_KEPT = 16
_MOST_KEPT = 4096
"""Bytes of an encoding, and how many, that are kept decoded."""

_SINGLE = b"\0\0\0\1C\1"
"""What the encoding of one position below 256 begins with, which most are; it follows."""

_STOP = b"."

_BLOCKS_KEPT = 64
"""Blocks of positions of a segment that are kept open, up to 100 KB each.

A term that most commits have fills 49 in a segment of 50,000: all are gone over several times.
"""

Triple = tuple[Sequence[int], Sequence[int] | None, Sequence[bytes] | None]
"""Documents or the gaps between them, weights (None: all 1), encoded positions."""

Opened = dict[int, Mapping[int, bytes]]
"""Blocks of positions by their offset, the one used last at the end: by document its encoding."""


class Postings:
    """What the dictionary has on one term of a segment, and its postings when asked for."""

    def __init__(
        self, entry: memoryview, file: memoryview, count: int, opened: Opened | None = None
    ) -> None:
        self._entry = entry
        self._file = file
        self._count = count
        self._opened: Opened = {} if opened is None else opened
        self._blocks: tuple[list[int], list[int], list[memoryview]] | None = None

    @property
    def frequency(self) -> int:
        """How many documents have the term."""
        (frequency,) = _FREQUENCY.unpack_from(self._entry, _FREQUENCY_AT)
        return int(frequency)

    def documents(self) -> list[int]:
        """Return all documents, sorted."""
        if self.frequency == 1:
            return self._checked([self._only()[1]])
        documents: list[int] = []
        for found, _, _ in self._triples():
            documents += found
        return self._checked(documents)

    def coded(self) -> tuple[list[int], bytes]:
        """Return all documents, sorted, and the code of the term in each."""
        if self.frequency == 1:
            code, document = self._only()
            return self._checked([document]), bytes((int(code),))
        documents: list[int] = []
        codes: list[bytes] = []
        for found, weights, _ in self._triples():
            documents += found
            codes.append(b"\1" * len(found) if weights is None else bytes(weights))
        joined = b"".join(codes)
        if len(joined) != len(documents):
            raise ValueError("not one code a document")
        return self._checked(documents), joined

    def positions(self, wanted: Collection[int]) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield (document, positions) of the documents wanted, in order."""
        for found in self._encoded(sorted(wanted)):
            for document, value in found:
                yield document, _decoded(value)

    def places(self, wanted: Collection[int]) -> list[int]:
        """Return document << PLACE_BITS | position of the documents wanted, in order."""
        return [
            document << PLACE_BITS | position
            for found in self._encoded(sorted(wanted))
            for document, value in found
            for position in _decoded(value)
        ]

    def _encoded(self, ordered: list[int]) -> Iterator[Iterable[tuple[int, bytes]]]:
        """Yield those of the documents that have the term, and its encoded positions there."""
        if self._entry[0]:
            yield _chosen(_by_document(self._inline()), ordered)
            return
        lasts, _, _ = self._directory()
        start = 0
        while start < len(ordered):
            number = bisect_left(lasts, ordered[start])
            if number == len(lasts):
                return
            end = bisect_left(ordered, lasts[number] + 1, start)
            yield _chosen(self._positions_in(number), ordered[start:end])
            start = end

    def _only(self) -> tuple[float, int]:
        """Return weight and document of a term of one document: the statistics have them."""
        return _GREATEST_AND_FIRST.unpack_from(self._entry, _GREATEST_AT)

    def _triples(self) -> Iterator[Triple]:
        if self._entry[0]:
            yield self._inline()
            return
        for number in range(len(self._directory()[0])):
            yield self._block(number)

    def _checked(self, documents: list[int]) -> list[int]:
        if len(documents) != self.frequency or documents[-1] >= self._count:
            raise ValueError("no such documents")
        return documents

    def _inline(self) -> Triple:
        return _triple(bytes(self._entry[_STATISTICS:]))

    def _positions_in(self, number: int) -> Mapping[int, bytes]:
        """Return the encoded positions of a block; they are asked for again, for other documents.

        A search looks at its best candidates first, and then perhaps at more.
        """
        opened = self._opened
        offset = self._directory()[1][number]
        block = opened.pop(offset, None)
        if block is None:
            block = _by_document(self._block(number))
            if len(opened) == _BLOCKS_KEPT:
                del opened[next(iter(opened))]
        opened[offset] = block
        return block

    def _block(self, number: int) -> Triple:
        data = self._directory()[2][number]
        header = _header(data)
        rest = data[header.end() :]
        raw = unpacked(rest, _MOST_BYTES) if header[4] != b"\0" else bytes(rest)
        gaps, weights, values = _triple(raw)
        return list(accumulate(gaps)), weights, values

    def _directory(self) -> tuple[list[int], list[int], list[memoryview]]:
        """Return of each block the last document, its offset, and all of it."""
        if self._blocks is None:
            found = list(_split(self._file, *_EXTENT.unpack_from(self._entry, _STATISTICS)))
            blocks = [block for _, block in found]
            lasts = [_last(_header(block)) for block in blocks]
            self._blocks = lasts, [offset for offset, _ in found], blocks
        return self._blocks


def _split(file: memoryview, offset: int, length: int) -> Iterator[tuple[int, memoryview]]:
    end = offset + length
    at = offset + len(_MARK)
    if not 0 <= offset < at < end <= len(file) or file[offset:at] != _MARK:
        raise ValueError("no postings where they should be")
    while at < end:
        start = at + _SIZE.size
        at = start + abs(_SIZE.unpack_from(file, at)[0])
        yield start, file[start:at]


def _header(block: memoryview) -> "re.Match[bytes]":
    header = _HEADER.match(block)
    if header is None:
        raise ValueError("no block of postings where one should be")
    return header


def _last(header: "re.Match[bytes]") -> int:
    return int.from_bytes(header[1] or header[2] or header[3], "little")


def _triple(data: bytes) -> Triple:
    """Unpickle documents or gaps, weights and values."""
    found: Any = loads(data)
    documents, weights, values = found
    if not isinstance(documents, (tuple, bytes, array)) or not isinstance(
        weights, (type(None), bytes, array)
    ):
        raise TypeError("no postings")
    if values is not None and not len(documents) == len(values):
        raise ValueError("not one value a document")
    return documents, weights, values


def _by_document(triple: Triple) -> Mapping[int, bytes]:
    documents, _, values = triple
    if values is None:
        raise ValueError("a field without positions")
    return dict(zip(documents, values, strict=True))


def _chosen(values: Mapping[int, bytes], wanted: list[int]) -> Iterable[tuple[int, bytes]]:
    return [(document, values[document]) for document in wanted if document in values]


class _Positions(dict[bytes, Sequence[int]]):
    """Positions by their encodings: most are one of few, as most words stand once, and early."""

    def __missing__(self, value: bytes) -> Sequence[int]:
        positions = _decode(value)
        if len(value) <= _LONGEST_KEPT:
            if len(self) == _MOST_KEPT:
                self.clear()
            self[value] = positions
        return positions


_decoded = _Positions().__getitem__


def _decode(value: bytes) -> Sequence[int]:
    """Return positions, which whoosh.formats.Positions encodes as a count and pickled gaps."""
    if value.startswith(_SINGLE):
        return value[6:7]
    if value.startswith(b"C", 4):
        return list(accumulate(value[6 : 6 + value[5]]))
    gaps: Any = loads(value[4:] if value.endswith(_STOP) else value[4:] + _STOP)
    return list(accumulate(gaps))
