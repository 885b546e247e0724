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

_RANK_AT = np.uint64(PLACE_BITS + PART_BITS)

_AT_ONCE = 1 << 17
"""Words or occurrences that are worked on at once: beside them, what is made of them is small."""

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]


class Ranked:
    """The words of a lexicon as arrays, their terms by rank."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.terms: list[str] = sorted(lexicon.terms)
        order = np.fromiter(map(lexicon.terms.__getitem__, self.terms), np.int64, len(self.terms))
        ranks = np.empty(len(order), np.uint64)
        ranks[order] = np.arange(len(order), dtype=np.uint64)
        runs = np.frombuffer(lexicon.words, np.uint32)
        word_ends = np.concatenate(([0], np.flatnonzero(runs == lexicon.end) + 1))
        sizes = np.frombuffer(lexicon.run_sizes, np.uint32).astype(np.int64)
        counts = sizes[runs]
        which = _ranges(_sums(sizes)[runs], counts)
        ends = _sums(np.frombuffer(lexicon.widths, np.uint32)[runs])
        at = ends[:-1] - np.repeat(ends[word_ends[:-1]], np.diff(word_ends))
        self._shifts = ranks[np.frombuffer(lexicon.numbers, np.uint32)[which]] << _RANK_AT
        self._shifts += np.frombuffer(lexicon.shifts, np.uint64)[which]
        self._shifts += np.repeat(at.astype(np.uint64) << np.uint64(PART_BITS), counts)
        self.widths = np.diff(ends[word_ends]).astype(np.uint32)
        """How many positions each word takes."""

        self._ends = _sums(counts)[word_ends]
        self._counts = np.diff(self._ends)

    def sorted_keys(
        self, words: NDArray[np.uint32], places: NDArray[np.uint32], *, spread: bool
    ) -> Keys:
        """Return the keys of all terms of words at places, sorted.

        Unless they are spread, all terms of a word stand at its place itself, for one part.
        """
        shifts = self._shifts if spread else self._shifts >> _RANK_AT << _RANK_AT
        keys = np.empty(int(self._counts[words].sum()), np.uint64)
        at = 0
        for begin in range(0, len(words), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            at = self._expand(words[some], places[some], shifts, keys, at)
        keys.sort()
        return keys

    def _expand(
        self,
        words: NDArray[np.uint32],
        places: NDArray[np.uint32],
        shifts: Keys,
        keys: Keys,
        at: int,
    ) -> int:
        counts = self._counts[words]
        end = at + int(counts.sum())
        keys[at:end] = shifts[_ranges(self._ends[words], counts)]
        keys[at:end] += np.repeat(places.astype(np.uint64) << np.uint64(PART_BITS), counts)
        return end


def _ranges(begins: Numbers, counts: Numbers) -> Numbers:
    """Return the numbers from each beginning on, so many of each, one behind the other."""
    ends = np.cumsum(counts)
    numbers = np.repeat(begins - ends + counts, counts)
    numbers += np.arange(len(numbers))
    return numbers


def _sums(numbers: Numbers | NDArray[np.uint32]) -> Numbers:
    """Return 0 and the sums of the first so many numbers."""
    sums = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(numbers, out=sums[1:])
    return sums


def by_terms(keys: Keys, count: int) -> Iterator[tuple[range, Keys, Numbers]]:
    """Yield the terms of some ranks, their keys, and where in these each term begins and all end.

    `count` terms are taken apart into pieces of a size that is good to work on; some of the terms
    may have no keys, but not all of a piece.
    """
    firsts = np.arange(count + 1, dtype=np.uint64) << _RANK_AT
    begins = np.searchsorted(keys, firsts)
    begins[-1] = len(keys)
    first = 0
    while first < count:
        behind = int(np.searchsorted(begins, begins[first] + _AT_ONCE, "right")) - 1
        behind = min(max(behind, first + 1), count)
        some = keys[begins[first] : begins[behind]]
        if len(some):
            yield range(first, behind), some, begins[first : behind + 1] - begins[first]
        first = behind


def places_of(keys: Keys) -> Numbers:
    """Return the places of keys."""
    mask = np.uint64((1 << PLACE_BITS) - 1)
    return (keys >> np.uint64(PART_BITS) & mask).astype(np.int64)


def parts_of(keys: Keys) -> NDArray[np.uint8]:
    """Return for how many parts keys stand, less one."""
    return (keys & np.uint64((1 << PART_BITS) - 1)).astype(np.uint8)
