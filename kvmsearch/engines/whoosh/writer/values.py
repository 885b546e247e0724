"""Positions to bytes, in a form that whoosh.formats.Positions reads.

A value is how many positions a term has in a document (u32, big-endian) and a pickle, without a
mark in front, of the gaps between them, the first from 0. It is one of FORMS with the count, twice,
and a *tail*:

near        the tail begins with the gaps as bytes;
far         for gaps of 256 or more: `M` and u16, little-endian, for each, then `t`;
verbatim    the tail is all of the value, for a count or gap that is too large for the others:
            the count, `(`, `M` and u16 or, if any gap needs it, `J` and i32 for each, then `t`.

The full stop that ends a pickle is left out unless the last byte looks like one, as Whoosh does.
Where the term stands for several parts the full stop is there, and behind it, which Whoosh passes
over, for each position a byte with the number of parts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FORMS = b"\0\0\0%cC%c%b", b"\0\0\0%cK%c0(%b", b"%.0a%.0a%b"
NEAR, FAR, VERBATIM = range(len(FORMS))

_HEADS = np.array([6, 8, 0])
"""Bytes of a value before its tail, by form."""

Numbers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

_STOP = ord(".")


class Values(NamedTuple):
    """Values, one behind the other."""

    forms: Bytes
    counts: Bytes
    """0 where the form is verbatim."""

    sizes: Numbers
    data: Bytes
    """Of each value so many bytes: its tail, or where it is to be whole a pickle of all of it."""


def encoded(positions: Numbers, begins: Numbers, parts: Bytes, whole: Flags) -> Values:
    """Encode the positions that begin somewhere for each document.

    `parts` are those of the term at each position, less one; `whole` tells which values are to
    be whole.
    """
    counts = np.diff(begins, append=len(positions))
    gaps = np.diff(positions, prepend=0)
    gaps[begins] = positions[begins]
    greatest = np.maximum.reduceat(gaps, begins)
    forms = np.where(greatest > 255, FAR, NEAR)
    forms[(counts > 255) | (greatest > 65535)] = VERBATIM
    wide = np.maximum.reduceat(parts, begins) > 0
    stops = wide | ((forms == NEAR) & (gaps[begins + counts - 1] == _STOP))
    units = np.where(greatest > 65535, 5, np.where(forms == NEAR, 1, 3))
    leads = np.where(forms == VERBATIM, 5, 0)
    closed = leads + units * counts + (forms != NEAR)
    tails = closed + stops + np.where(wide, counts, 0)
    heads = np.where(whole, _HEADS[forms], 0)
    wraps = np.where(whole, np.where(heads + tails < 256, 2, 5), 0)
    at = np.cumsum(wraps + heads + tails) - tails
    out = np.zeros(int(at[-1] + tails[-1]), np.uint8)
    _write_wraps(out, at - heads, heads + tails, wraps)
    _write_heads(out, at, counts, np.where(whole | (forms == VERBATIM), forms, -1))
    within = np.arange(len(positions)) - np.repeat(begins, counts)
    spots = np.repeat(at + leads, counts) + within * np.repeat(units, counts)
    _write_gaps(out, spots, gaps, np.repeat(units, counts))
    out[(at + closed)[forms != NEAR] - 1] = ord("t")
    out[(at + closed)[stops]] = _STOP
    covered = np.repeat(wide, counts)
    out[(np.repeat(at + closed + 1, counts) + within)[covered]] = parts[covered] + 1
    shown = np.where(forms == VERBATIM, 0, counts).astype(np.uint8)
    return Values(forms.astype(np.uint8), shown, wraps + heads + tails, out)


def _write_wraps(out: Bytes, at: Numbers, sizes: Numbers, wraps: Numbers) -> None:
    """Write what makes pickled bytes of values."""
    short, long = wraps == 2, wraps == 5
    out[at[short] - 2] = ord("C")
    out[at[short] - 1] = sizes[short]
    out[at[long] - 5] = ord("B")
    for byte in range(4):
        out[at[long] - 4 + byte] = sizes[long] >> 8 * byte & 255


def _write_heads(out: Bytes, at: Numbers, counts: Numbers, forms: Numbers) -> None:
    """Write what is before the gaps, at their tails, of values of these forms."""
    near, far, verbatim = (forms == form for form in (NEAR, FAR, VERBATIM))
    for chosen, before in ((near, b"C"), (far, b"K")):
        begin, some = at[chosen] - _HEADS[forms[chosen]], counts[chosen]
        out[begin + 3], out[begin + 4], out[begin + 5] = some, ord(before), some
    out[at[far] - 2], out[at[far] - 1] = ord("0"), ord("(")
    for byte in range(4):
        out[at[verbatim] + byte] = counts[verbatim] >> 8 * (3 - byte) & 255
    out[at[verbatim] + 4] = ord("(")


def _write_gaps(out: Bytes, at: Numbers, gaps: Numbers, units: Numbers) -> None:
    near = units == 1
    out[at[near]] = gaps[near]
    for unit, opcode in ((3, b"M"), (5, b"J")):
        chosen = units == unit
        _write_numbers(out, at[chosen], gaps[chosen], unit, opcode)


def _write_numbers(out: Bytes, at: Numbers, numbers: Numbers, unit: int, opcode: bytes) -> None:
    out[at] = ord(opcode)
    for byte in range(unit - 1):
        out[at + 1 + byte] = numbers >> 8 * byte & 255


def pickled(numbers: Numbers) -> tuple[Numbers, bytes]:
    """Return the pickles of numbers one behind the other, and where in them each ends.

    Each is `K` and u8, `M` and u16, or `J` and i32, little-endian.
    """
    units = np.where(numbers < 1 << 8, 2, np.where(numbers < 1 << 16, 3, 5))
    ends = np.cumsum(units)
    out = np.empty(int(ends[-1]), np.uint8)
    for unit, opcode in ((2, b"K"), (3, b"M"), (5, b"J")):
        chosen = units == unit
        _write_numbers(out, ends[chosen] - unit, numbers[chosen], unit, opcode)
    return ends, out.tobytes()
