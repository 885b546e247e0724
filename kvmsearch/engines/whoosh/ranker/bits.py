"""Sets of documents as numbers: bit n is document n, so that a set operation is one of the CPU's.

A *lane* is a byte a document; a segment's lanes are bytes, or one number to count with.
"""

from collections.abc import Iterable, Sequence, Sized
from functools import cache
from itertools import accumulate, compress
from operator import itemgetter

_TO_LINES = b"\0" + b"\n" * 255
_BITS: list[list[int]] = [[]]
"""The bits of a byte."""

for _bit in range(8):
    _BITS += [[*bits, _bit] for bits in _BITS]

_MANY, _FEW = 9, 70
"""Documents a member, from which on to find members is quicker than to go through all: in lanes,
and where they are few in bytes."""

_SPARSE, _SOME = 60, 64
"""Documents a member, from which on to set bits one by one is quicker than to go through all, and
members up to which it is."""

_numbers: list[int] = []
"""From 0 on; to make them anew takes longer than all else here."""

_MOST_KEPT = 128
_kept: dict[int, tuple[int, Sequence[int]]] = {}
"""By which object it is: a set and its documents. To compare sets takes as long as to read them."""


def bits_of(documents: Iterable[int], count: int) -> int:
    """Return the set of documents, of a segment of `count`."""
    listed = documents if isinstance(documents, Sized) else list(documents)
    if len(listed) > _SOME and len(listed) * _SPARSE > count:
        # A byte is written sooner than a bit; each eighth byte makes one number.
        lanes = bytearray(count)
        for document in listed:
            lanes[document] = 1
        return sum([int.from_bytes(lanes[bit::8], "little") << bit for bit in range(8)])
    found = bytearray((count >> 3) + 1)
    for document in listed:
        found[document >> 3] |= 1 << (document & 7)
    return int.from_bytes(found, "little")


def have_members(bits: int, documents: Sequence[int]) -> None:
    """Keep what the documents of a set are, in order."""
    if id(bits) not in _kept:
        for first in list(_kept)[: len(_kept) + 1 - _MOST_KEPT]:
            _kept.pop(first, None)
        _kept[id(bits)] = bits, documents


def members(bits: int) -> Sequence[int]:
    """Return the documents of a set, in order; what is asked for is mostly asked for again."""
    kept = _kept.get(id(bits))
    if kept is not None:
        return kept[1]
    documents = _members(bits)
    have_members(bits, documents)
    return documents


def _members(bits: int) -> Sequence[int]:
    length, count = bits.bit_length(), bits.bit_count()
    if length > count * _FEW:
        data = bits.to_bytes((length + 7) >> 3, "little")
        return [place << 3 | bit for place in _places(data) for bit in _BITS[data[place]]]
    if length > count * _MANY:
        return _places(bytes(_lanes(bits)))
    _numbers.extend(range(len(_numbers), length))
    return list(compress(_numbers, _lanes(bits)))


def _places(data: bytes) -> list[int]:
    """Return where bytes are that are not zero."""
    # Each ends a line, whose length says how far it is behind the one before.
    lines = data.rstrip(b"\0").translate(_TO_LINES).splitlines(keepends=True)
    return list(accumulate(map(len, lines), initial=-1))[1:]


def chosen(bits: int, values: Sequence[int]) -> Sequence[int]:
    """Return the values, one a document, of the documents of a set."""
    documents = members(bits)
    if len(documents) < 2:
        return [values[document] for document in documents]
    found: tuple[int, ...] = itemgetter(*documents)(values)
    return found


def lanes_of(bits: int) -> int:
    """Return a number with all bits of a lane set for each document of a set."""
    return int.from_bytes(_lanes(bits), "little")


def marked(bits: int, count: int) -> bytearray:
    """Return a byte for each of so many documents, or more: 0 for what is not in a set."""
    documents = members(bits)
    if len(documents) * _SPARSE > count:
        return _lanes(bits).ljust(count, b"\0")
    lanes = bytearray(count)
    for document in documents:
        lanes[document] = 1
    return lanes


def _lanes(bits: int) -> bytearray:
    data = bits.to_bytes((bits.bit_length() + 7) >> 3, "little")
    lanes = bytearray(len(data) << 3)
    for bit, to_lanes in enumerate(_to_lanes()):
        lanes[bit::8] = data.translate(to_lanes)
    return lanes


@cache
def _to_lanes() -> list[bytes]:
    """Return by bit: a lane for each byte, full where the byte has the bit."""
    return [bytes([-(byte >> bit & 1) & 255 for byte in range(256)]) for bit in range(8)]
