"""Rows of words to the occurrences of terms, sorted: the inversion, all at once.

An occurrence is one number, a *key*: 26 bits of term (its rank among the terms of the field),
32 of place, and 6 of how many parts it stands for, less one. Sorted keys are the postings of all
terms, one behind the other.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.writer.lexicon import PART_BITS, Lexicon

PLACE_BITS = 32
"""The rest of 64 bits is the rank. What a segment takes at most (`builder`) is far below."""

_AT_ONCE = 1 << 17
"""Words or occurrences that are worked on at once: beside them, what is made of them is small."""

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]


class Ranked:
    """The words of a lexicon as arrays, their terms by rank."""

    def __init__(self, lexicon: Lexicon, *, placed: bool) -> None:
        numbers = np.frombuffer(lexicon.numbers, np.uint32)
        self.terms: list[str] = sorted(lexicon.terms)
        order = np.fromiter(map(lexicon.terms.__getitem__, self.terms), np.int64, len(self.terms))
        ranks = np.empty(len(order), np.uint64)
        ranks[order] = np.arange(len(order), dtype=np.uint64)
        self._shifts = ranks[numbers] << np.uint64(PLACE_BITS + PART_BITS)
        if placed:
            self._shifts += np.frombuffer(lexicon.shifts, np.uint64)
        ends = np.frombuffer(lexicon.ends, np.uint64).astype(np.int64)
        self._begins, self._counts = ends[:-1], np.diff(ends)

    def sorted_keys(self, words: NDArray[np.uint32], places: NDArray[np.uint32]) -> Keys:
        """Return the keys of all terms of words at places, sorted."""
        keys = np.empty(int(self._counts[words].sum()), np.uint64)
        at = 0
        for begin in range(0, len(words), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            at = self._expand(words[some], places[some], keys, at)
        keys.sort()
        return keys

    def _expand(
        self, words: NDArray[np.uint32], places: NDArray[np.uint32], keys: Keys, at: int
    ) -> int:
        counts = self._counts[words]
        ends = np.cumsum(counts)
        end = at + int(ends[-1])
        which = np.repeat(self._begins[words] - ends + counts, counts)
        which += np.arange(end - at)
        keys[at:end] = self._shifts[which]
        keys[at:end] += np.repeat(places.astype(np.uint64) << np.uint64(PART_BITS), counts)
        return end


def by_terms(keys: Keys, count: int) -> Iterator[tuple[range, Keys, Numbers]]:
    """Yield the terms of some ranks, their keys, and where in these each term begins and all end.

    `count` terms are taken apart into pieces of a size that is good to work on.
    """
    firsts = np.arange(count + 1, dtype=np.uint64) << np.uint64(PLACE_BITS + PART_BITS)
    begins = np.searchsorted(keys, firsts)
    begins[-1] = len(keys)
    first = 0
    while first < count:
        behind = int(np.searchsorted(begins, begins[first] + _AT_ONCE, "right")) - 1
        behind = min(max(behind, first + 1), count)
        some = keys[begins[first] : begins[behind]]
        yield range(first, behind), some, begins[first : behind + 1] - begins[first]
        first = behind


def places_of(keys: Keys) -> Numbers:
    """Return the places of keys."""
    mask = np.uint64((1 << PLACE_BITS) - 1)
    return (keys >> np.uint64(PART_BITS) & mask).astype(np.int64)


def parts_of(keys: Keys) -> NDArray[np.uint8]:
    """Return for how many parts keys stand, less one."""
    return (keys & np.uint64((1 << PART_BITS) - 1)).astype(np.uint8)
