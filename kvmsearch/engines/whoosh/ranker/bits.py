"""Sets of documents as numbers: bit n is document n, so that a set operation is one of the CPU's.

A *lane* is a byte a document; a segment's lanes are bytes, or one number to count with.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, compress
from operator import itemgetter

_TO_BITS = bytes.maketrans(b"01", b"\0\1")
_TO_LINES = bytes.maketrans(b"1", b"\n")
_TO_LANES = bytes.maketrans(b"01", b"\0\xff")

_FEW = 10
"""Documents a member, from which on to look for the members is quicker than to go through all."""

_numbers: list[int] = []
"""From 0 on; to make them anew takes longer than all else here."""


def bits_of(documents: Iterable[int], count: int) -> int:
    """Return the set of documents, of a segment of `count`."""
    found = bytearray((count >> 3) + 1)
    for document in documents:
        found[document >> 3] |= 1 << (document & 7)
    return int.from_bytes(found, "little")


def members(bits: int) -> list[int]:
    """Return the documents of a set, in order."""
    if bits.bit_length() > bits.bit_count() * _FEW:
        # A member ends a line, whose length says how far it is behind the one before.
        lines = _digits(bits).translate(_TO_LINES).splitlines(keepends=True)
        return list(accumulate(map(len, lines), initial=-1))[1:]
    _numbers.extend(range(len(_numbers), bits.bit_length()))
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
