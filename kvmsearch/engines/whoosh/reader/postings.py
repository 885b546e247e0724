"""The postings of a term: documents, codes and places, a block at a time.

The forms are those of kvmsearch.engines.whoosh.writer.postings, and of docs/index-format.md.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from struct import Struct
from typing import Any

from kvmsearch.engines.whoosh.reader.blocks import Block
from kvmsearch.engines.whoosh.reader.opened import Opened
from kvmsearch.engines.whoosh.reader.pickled import loads
from kvmsearch.engines.whoosh.reader.seen import Seen
from kvmsearch.engines.whoosh.reader.segmentfile import unpacked
from kvmsearch.engines.whoosh.reader.values import Standing, Stands, add_whole, told

_STATISTICS = Struct("!BfIBBfII")
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


class Postings:
    """What the dictionary has on one term of a segment, and its postings when asked for."""

    def __init__(
        self,
        entry: memoryview,
        file: memoryview,
        count: int,
        segment: str = "",
        opened: Opened | None = None,
    ) -> None:
        self._entry = entry
        self._file = file
        self._count = count
        self._segment = segment
        self._opened = opened or Opened()
        self._blocks: tuple[list[int], list[int], list[memoryview]] | None = None
        inlined, _, frequency, _, _, code, first, _ = _STATISTICS.unpack_from(entry)
        self._is_inlined = bool(inlined)
        self.frequency = int(frequency)
        """How many documents have the term."""

        self._only = int(first), int(code)
        """The document and code of a term of one document."""

    def documents(self) -> list[int]:
        """Return all documents, sorted."""
        if self.frequency == 1:
            return self._checked([self._only[0]])
        documents: list[int] = []
        for found, _ in self._parts():
            documents += found
        return self._checked(documents)

    def coded(self) -> tuple[list[int], bytes]:
        """Return all documents, sorted, and the code of the term in each."""
        if self.frequency == 1:
            document, code = self._only
            return self._checked([document]), bytes((code,))
        documents: list[int] = []
        codes: list[bytes] = []
        for found, of_found in self._parts():
            documents += found
            codes.append(of_found)
        joined = b"".join(codes)
        if len(joined) != len(documents):
            raise ValueError("not one code a document")
        return self._checked(documents), joined

    def among(self, wanted: Sequence[int]) -> list[int]:
        """Return those of some documents, which are in order, that have the term."""
        if self._is_inlined:
            return sorted(set(wanted).intersection(self._inlined[0]))
        return [document for block, part in self._with(wanted) for document, _ in block.among(part)]

    def standing(self, wanted: Sequence[int]) -> Standing:
        """Return where the term stands in the documents wanted, which are in order."""
        if self._is_inlined:
            return told(self._few, wanted)
        name = self._segment, self._extent()[0]
        seen = self._opened.take(name, Seen) or Seen()
        seen.add(seen.missing(wanted), self._add_stands)
        self._opened.put(name, seen)
        return told(seen.stands, wanted)

    @cached_property
    def _few(self) -> Stands:
        """Where the term stands, if that is inlined."""
        stands: Stands = {1: {}}
        documents, _, values = self._inlined
        for document, value in zip(documents, values, strict=True):
            add_whole(stands, document, value)
        return stands

    def _add_stands(self, stands: Stands, wanted: Sequence[int]) -> None:
        for block, part in self._with(wanted):
            block.add_stands(stands, part)

    def _with(self, wanted: Sequence[int]) -> Iterator[tuple[Block, Sequence[int]]]:
        """Yield the blocks that may have some documents, and the documents that each may have."""
        lasts, offsets, _ = self._directory()
        start = 0
        while start < len(wanted):
            number = bisect_left(lasts, wanted[start])
            if number == len(lasts):
                break
            end = bisect_left(wanted, lasts[number] + 1, start)
            block = self._take(number, offsets[number])
            yield block, wanted[start:end]
            self._put(offsets[number], block)
            start = end

    def _parts(self) -> Iterator[tuple[Sequence[int], bytes]]:
        """Yield documents and codes, a part after the other."""
        if self._is_inlined:
            documents, codes, _ = self._inlined
            yield documents, codes
            return
        for number, offset in enumerate(self._directory()[1]):
            block = self._take(number, offset)
            yield block.documents, block.codes or b""
            self._put(offset, block)

    def _checked(self, documents: list[int]) -> list[int]:
        if len(documents) != self.frequency or documents[-1] >= self._count:
            raise ValueError("no such documents")
        return documents

    @cached_property
    def _inlined(self) -> tuple["array[int]", bytes, tuple[bytes, ...]]:
        found: Any = loads(bytes(self._entry[_STATISTICS.size :]))
        documents, codes, values = found
        # As an array, no document is anything but a number that is not negative.
        checked = array("I", documents)
        if max(checked) >= self._count:
            raise ValueError("no such documents")
        return checked, codes or b"", values or ()

    def _take(self, number: int, offset: int) -> Block:
        """Return a block to be used; put back, it need not be opened the next time."""
        block = self._opened.take((self._segment, offset), Block)
        return self._block(number) if block is None else block

    def _put(self, offset: int, block: Block) -> None:
        self._opened.put((self._segment, offset), block)

    def _block(self, number: int) -> Block:
        data = self._directory()[2][number]
        header = _header(data)
        rest = data[header.end() :]
        return Block(unpacked(rest, _MOST_BYTES) if header[4] != b"\0" else bytes(rest))

    def _extent(self) -> tuple[int, int]:
        """Return where the blocks begin, and their size."""
        offset, size = _EXTENT.unpack_from(self._entry, _STATISTICS.size)
        return offset, size

    def _directory(self) -> tuple[list[int], list[int], list[memoryview]]:
        """Return of each block the last document, its offset, and all of it."""
        if self._blocks is None:
            found = list(_split(self._file, *self._extent()))
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
