"""Which documents are on which ref: one bitmap a ref and segment, kept beside the segments.

Bit n of a bitmap (little-endian, the least significant bit first) is document n of the
segment. A bitmap is a file of its own, never changed after it is written, and belongs to
its segment by name, so that Whoosh removes it when the segment goes.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.damage import reading

Files = Mapping[Ref, Mapping[str, str]]
"""By ref and segment id: the name of the bitmap's file."""


class Membership:
    """The bitmaps of one generation, read when first asked for."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = {ref: dict(by_segment) for ref, by_segment in files.items()}
        self._bitmaps: dict[tuple[Ref, str], bytearray] = {}
        self._changed: set[tuple[Ref, str]] = set()
        self._held: dict[str, bytes] = {}

    def hold(self) -> None:
        """Read all files, packed as they are: a writer may take them away later."""
        for files in self._files.values():
            for name in files.values():
                self._held[name] = (self._folder / name).read_bytes()

    def refs(self) -> list[Ref]:
        """Return all refs that any commit was ever on, in order."""
        return sorted(self._files)

    def refs_of(self, segment: str, document: int) -> tuple[Ref, ...]:
        """Return the refs that a document is on, in order."""
        return tuple(ref for ref in self.refs() if self.has(ref, segment, document))

    def has(self, ref: Ref, segment: str, document: int) -> bool:
        """Tell whether a document is on a ref."""
        bitmap = self._bitmap(ref, segment)
        byte = document >> 3
        return byte < len(bitmap) and bool(bitmap[byte] >> (document & 7) & 1)

    def documents(self, ref: Ref, segment: str) -> Iterator[int]:
        """Yield the documents of a segment that are on a ref, in order."""
        for byte, bits in enumerate(self._bitmap(ref, segment)):
            if bits:
                yield from (byte << 3 | bit for bit in range(8) if bits >> bit & 1)

    def union(self, refs: Iterable[Ref], segment: str) -> int:
        """Return the bits of the documents that are on any of the refs, as one number."""
        bits = 0
        for ref in refs:
            bits |= int.from_bytes(self._bitmap(ref, segment), "little")
        return bits

    def set(self, ref: Ref, segment: str, document: int, *, on: bool) -> None:
        """Have a document on a ref, or not."""
        bitmap = self._bitmap(ref, segment)
        byte, bit = document >> 3, 1 << (document & 7)
        if byte >= len(bitmap):
            bitmap.extend(bytes(byte + 1 - len(bitmap)))
        before = bitmap[byte]
        bitmap[byte] = before | bit if on else before & ~bit
        if bitmap[byte] != before:
            self._changed.add((ref, segment))
            self._files.setdefault(ref, {})

    def add_ref(self, ref: Ref) -> None:
        """Know a ref, though no commit is on it yet."""
        self._files.setdefault(ref, {})

    def drop(self, ref: Ref) -> None:
        """Forget a ref."""
        self._files.pop(ref, None)
        self._bitmaps = {key: bits for key, bits in self._bitmaps.items() if key[0] != ref}
        self._changed = {key for key in self._changed if key[0] != ref}

    def write(self, generation: int, live: Iterable[str]) -> Files:
        """Write the bitmaps that changed; return the files of all bitmaps of live segments."""
        for number, (ref, segment) in enumerate(sorted(self._changed)):
            name = f"{segment}.refs{generation}x{number}"
            packed = zlib.compress(self._bitmaps[ref, segment])
            (self._folder / name).write_bytes(packed)
            self._files[ref][segment] = name
        self._changed.clear()
        segments = set(live)
        return {
            ref: {segment: name for segment, name in files.items() if segment in segments}
            for ref, files in self._files.items()
        }

    def _bitmap(self, ref: Ref, segment: str) -> bytearray:
        bitmap = self._bitmaps.get((ref, segment))
        if bitmap is None:
            name = self._files.get(ref, {}).get(segment)
            bitmap = self._bitmaps[ref, segment] = self._read(name) if name else bytearray()
        return bitmap

    def _read(self, name: str) -> bytearray:
        path = self._folder / name
        with reading(path):
            packed = self._held.get(name)
            return bytearray(zlib.decompress(path.read_bytes() if packed is None else packed))
