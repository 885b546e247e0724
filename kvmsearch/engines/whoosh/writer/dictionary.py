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

import numpy as np

_LENGTHS = struct.Struct("!ii")
_SLOT = np.dtype([("hash", ">u4"), ("offset", ">i8")])
_TABLE = np.dtype([("offset", ">i8"), ("slots", ">i4")])
_HEAD = b"HSH3\x01" + bytes(8)
"""The mark, the number of the hash function (CRC32), and eight bytes that mean nothing."""

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
        tables, directory = self._tables()
        self._at += self._file.write(tables)
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

    def _tables(self) -> tuple[bytes, bytes]:
        """Return the hash tables and the directory.

        A sixteenth of the slots is empty: who looks in vain stops there. Each entry has the first
        empty slot from its own on, and behind the last one comes the first.
        """
        hashes, offsets = np.array(self._hashes, np.int64), np.array(self._offsets, np.int64)
        tables = hashes & _TABLES - 1
        counts = np.bincount(tables, minlength=_TABLES)
        sizes = counts + counts // 15 + (counts > 0)
        begins = np.cumsum(sizes) - sizes
        own = (hashes >> 8) % sizes[tables]
        order = np.lexsort((own, tables))
        begin, size = begins[tables[order]], sizes[tables[order]]
        # As if a table had room for all of its entries behind its end.
        steps = np.arange(len(order)) - 2 * begin
        at = np.maximum.accumulate(own[order] - steps) + steps
        fits = at < size
        at += begin
        used = np.zeros(sizes.sum(), np.bool_)
        used[at[fits]] = True
        free = bytearray(used)
        for entry in np.flatnonzero(~fits).tolist():
            at[entry] = free.index(0, begin[entry])
            free[at[entry]] = 1
        slots = np.zeros(len(used), _SLOT)
        slots["hash"][at], slots["offset"][at] = hashes[order], offsets[order]
        directory = np.zeros(_TABLES, _TABLE)
        directory["offset"], directory["slots"] = self._at + begins * _SLOT.itemsize, sizes
        return slots.tobytes(), directory.tobytes()
