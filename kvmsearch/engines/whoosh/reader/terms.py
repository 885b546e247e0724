"""The term dictionary, in the form of whoosh.filedb.filetables.OrderedHashWriter.

The form is that of kvmsearch.engines.whoosh.writer.dictionary, and of docs/index-format.md.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any
from zlib import crc32

from kvmsearch.engines.whoosh.reader.pickled import loads

_LENGTHS = Struct("!II")
_SLOT = Struct("!IQ")
_TABLE = Struct("!QI")
_SIZE = Struct("!I")
_TABLES = 256
_EXTRAS = 1024
"""More than the pickle takes; what follows it is long."""
_OFFSETS = {"H": Struct("!H"), "I": Struct("!I"), "q": Struct("!q")}


class Terms:
    """A term dictionary: (field, term) to what the writer has put down for it."""

    def __init__(self, data: memoryview) -> None:
        end = len(data) - _SIZE.size
        (tail,) = _SIZE.unpack_from(data, end)
        extras: Any = loads(bytes(data[end - tail : end - tail + min(tail, _EXTRAS)]))
        self._data = data
        self._count = int(extras["indexlen"])
        self._offset = _OFFSETS[extras["indextype"]]
        self._offsets = end - self._count * self._offset.size
        self._tables = end - tail - _TABLES * _TABLE.size
        self._fields = {
            name: number.to_bytes(2, "big") for name, number in extras["fieldmap"].items()
        }
        if not 0 < self._tables < end - tail <= self._offsets <= end:
            raise ValueError("a term dictionary without its end")

    def get(self, field: str, term: bytes) -> memoryview | None:
        """Return what there is for a term."""
        key, data = self._fields[field] + term, self._data
        hashed = crc32(key)
        start, slots = _TABLE.unpack_from(data, self._tables + (hashed & 255) * _TABLE.size)
        for probe in range(slots):
            slot = ((hashed >> 8) + probe) % slots
            found, at = _SLOT.unpack_from(data, start + slot * _SLOT.size)
            if not at:
                return None
            if found == hashed:
                length, size = _LENGTHS.unpack_from(data, at)
                at += _LENGTHS.size
                if data[at : at + length] == key:
                    return data[at + length : at + length + size]
        return None

    def expand(self, field: str, prefix: bytes, start: bytes) -> Iterator[bytes]:
        """Yield the terms of a field that begin with a prefix and are not below `start`."""
        data, lengths, behind = self._data, _LENGTHS.unpack_from, _LENGTHS.size
        number = self._fields[field]
        wanted, skip = number + prefix, behind + len(number)
        place = self._place(number + max(prefix, start))
        # The entries lie in order of their keys, one behind the other.
        at = self._at(place) if place < self._count else 0
        for _ in range(place, self._count):
            length, size = lengths(data, at)
            end = at + behind + length
            if data[at + behind : at + behind + len(wanted)] != wanted:
                return
            yield bytes(data[at + skip : end])
            at = end + size

    def _place(self, key: bytes) -> int:
        """Return the place of the first key that is not below this one."""
        data, lengths, behind = self._data, _LENGTHS.unpack_from, _LENGTHS.size
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            at = self._at(middle)
            if bytes(data[at + behind : at + behind + lengths(data, at)[0]]) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _at(self, place: int) -> int:
        (at,) = self._offset.unpack_from(self._data, self._offsets + place * self._offset.size)
        return int(at)
