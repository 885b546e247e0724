"""Which documents of a generation are on which ref: one bitmap a ref and segment.

Bit n of a bitmap (little-endian, the least significant bit first) is document n of the
segment; it is kept packed by zlib.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.generation import Folder, file_in
from kvmsearch.engines.whoosh.reader.damage import reading
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked

Bitmaps = Mapping[Ref, Mapping[str, str]]
"""As the manifest has them: by ref and segment id, the name of a file or `=` and digits."""


class Membership:
    """The bitmaps of one generation. They are read at once, and unpacked when first asked for."""

    def __init__(self, folder: Folder, bitmaps: Bitmaps, counts: Mapping[str, int]) -> None:
        self._folder = folder
        self._counts = counts
        self._refs = sorted(bitmaps)
        self._packed = {
            (ref, segment): (bitmap, _packed(folder, bitmap))
            for ref, found in bitmaps.items()
            for segment, bitmap in found.items()
        }
        self._bits: dict[tuple[Ref, str], int] = {}
        self._bytes: dict[str, list[tuple[Ref, bytes]]] = {}

    def refs(self) -> list[Ref]:
        """Return all refs that any commit was ever on, in order."""
        return self._refs

    def bits(self, ref: Ref, segment: str) -> int:
        """Return the documents of a segment that are on a ref: bit n is document n."""
        key = ref, segment
        if key not in self._bits:
            bitmap, packed = self._packed.get(key, ("", None))
            with reading(file_in(self._folder, bitmap)):
                self._bits[key] = bits_of(packed, self._counts[segment]) if packed else 0
        return self._bits[key]

    def union(self, refs: Iterable[Ref], segment: str) -> int:
        """Return the documents of a segment that are on any of some refs."""
        bits = 0
        for ref in refs:
            bits |= self.bits(ref, segment)
        return bits

    def refs_of(self, segment: str, document: int) -> tuple[Ref, ...]:
        """Return the refs that a document is on, in order."""
        if segment not in self._bytes:
            self._bytes[segment] = [*self._of_segment(segment)]
        byte, bit = divmod(document, 8)
        return tuple([ref for ref, data in self._bytes[segment] if data[byte] >> bit & 1])

    def _of_segment(self, segment: str) -> Iterator[tuple[Ref, bytes]]:
        """Yield the refs of a segment with their bits as bytes: those tell at once of one."""
        size = self._counts[segment] // 8 + 1
        for ref in self._refs:
            bits = self.bits(ref, segment)
            if bits:
                yield ref, bits.to_bytes(size, "little")


def bits_of(packed: "bytes | memoryview", count: int) -> int:
    """Return a packed bitmap of at most `count` documents as one number."""
    bits = int.from_bytes(unpacked(packed, (count + 7) // 8), "little")
    if bits >> count:
        raise ValueError("bits of no documents")
    return bits


def _packed(folder: Folder, bitmap: str) -> bytes:
    if bitmap.startswith("="):
        with reading(folder):
            return bytes.fromhex(bitmap[1:])
    return contents(file_in(folder, bitmap))


def contents(path: str) -> bytes:
    """Return what a small file holds; there may be hundreds, and Path.read_bytes takes its time."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
