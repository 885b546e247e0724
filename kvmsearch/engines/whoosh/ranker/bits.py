"""Sets of documents as numbers: bit n is document n, so that a set operation is one of the CPU's.

A *lane* is a byte a document; a segment's lanes are bytes, or one number to count with.
"""

from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache
from itertools import accumulate, compress
from operator import itemgetter

_TO_BITS = bytes.maketrans(b"01", b"\0\1")
_TO_LINES = b"\0" + b"\n" * 255
_TO_LANES = bytes.maketrans(b"01", b"\0\xff")

_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]
"""The bits of a byte."""

_FEW = 30
"""Documents a member, from which on members one by one are quicker than going through all."""

_SPARSE = 60
"""Documents a member, from which on to set bits one by one is quicker than to go through all."""

_numbers: list[int] = []
"""From 0 on; to make them anew takes longer than all else here."""


def bits_of(documents: Iterable[int], count: int) -> int:
    """Return the set of documents, of a segment of `count`."""
    listed = documents if isinstance(documents, Sized) else list(documents)
    if len(listed) * _SPARSE > count:
        # A byte is written sooner than a bit; each eighth byte makes one number.
        lanes = bytearray(count)
        for document in listed:
            lanes[document] = 1
        return sum([int.from_bytes(lanes[bit::8], "little") << bit for bit in range(8)])
    found = bytearray((count >> 3) + 1)
    for document in listed:
        found[document >> 3] |= 1 << (document & 7)
    return int.from_bytes(found, "little")


@lru_cache(maxsize=16)
def members(bits: int) -> Sequence[int]:
    """Return the documents of a set, in order; what is asked for is mostly asked for again."""
    length = bits.bit_length()
    if length > bits.bit_count() * _FEW:
        # A byte with members ends a line, whose length says how far it is behind the one before.
        data = bits.to_bytes((length + 7) >> 3, "little")
        lines = data.translate(_TO_LINES).splitlines(keepends=True)
        places = list(accumulate(map(len, lines), initial=-1))[1:]
        return [place << 3 | bit for place in places for bit in _BITS[data[place]]]
    _numbers.extend(range(len(_numbers), length))
    return list(compress(_numbers, _digits(bits).translate(_TO_BITS)))


def chosen(bits: int, values: Sequence[int]) -> Sequence[int]:
    """Return the values, one a document, of the documents of a set."""
    documents = members(bits)
    if len(documents) < 2:
        return [values[document] for document in documents]
    found: tuple[int, ...] = itemgetter(*documents)(values)
    return found


def lanes_of(bits: int) -> int:
    """Return a number with all bits of a lane set for each document of a set."""
    return int.from_bytes(_digits(bits).translate(_TO_LANES), "little")


def _digits(bits: int) -> bytes:
    return f"{bits:b}".encode()[::-1]
