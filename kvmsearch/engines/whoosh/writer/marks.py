"""Which documents are on which ref, and which are deleted, while they change.

Bit n of a number is document n of a segment. What is written is described in
kvmsearch.engines.whoosh.generation and reader.membership.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kvmsearch.commit import Ref
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot
from kvmsearch.engines.whoosh.writer.generations import write_durably

_INLINE = 256
"""Bytes of a packed bitmap up to which it stands in the manifest itself."""


class Marks:
    """The marks of one generation, and those of the next."""

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        self._folder = folder
        self._before = snapshot.membership
        self._files = {ref: dict(files) for ref, files in snapshot.manifest.bitmaps.items()}
        self._bits: dict[tuple[Ref, str], int] = {}
        self.deleted = {leaf.id: leaf.deleted for leaf in snapshot.leaves}
        self._deleted_before = dict(self.deleted)
        self._deleted_files = {facts.id: facts.deleted for facts in snapshot.manifest.segments}

    def refs(self) -> list[Ref]:
        """Return all refs."""
        return sorted(self._files)

    def bits(self, ref: Ref, segment: str) -> int:
        """Return the documents of a segment that are on a ref."""
        known = self._bits.get((ref, segment))
        if known is not None:
            return known
        return self._before.bits(ref, segment) if segment in self._files.get(ref, ()) else 0

    def union(self, segment: str) -> int:
        """Return the documents of a segment that are on any ref."""
        union = 0
        for ref in self._files:
            union |= self.bits(ref, segment)
        return union

    def set(self, ref: Ref, segment: str, bits: int) -> None:
        """Have exactly these documents of a segment on a ref."""
        self.add_ref(ref)
        if bits != self.bits(ref, segment):
            self._bits[ref, segment] = bits

    def add_ref(self, ref: Ref) -> None:
        """Know a ref, though no commit is on it yet."""
        self._files.setdefault(ref, {})

    def drop(self, ref: Ref) -> None:
        """Forget a ref."""
        self._files.pop(ref, None)
        self._bits = {key: bits for key, bits in self._bits.items() if key[0] != ref}

    def delete(self, segment: str, documents: int) -> None:
        """Delete documents, which are then on no ref."""
        self.deleted[segment] |= documents
        for ref in self.refs():
            self.set(ref, segment, self.bits(ref, segment) & ~documents)

    def write(
        self, generation: int, segments: Iterable[str]
    ) -> tuple[dict[Ref, dict[str, str]], dict[str, str | None]]:
        """Write the bitmaps that changed.

        Return where the bitmaps of the segments are, by ref and segment, and the files of those
        of their deleted documents.
        """
        names = (f"{generation}.{number}" for number in range(1 << 30))
        for (ref, segment), bits in self._bits.items():
            self._files[ref][segment] = self._put(f"{segment}.refs{next(names)}", bits)
        for segment, bits in self.deleted.items():
            if bits != self._deleted_before.get(segment, 0):
                path = self._folder / f"{segment}.deleted{generation}"
                write_durably(path, packed(bits))
                self._deleted_files[segment] = path.name
        kept = set(segments)
        files = {
            ref: {segment: name for segment, name in found.items() if segment in kept and name}
            for ref, found in self._files.items()
        }
        return files, {segment: self._deleted_files.get(segment) for segment in kept}

    def _put(self, name: str, bits: int) -> str:
        """Write a bitmap and return what the manifest calls it; nothing where no bit is set."""
        if not bits:
            return ""
        data = packed(bits)
        if len(data) <= _INLINE:
            return f"={data.hex()}"
        write_durably(self._folder / name, data)
        return name


def packed(bits: int) -> bytes:
    """Return a bitmap as it is kept."""
    return zlib.compress(bits.to_bytes((bits.bit_length() + 7) // 8, "little"))


def bits_of(documents: Iterable[int], count: int) -> int:
    """Return the bits of some of `count` documents."""
    marks = bytearray(b"0") * (count + 1)
    one = ord("1")
    for document in documents:
        marks[count - document] = one
    return int(marks, 2)


def members(bits: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set, in order."""
    for byte, value in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if value:
            yield from (byte << 3 | bit for bit in range(8) if value >> bit & 1)


def by_ref(order: Iterable[frozenset[Ref]], count: int) -> Mapping[Ref, int]:
    """Return the bits of documents by ref, given the refs of each document in order."""
    # Most documents are on the same refs as others, and a set knows its hash.
    documents: dict[frozenset[Ref], list[int]] = {}
    for document, refs in enumerate(order):
        documents.setdefault(refs, []).append(document)
    found: dict[Ref, int] = {}
    for refs, on in documents.items():
        bits = bits_of(on, count)
        for ref in refs:
            found[ref] = found.get(ref, 0) | bits
    return found
