"""Reads the postings of a term a block at a time, as whoosh.codec.whoosh3 lays them down.

A term's entry in the dictionary is 23 bytes of statistics and either the pickled postings
themselves or where they lie. There, behind a mark of four bytes, follow blocks: a length
(negative: the last one), a pickled header, and the pickled and mostly compressed triple of
gaps between documents, weights (None: all 1; one number: all that) and encoded positions.
"""

import io
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from typing import Any, NamedTuple

from whoosh.reading import SegmentReader, TermNotFound

from kvmsearch.engines.whoosh.pickles import load, loads

_MARK = 4
_LENGTH = 4
_COMPRESSION = 3
"""Where a block's header tells how it is compressed; 0: not at all."""


class Block(NamedTuple):
    """Some postings of a term, in order of documents."""

    documents: Sequence[int]
    frequencies: Sequence[int]
    positions: Sequence[bytes]
    """Encoded, see whoosh.formats.Positions."""


def read_blocks(reader: SegmentReader, field: str, term: str) -> Iterator[Block]:
    """Yield the postings of a term in one segment; nothing where it has none."""
    try:
        info: Any = reader.term_info(field, term)
    except TermNotFound:
        return
    if info.is_inlined():
        documents, weights, values = info.inlined_postings()
        yield Block(documents, list(map(int, weights)), values)
        return
    offset, length = info.extent()
    # Of a term read from disk, Whoosh leaves the length in a tuple.
    length = length[0] if isinstance(length, tuple) else length
    data = bytes(reader._terms._postfile.get(offset, length))  # noqa: SLF001 - all blocks in one read
    yield from _blocks(data)


def _blocks(data: bytes) -> Iterator[Block]:
    at = _MARK
    while at < len(data):
        size = int.from_bytes(data[at : at + _LENGTH], "big", signed=True)
        end = at + _LENGTH + abs(size)
        block = io.BytesIO(data[at + _LENGTH : end])
        header: Any = load(block)
        rest = block.read()
        triple: Any = loads(zlib.decompress(rest) if header[_COMPRESSION] else rest)
        gaps, weights, values = triple
        yield Block(list(accumulate(gaps)), _frequencies(weights, len(gaps)), values)
        at = end


def _frequencies(weights: float | Sequence[float] | None, count: int) -> list[int]:
    if weights is None or isinstance(weights, float):
        return list(repeat(int(weights or 1), count))
    return list(map(int, weights))
