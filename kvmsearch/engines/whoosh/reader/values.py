"""Values of postings: where a term stands in a document, and for how many parts.

The forms are those of kvmsearch.engines.whoosh.writer.values, and of docs/index-format.md: a
value is told by its form, a count and a tail.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate

from kvmsearch.engines.whoosh.reader.littleendian import numbers_of

PLACE_BITS = 32
"""Bits of a place without those of its document."""

DOCUMENT = (1 << PLACE_BITS) + 251
"""From a place to that of the same position in the next document.

Not a power of two: sets look at the lowest bits first, which would be those of positions alone.
What is more than one adds up to less than half of a document's places in the largest segment.
"""

_POSITION_BITS = PLACE_BITS - 1

Places = list[tuple[int, Collection[int]]]
"""Where a term stands: for how many parts it does so at some places, and these, in any order.

A place is `document * DOCUMENT + position`. No place is told twice.
"""

Value = tuple[int, int, int, int, int]
"""A document, the form and the count of its value, the size of its tail, and where that ends."""

SINGLE = 1
"""Bytes of the tail of a single near position, which is the byte. All others are longer."""

_NEAR, _FAR, _VERBATIM = range(3)
_COUNT = 4
_HEADS = {ord("C"): (_NEAR, 6), ord("K"): (_FAR, 8), ord("("): (_VERBATIM, 0)}
"""By what is behind the count of a whole value: its form, and where its tail begins."""

_FAR_HEAD = b"0("
_BEGIN, _END, _STOP = b"(", b"t", b"."
_SIZES = {b"M": (2, "H"), b"J": (4, "I")}
"""By what stands before a gap, its bytes and code of `array`: all gaps of a value are alike."""


def add_places(places: dict[int, list[int]], tails: bytes, values: Iterable[Value]) -> None:
    """Add the places in some documents, by the number of parts."""
    found: list[int] = []
    for document, form, count, size, end in values:
        # Most words stand in a document once, and early in it.
        if size == SINGLE:
            found.append(document * DOCUMENT + tails[end - 1])
        elif size == count and form == _NEAR:
            place = document * DOCUMENT
            for gap in tails[end - size : end]:
                place += gap
                found.append(place)
        else:
            gaps, widths = _gaps(form, count, tails[end - size : end])
            at = accumulate(gaps[1:], initial=document * DOCUMENT + gaps[0])
            if widths:
                _add_wide(places, found, at, widths)
            else:
                found += at
    if found:
        places.setdefault(1, []).extend(found)


def _add_wide(
    places: dict[int, list[int]], found: list[int], at: Iterable[int], widths: bytes
) -> None:
    """Add places of several widths; `found` are those of one part."""
    for place, width in zip(at, widths, strict=True):
        if width == 1:
            found.append(place)
        else:
            places.setdefault(width, []).append(place)


def next_to(
    places: Iterable[tuple[int, Collection[int]]], others: Sequence[int], *, behind: bool
) -> list[int]:
    """Return where what stands at the places begins, if it ends at one of some others.

    Or, if it shall be behind those, where it ends, if it begins at one of them.
    """
    found: list[int] = []
    for width, of_width in places:
        if behind:
            found += [at + width for at in frozenset(of_width).intersection(others)]
        else:
            found += frozenset(of_width).intersection([at - width for at in others])
    return found


def documents_of(places: Iterable[int]) -> list[int]:
    """Return the documents of some places, in their order."""
    return list(dict.fromkeys([place >> PLACE_BITS for place in places]))


def taken_apart(document: int, value: bytes, at: int) -> tuple[Value, bytes]:
    """Return a value that stands whole, and its tail, as one that begins at a place."""
    form, start = _HEADS[value[_COUNT]]
    count = value[_COUNT + 1] if form != _VERBATIM else 0
    if form == _FAR and value[start - len(_FAR_HEAD) : start] != _FAR_HEAD:
        raise ValueError("no positions where they should be")
    tail = value[start:]
    return (document, form, count, len(tail), at + len(tail)), tail


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
