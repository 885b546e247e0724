"""Sets of documents as numbers: bit n is document n, so that a set operation is one of the CPU's.

A *lane* is a byte a document; a segment's lanes are bytes, or one number to count with.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import compress

_TO_BITS = bytes.maketrans(b"01", b"\0\1")
_TO_LANES = bytes.maketrans(b"01", b"\0\xff")
_OF_BYTE = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]
_NOT_EMPTY = re.compile(rb"[^\0]")

_FEW = 12
"""Documents a member, from which on to look for the members is quicker than to go through all."""


def bits_of(documents: Iterable[int], count: int) -> int:
    """Return the set of documents, of a segment of `count`."""
    found = bytearray((count >> 3) + 1)
    for document in documents:
        found[document >> 3] |= 1 << (document & 7)
    return int.from_bytes(found, "little")


def members(bits: int) -> list[int]:
    """Return the documents of a set, in order."""
    length = bits.bit_length()
    if length > bits.bit_count() * _FEW:
        return _looked_for(bits.to_bytes((length >> 3) + 1, "little"))
    return list(compress(range(length), _digits(bits).translate(_TO_BITS)))


def chosen(bits: int, values: Sequence[int]) -> Iterable[int]:
    """Return the values, one a document, of the documents of a set."""
    if bits.bit_length() > bits.bit_count() * _FEW:
        return [values[document] for document in members(bits)]
    return compress(values, _digits(bits).translate(_TO_BITS))


def lanes_of(bits: int) -> int:
    """Return a number with all bits of a lane set for each document of a set."""
    return int.from_bytes(_digits(bits).translate(_TO_LANES), "little")


def _digits(bits: int) -> bytes:
    return f"{bits:b}".encode()[::-1]


def _looked_for(packed: bytes) -> list[int]:
    found: list[int] = []
    for match in _NOT_EMPTY.finditer(packed):
        first = match.start() << 3
        found += [first + bit for bit in _OF_BYTE[match[0][0]]]
    return found
