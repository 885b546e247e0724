"""Values of postings: where a term stands in a document, and for how many parts.

The forms are those of kvmsearch.engines.whoosh.writer.values, and of docs/index-format.md: a
value is told by its form, a count and a tail.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat

from kvmsearch.engines.whoosh.reader.littleendian import numbers_of

PLACE_BITS = 32
"""Bits of a place without those of its document."""

DOCUMENT = (1 << PLACE_BITS) + 251
"""From a place to that of the same position in the next document.

Not a power of two: sets look at the lowest bits first, which would be those of positions alone.
What is more than one adds up to less than half of a document's places in the largest segment.
"""

_POSITION_BITS = 27
"""More than the positions of any message take: a damaged one shall not fill the memory."""

Stands = dict[int, dict[int, int]]
"""Where a term stands: for how many parts, in which documents, and at which positions in each.

Positions are a number: bit n is position n.
"""

Standing = dict[int, Sequence[int]]
"""The same in some documents that are known: by the number of parts, positions in each or 0."""

Places = list[tuple[int, list[int]]]
"""The same as places, `document * DOCUMENT + position`."""

SINGLE = 1
"""Bytes of the tail of a single near position, which is the byte. All others are longer."""

AT = tuple([1 << position for position in range(256)])
"""By near position its bit."""

_NEAR, _FAR, _VERBATIM = range(3)
_COUNT = 4
_HEADS = {ord("C"): (_NEAR, 6), ord("K"): (_FAR, 8), ord("("): (_VERBATIM, 0)}
"""By what is behind the count of a whole value: its form, and where its tail begins."""

_FAR_HEAD = b"0("
_BEGIN, _END, _STOP = b"(", b"t", b"."
_SIZES = {b"M": (2, "H"), b"J": (4, "I")}
"""By what stands before a gap, its bytes and code of `array`: all gaps of a value are alike."""


def add_stand(stands: Stands, document: int, form: int, count: int, tail: bytes) -> None:
    """Add where a term stands in a document."""
    if form == _NEAR and len(tail) == count:
        stands[1][document] = _near(tail)
        return
    gaps, widths = _gaps(form, count, tail)
    positions = list(accumulate(gaps))
    if not widths:
        stands[1][document] = _bits_of(positions)
    for width in set(widths):
        of_width = [at for at, one in zip(positions, widths, strict=True) if one == width]
        stands.setdefault(width, {})[document] = _bits_of(of_width)


def _near(gaps: bytes) -> int:
    found = 0
    for gap in reversed(gaps):
        found = (found | 1) << gap
    return found


def _bits_of(positions: Sequence[int]) -> int:
    """Return the number with these bits; they may be many, and far apart."""
    found = bytearray((positions[-1] >> 3) + 1)
    for at in positions:
        found[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(found, "little")


def told(stands: Stands, documents: Sequence[int]) -> Standing:
    """Return where a term stands in some documents, in their order."""
    return {width: list(map(found.get, documents, repeat(0))) for width, found in stands.items()}


def places_of(documents: Sequence[int], standing: Standing) -> Places:
    """Return where a term stands in some documents as places, in the order of the documents."""
    return [
        (
            width,
            [
                document * DOCUMENT + at
                for document, bits in zip(documents, found, strict=True)
                for at in positions(bits)
            ],
        )
        for width, found in standing.items()
    ]


def positions(bits: int) -> Iterator[int]:
    """Yield the bits that are set in a number, in order."""
    at = -1
    while bits:
        gap = (bits & -bits).bit_length()
        at += gap
        yield at
        bits >>= gap


def add_whole(stands: Stands, document: int, value: bytes) -> None:
    """Add where a term stands in a document, of a value that is whole."""
    form, start = _HEADS[value[_COUNT]]
    count = value[_COUNT + 1] if form != _VERBATIM else 0
    if form == _FAR and value[start - len(_FAR_HEAD) : start] != _FAR_HEAD:
        raise ValueError("no positions where they should be")
    add_stand(stands, document, form, count, value[start:])


def _gaps(form: int, count: int, tail: bytes) -> tuple[Sequence[int], bytes]:
    """Return the gaps between positions, the first from 0, and numbers of parts, if there are."""
    if form == _NEAR:
        gaps: Sequence[int] = tail[:count]
        end = count
    elif form == _FAR:
        gaps, end = _numbers(tail, 0, count)
    else:
        count = int.from_bytes(tail[:_COUNT], "big")
        if tail[_COUNT : _COUNT + 1] != _BEGIN:
            raise ValueError("no positions where they should be")
        gaps, end = _numbers(tail, _COUNT + 1, count)
    widths = tail[end + 1 :]
    if not gaps or len(gaps) != count or tail[end : end + 1] not in (b"", _STOP):
        raise ValueError("positions that are cut short")
    if widths and len(widths) != count:
        raise ValueError("not one number of parts a position")
    return gaps, widths


def _numbers(tail: bytes, start: int, count: int) -> tuple[Sequence[int], int]:
    """Return gaps that are numbers from a place on, and where they end."""
    kind = tail[start : start + 1]
    size, code = _SIZES[kind]
    end = start + count * (size + 1)
    if tail[start : end : size + 1] != kind * count or tail[end : end + 1] != _END:
        raise ValueError("positions that are cut short")
    joined = bytearray(count * size)
    for byte in range(size):
        joined[byte::size] = tail[start + 1 + byte : end : size + 1]
    gaps = numbers_of(memoryview(joined), code)
    if sum(gaps) >> _POSITION_BITS:
        raise ValueError("positions that no message has")
    return gaps, end + len(_END)
