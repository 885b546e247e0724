"""The term dictionary, in the form of whoosh.filedb.filetables.OrderedHashWriter.

Behind a mark follow the entries, sorted by key: two lengths (i32), the key (the number of
the field, u16, and the term in UTF-8) and its value. Behind them are 256 hash tables
(by the lower eight bits of the key's CRC32) of slots (hash u32, offset i64), a directory of
the tables (offset i64, slots i32), a pickled dict (the fields, how many keys, how wide their
offsets are), the offsets of all entries in order, and the size of these last two (i32).
All numbers are big-endian.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from pickle import dumps
from typing import IO

_LENGTHS = struct.Struct("!ii")
_SLOT = struct.Struct("!Iq")
_TABLE = struct.Struct("!qi")
_HEAD = b"HSH3\x01" + bytes(8)
"""The mark, the number of the hash function (CRC32), and eight bytes that mean nothing."""

_EMPTY = bytes(_SLOT.size)
_TABLES = 256
_AT_ONCE = 4096


class Dictionary:
    """Takes the terms of all fields in order and writes them to a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._at = file.write(_HEAD)
        self._offsets = array("Q")
        self._hashes = array("I")

    def add(self, field: int, entries: Iterable[tuple[str, bytes]]) -> None:
        """Add the terms of a field, sorted, and their values; fields come in order."""
        prefix = field.to_bytes(2, "big")
        crc, pack = zlib.crc32, _LENGTHS.pack
        found, hashed = self._offsets.append, self._hashes.append
        waiting: list[bytes] = []
        at = self._at
        for term, value in entries:
            key = prefix + term.encode()
            entry = pack(len(key), len(value)) + key + value
            found(at)
            hashed(crc(key))
            waiting.append(entry)
            at += len(entry)
            if len(waiting) == _AT_ONCE:
                self._file.write(b"".join(waiting))
                waiting.clear()
        self._file.write(b"".join(waiting))
        self._at = at

    def finish(self, fields: Sequence[str]) -> None:
        """Write what leads to the entries; the fields are numbered as they are given."""
        directory = b"".join([_TABLE.pack(*self._write_table(keys)) for keys in self._by_table()])
        code = next(code for code in "HIq" if self._at < 1 << 8 * array(code).itemsize - 1)
        extras = {
            "fieldmap": {name: number for number, name in enumerate(fields)},
            "indextype": code,
            "indexlen": len(self._offsets),
        }
        offsets = array(code, self._offsets)
        if sys.byteorder == "little":
            offsets.byteswap()
        tail = dumps(extras, 2) + offsets.tobytes()
        self._file.write(directory + tail + len(tail).to_bytes(4, "big"))

    def _write_table(self, places: "array[int]") -> tuple[int, int]:
        slots = _hash_table([(self._hashes[place], self._offsets[place]) for place in places])
        at = self._at
        self._at += self._file.write(b"".join(slots))
        return at, len(slots)

    def _by_table(self) -> list["array[int]"]:
        """Return which entries are found by each hash table."""
        tables = [array("I") for _ in range(_TABLES)]
        for place, key in enumerate(self._hashes):
            tables[key & 255].append(place)
        return tables


def _hash_table(entries: list[tuple[int, int]]) -> list[bytes]:
    """Return the slots of a table, a sixteenth of them empty: who looks in vain stops there."""
    count = len(entries) + len(entries) // 15 + bool(entries)
    slots = [_EMPTY] * count
    for key, at in entries:
        slot = (key >> 8) % count
        while slots[slot] is not _EMPTY:
            slot = (slot + 1) % count
        slots[slot] = _SLOT.pack(key, at)
    return slots
