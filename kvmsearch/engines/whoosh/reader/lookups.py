"""The files of ours beside Whoosh's in a segment: what a search looks up. All little-endian.

The forms are those of kvmsearch.engines.whoosh.writer.lookups, and of docs/index-format.md.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from heapq import merge
from struct import Struct

from kvmsearch.engines.whoosh.reader.littleendian import numbers_of
from kvmsearch.engines.whoosh.reader.membership import bits_of
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked

_U32 = Struct("<I")
_GROUP = Struct("<II")
_U64 = 8

_CHUNK = 4096
_COST_OF_ONE = 40
"""Looking one id up costs as much as going over this many."""


class Ids:
    """The file `.ids`: ids and their documents, sorted, a group for each length of an id."""

    def __init__(self, data: memoryview) -> None:
        (groups,) = _U32.unpack_from(data)
        at = _U32.size + groups * _GROUP.size
        self._groups: list[_Group] = []
        for number in range(groups):
            width, count = _GROUP.unpack_from(data, _U32.size + number * _GROUP.size)
            rows, end = at + width * count, at + (width + 4) * count
            if not 0 < width < 256 or end > len(data):
                raise ValueError("ids that are cut short")
            self._groups.append(_Group(data[at:rows], width, numbers_of(data[rows:end], "I")))
            at = end

    def find(self, raw: bytes) -> int | None:
        """Return the document of an id."""
        for group in self._groups:
            if len(raw) == group.width:
                place = bisect_left(group, raw)
                if place < len(group) and group[place] == raw:
                    return group.documents[place]
        return None

    def find_many(self, wanted: Collection[bytes]) -> dict[bytes, int]:
        """Return the documents of those of the ids that are here."""
        if len(wanted) * _COST_OF_ONE < sum(map(len, self._groups)):
            found = ((raw, self.find(raw)) for raw in wanted)
            return {raw: document for raw, document in found if document is not None}
        members = frozenset(wanted)
        return {
            raw: chunk[raw]
            for group in self._groups
            for chunk in group.chunks()
            for raw in members.intersection(chunk)
        }

    def beginning(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield (id, document) of the ids that begin with some digits, in order."""
        return merge(*(group.beginning(prefix) for group in self._groups))


class _Group:
    """Ids of one length, sorted, and their documents."""

    def __init__(self, data: memoryview, width: int, documents: memoryview) -> None:
        self._data = data
        self.width = width
        self.documents = documents

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, place: int) -> bytes:
        start = place * self.width
        return bytes(self._data[start : start + self.width])

    def chunks(self) -> Iterator[dict[bytes, int]]:
        """Yield all ids and their documents, some thousands at a time."""
        for start in range(0, len(self), _CHUNK):
            documents = self.documents[start : start + _CHUNK]
            rows = Struct(f"{self.width}s" * len(documents))
            yield dict(
                zip(rows.unpack_from(self._data, start * self.width), documents, strict=True)
            )

    def beginning(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield (id, document) of the ids that begin with some digits, in order."""
        first = raw_id(prefix + "0" * (len(prefix) % 2))
        if first is None:
            return
        for place in range(bisect_left(self, first), len(self)):
            name = self[place].hex()
            if not name.startswith(prefix):
                return
            yield name, self.documents[place]


def raw_id(commit_id: str) -> bytes | None:
    """Return the bytes of an id, None where it is none."""
    try:
        return bytes.fromhex(commit_id)
    except ValueError:
        return None


class Sorted:
    """The files `.series` and `.changes`: columns of numbers, sorted by the first, a key."""

    def __init__(self, data: memoryview, codes: str, count: int) -> None:
        self._columns: list[memoryview] = []
        at = 0
        for code in codes:
            end = at + count * Struct(f"<{code}").size
            self._columns.append(numbers_of(data[at:end], code))
            at = end
        if at != len(data):
            raise ValueError("not one row a document")

    def rows(self, key: int) -> list[memoryview]:
        """Return the other columns of the rows that have a key."""
        keys, *others = self._columns
        first = bisect_left(keys, key)
        if first == len(keys) or keys[first] != key:
            return [column[:0] for column in others]
        last = bisect_right(keys, key, first)
        return [column[first:last] for column in others]


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
        self._names = bytes(data[_GROUP.size : offsets]).split(b"\0") if terms else []
        self._body = offsets + (2 * terms + 1) * _U64
        self._offsets = numbers_of(data[offsets : self._body], "Q")
        if len(self._names) != terms or len(self._offsets) != 2 * terms + 1:
            raise ValueError("a directory of terms that is cut short")

    def get(self, term: bytes) -> Dense | None:
        """Return a term, where it is here; nothing of it is unpacked yet."""
        place = bisect_left(self._names, term)
        if place == len(self._names) or self._names[place] != term:
            return None
        return Dense(self._stream(2 * place), self._stream(2 * place + 1), self._count)

    def _stream(self, number: int) -> memoryview:
        first, last = self._offsets[number], self._offsets[number + 1]
        return self._data[self._body + first : self._body + last]
