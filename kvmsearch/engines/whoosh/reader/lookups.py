"""The files of ours beside Whoosh's in a segment: what a search looks up. All little-endian.

The forms are those of kvmsearch.engines.whoosh.writer.lookups, and of docs/index-format.md.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from struct import Struct

from kvmsearch.engines.whoosh.reader.columns import ShortRows
from kvmsearch.engines.whoosh.reader.littleendian import numbers_of
from kvmsearch.engines.whoosh.reader.membership import bits_of
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked

_U32 = Struct("<I")
_GROUP = Struct("<II")
_U64 = 8

_DENSE_KEPT = 32
"""Dense terms that are kept unpacked: some 60 KB each, in a segment of 50,000 documents."""

_SIZES = {"B": 1, "H": 2, "I": 4}


class Ids:
    """The file `.ids`: documents in the order of their ids, a group for each length of an id.

    The ids themselves are in the column.
    """

    def __init__(self, data: memoryview, names: ShortRows) -> None:
        (groups,) = _U32.unpack_from(data)
        at = _U32.size + groups * _GROUP.size
        self._names = names
        self._groups: list[tuple[int, memoryview]] = []
        for group in range(groups):
            width, count = _GROUP.unpack_from(data, _U32.size + group * _GROUP.size)
            end = at + _U32.size * count
            if not 0 < width < 256 or end > len(data):
                raise ValueError("ids that are cut short")
            self._groups.append((width, numbers_of(data[at:end], "I")))
            at = end

    def find(self, raw: bytes) -> int | None:
        """Return the document of an id."""
        for width, documents in self._groups:
            if len(raw) == width:
                place = bisect_left(documents, raw, key=self._names.__getitem__)
                if place < len(documents) and self._names[documents[place]] == raw:
                    return int(documents[place])
        return None

    def groups(self) -> Sequence[memoryview]:
        """Return the documents in the order of their ids, for each length of an id apart."""
        return [documents for _, documents in self._groups]

    def beginning(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield (id, document) of the ids that begin with some digits, in order."""
        from heapq import merge  # noqa: PLC0415 - for who looks for an abbreviated id alone

        return merge(*(self._beginning(prefix, documents) for _, documents in self._groups))

    def _beginning(self, prefix: str, documents: memoryview) -> Iterator[tuple[str, int]]:
        first = raw_id(prefix + "0" * (len(prefix) % 2))
        if first is None:
            return
        names = self._names
        for document in documents[bisect_left(documents, first, key=names.__getitem__) :]:
            name = names[document].hex()
            if not name.startswith(prefix):
                return
            yield name, document


def raw_id(commit_id: str) -> bytes | None:
    """Return the bytes of an id, None where it is none."""
    try:
        return bytes.fromhex(commit_id)
    except ValueError:
        return None


class Ordered:
    """The files `.series` and `.changes`: documents in the order of a column of numbers."""

    def __init__(self, data: memoryview, count: int) -> None:
        self.documents = numbers_of(data, "I")
        if len(self.documents) != count:
            raise ValueError("not one row a document")

    def span(self, key: int, number_of: Callable[[int], int]) -> tuple[int, int]:
        """Return where those begin and end of which the column, which is given, has a number."""
        documents = self.documents
        first = bisect_left(documents, key, key=number_of)
        if first == len(documents) or number_of(documents[first]) != key:
            return first, first
        return first, bisect_right(documents, key, first, key=number_of)

    def having(self, key: int, number_of: Callable[[int], int]) -> memoryview:
        """Return the documents of which the column, which is given, has a number; in order."""
        first, end = self.span(key, number_of)
        return self.documents[first:end]


def begins_of(data: memoryview, count: int) -> tuple[Sequence[int], Sequence[int]]:
    """Return of each document where its prose begins, and its trailers, of the file `.texts`."""
    first, second = (chr(code) for code in data[:2])
    middle, end = 2 + count * _SIZES[first], len(data)
    begins = numbers_of(data[2:middle], first), numbers_of(data[middle:end], second)
    if not len(begins[0]) == len(begins[1]) == count:
        raise ValueError("not one row a document")
    return begins


class Dense:
    """A term that a good part of the documents have."""

    def __init__(self, bits: memoryview, codes: memoryview, count: int) -> None:
        self._packed = bits, codes
        self._count = count
        self._bits: int | None = None
        self._weights: bytes | None = None

    @property
    def bits(self) -> int:
        """The documents that have it: bit n is document n."""
        if self._bits is None:
            self._bits = bits_of(self._packed[0], self._count)
        return self._bits

    @property
    def weights(self) -> bytes:
        """Its code by document, one byte each; 0: the document lacks it."""
        if self._weights is None:
            weights = unpacked(self._packed[1], self._count)
            if len(weights) != self._count:
                raise ValueError("not one weight a document")
            self._weights = weights
        return self._weights


class DenseTerms:
    """The file `.dense`: bitsets and codes of the terms that many documents have."""

    def __init__(self, data: memoryview, count: int) -> None:
        terms, size = _GROUP.unpack_from(data)
        offsets = _GROUP.size + size
        self._data = data
        self._count = count
        self._kept: dict[int, Dense] = {}
        self._names = bytes(data[_GROUP.size : offsets]).split(b"\0") if terms else []
        self._body = offsets + (2 * terms + 1) * _U64
        self._offsets = numbers_of(data[offsets : self._body], "Q")
        if len(self._names) != terms or len(self._offsets) != 2 * terms + 1:
            raise ValueError("a directory of terms that is cut short")

    def get(self, term: bytes) -> Dense | None:
        """Return a term, where it is here; nothing of it is unpacked yet.

        The last ones are kept, with what was unpacked of them.
        """
        place = bisect_left(self._names, term)
        if place == len(self._names) or self._names[place] != term:
            return None
        dense = self._kept.pop(place, None)
        if dense is None:
            dense = Dense(self._stream(2 * place), self._stream(2 * place + 1), self._count)
            if len(self._kept) == _DENSE_KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[place] = dense
        return dense

    def _stream(self, number: int) -> memoryview:
        first, last = self._offsets[number], self._offsets[number + 1]
        return self._data[self._body + first : self._body + last]
