"""The postings of one term, in the form of whoosh.codec.whoosh3.

An entry of the dictionary is statistics and either the postings themselves, where they are
few, or where their blocks are. Statistics (big-endian): u8 whether they are inlined, f32 sum of
the weights, u32 documents, u8 and u8 lengths (none here), f32 greatest weight, u32 first and u32
last document; then the offset (i64) and size (i32) of the blocks, or the pickled triple
(documents, weights, values).

Blocks lie behind the mark `W3Bl`: size (i32, negative: the last one), a pickled header (postings,
last document, greatest weight, whether compressed, two lengths), and the pickled, mostly
compressed triple (gaps between documents, weights, values). The first gap of a block is a
document. Weights are None (all 1), or bytes or an array; of the field `text` they are codes.

Values are None, or of a field with positions each a count (u32, big-endian) and a pickle of the
gaps between positions, the first from 0: bytes where all are below 256, so that the value is
`count C n gap...`, n being the count in a byte; else numbers. Such a pickle has no mark in front,
and the full stop that ends it is left out where the last byte is none, as Whoosh does.
"""

import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from operator import sub
from pickle import Pickler, dumps

INLINE = 16
"""Postings below which a term has no blocks."""

CODES_BLOCK = 8192
POSITIONS_BLOCK = 1024
"""Postings of a block. All of a term's codes are read at once, positions of few documents."""

COMPRESS_FROM = 96
"""Bytes of a block below which compression does not pay."""

LEVEL = 6

POSITION_BITS = 32
POSITION_MASK = (1 << POSITION_BITS) - 1

_INLINED = struct.Struct("!BfIBBfII")
_BLOCKS = struct.Struct("!BfIBBfIIqi")
_MARK = b"W3Bl"
_BYTE = [bytes([number]) for number in range(256)]

Weights = Sequence[int] | None
Values = Sequence[bytes] | None


class PostingsWriter:
    """Writes the blocks of terms one after the other to a file, and returns their entries."""

    def __init__(self, write: Callable[[bytes], object], at: int = 0) -> None:
        self._write = write
        self._at = at

    def bare(self, documents: Sequence[int]) -> bytes:
        """Write documents alone."""
        return self._entry(documents, None, None, CODES_BLOCK)

    def coded(self, documents: Sequence[int], codes: bytes) -> bytes:
        """Write documents and the codes of the term in them."""
        if len(documents) == 1:
            document, code = documents[0], codes[0]
            statistics = _INLINED.pack(1, code, 1, 0, 0, code, document, document)
            return statistics + _number(document) + b"\x85C\1" + codes + b"N\x87."
        return self._entry(documents, codes, None, CODES_BLOCK)

    def positioned(self, codes: Sequence[int]) -> bytes:
        """Write what is given as (document << POSITION_BITS | position), sorted."""
        count = len(codes)
        if count == 1:
            return _single(codes[0] >> POSITION_BITS, codes[0] & POSITION_MASK)
        documents = [code >> POSITION_BITS for code in codes]
        positions = [code & POSITION_MASK for code in codes]
        if len(set(documents)) == count:
            return self._entry(documents, None, _ones(positions), POSITIONS_BLOCK)
        counts = Counter(documents)
        frequencies = list(counts.values())
        values = _encoded(positions, frequencies)
        return self._entry(list(counts), frequencies, values, POSITIONS_BLOCK)

    def _entry(
        self, documents: Sequence[int], weights: Weights, values: Values, limit: int
    ) -> bytes:
        count = len(documents)
        total = count if weights is None else sum(weights)
        greatest = 1 if weights is None else max(weights)
        statistics = (total, count, 0, 0, greatest, documents[0], documents[-1])
        if count < INLINE:
            triple = (
                tuple(documents),
                None if weights is None else _compact(weights),
                None if values is None else tuple(values),
            )
            return _INLINED.pack(1, *statistics) + _pickled(triple)
        begun = self._at
        self._put(_MARK)
        for start in range(0, count, limit):
            end = min(start + limit, count)
            self._put_block(
                documents[start:end],
                None if weights is None else weights[start:end],
                None if values is None else values[start:end],
                last=end == count,
            )
        return _BLOCKS.pack(0, *statistics, begun, self._at - begun)

    def _put_block(
        self, documents: Sequence[int], weights: Weights, values: Values, *, last: bool
    ) -> None:
        gaps = list(map(sub, documents, [0, *documents]))
        greatest = 1 if weights is None else max(weights)
        triple = (
            array("H" if max(gaps) < 1 << 16 else "I", gaps),
            None if weights is None or greatest == 1 else _compact(weights),
            None if values is None else tuple(values),
        )
        data = dumps(triple, 4)
        level = LEVEL if len(data) >= COMPRESS_FROM else 0
        if level:
            data = zlib.compress(data, level)
        header = dumps((len(documents), documents[-1], float(greatest), level, 0, 0), 2)
        size = len(header) + len(data)
        self._put((-size if last else size).to_bytes(4, "big", signed=True) + header + data)

    def _put(self, data: bytes) -> None:
        self._write(data)
        self._at += len(data)


def _single(document: int, position: int) -> bytes:
    value = _ONES[position] if position < 256 else _far(position)
    statistics = _INLINED.pack(1, 1, 1, 0, 0, 1, document, document)
    pickled = _number(document) + b"\x85NC" + _BYTE[len(value)] + value + b"\x85\x87."
    return statistics + pickled


def _number(number: int) -> bytes:
    """Return a number as in a pickle, without the marks around it."""
    if number < 1 << 16:
        return b"M" + number.to_bytes(2, "little")
    return b"J" + number.to_bytes(4, "little")


def _encoded(positions: Sequence[int], frequencies: Sequence[int]) -> list[bytes]:
    """Return the value of each document."""
    values = []
    begin = 0
    for count in frequencies:
        end = begin + count
        if count == 1:
            position = positions[begin]
            values.append(_ONES[position] if position < 256 else _far(position))
        else:
            values.append(_several(positions[begin:end]))
        begin = end
    return values


def _several(positions: Sequence[int]) -> bytes:
    gaps = list(map(sub, positions, (0, *positions)))
    count = len(gaps)
    try:
        value = _HEADS[count] + bytes(gaps)
    except (IndexError, ValueError):
        return count.to_bytes(4, "big") + dumps(gaps, 2)
    return value if gaps[-1] != _STOP else value + b"."


_STOP = ord(".")
_HEADS = [count.to_bytes(4, "big") + b"C" + _BYTE[count] for count in range(256)]
_ONES = [_several((position,)) for position in range(256)]
"""The values of one near position: the same objects, which a pickle only names again."""


def _ones(positions: Sequence[int]) -> list[bytes]:
    """Return the values of documents with one position each."""
    if max(positions) < 256:
        return list(map(_ONES.__getitem__, positions))
    return [_ONES[position] if position < 256 else _far(position) for position in positions]


def _far(position: int) -> bytes:
    return b"\0\0\0\1%b\x85" % _number(position)


def _compact(numbers: Sequence[int]) -> "bytes | array[int]":
    if isinstance(numbers, bytes):
        return numbers
    return bytes(numbers) if max(numbers) < 256 else array("I", numbers)


_BUFFER = BytesIO()
_PICKLER = Pickler(_BUFFER, 3)
_PICKLER.fast = True


def _pickled(triple: object) -> bytes:
    """Pickle what is small: faster and shorter than `dumps`, as nothing in it is kept to recur."""
    _BUFFER.seek(0)
    _BUFFER.truncate()
    _PICKLER.dump(triple)
    return _BUFFER.getvalue()
