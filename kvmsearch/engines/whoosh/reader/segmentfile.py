"""The file of a segment: many files one behind the other, mapped into memory.

The form is that of whoosh.filedb.compound, and of docs/index-format.md.
"""

import os
import zlib
from mmap import ACCESS_READ, MADV_DONTNEED, mmap
from struct import Struct
from typing import Any

from kvmsearch.engines.whoosh.reader.pickled import loads

_HEAD = Struct("!qi")


class SegmentFile:
    """The files within a segment's file by suffix. Only the pages that are read are loaded.

    A mapped file stays readable when a writer takes it away. The map goes with the last view
    of it.
    """

    def __init__(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self._map = mmap(descriptor, 0, access=ACCESS_READ)
        finally:
            os.close(descriptor)
        self._data = memoryview(self._map)
        self.size = len(self._data)
        self._prefix = os.path.basename(path).removesuffix(".seg")
        self._directory: Any = None

    def __getitem__(self, suffix: str) -> memoryview:
        data = self._data
        if self._directory is None:
            at, size = _HEAD.unpack_from(data)
            self._directory = loads(bytes(data[at : at + size]))
        place = self._directory[self._prefix + suffix]
        offset, length = place["offset"], place["length"]
        if not 0 <= offset <= offset + length <= len(data):
            raise ValueError("a file that lies outside of its segment")
        return data[offset : offset + length]

    def let_go(self) -> None:
        """Give back the pages that were read; they are loaded again where they are needed."""
        self._map.madvise(MADV_DONTNEED)


def unpacked(packed: "bytes | memoryview", most: int) -> bytes:
    """Return what zlib packed, unless it is more than `most` bytes: no bomb is set off."""
    unpacker = zlib.decompressobj()
    # To zlib, 0 is no limit at all.
    data = unpacker.decompress(packed, max(most, 0) + 1)
    if len(data) > most or not unpacker.eof:
        raise ValueError("packed data that are longer than they can be, or cut short")
    return data
