"""Rows of words to the occurrences of terms, sorted: the inversion, all at once.

An occurrence is one number, a *key*: 26 bits of term (its rank among the terms of the field),
32 of place, and 6 of how many parts it stands for, less one. Sorted keys are the postings of all
terms, one behind the other.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.writer.lexicon import PART_BITS, Lexicon

PLACE_BITS = 32
"""The rest of 64 bits is the rank. What a segment takes at most (`builder`) is far below."""

_RANK_AT = np.uint64(PLACE_BITS + PART_BITS)

AT_ONCE = 1 << 16
"""Words or occurrences that are worked on at once: beside them, what is made of them is small."""

_MOST_KEYS = 3 << 19
"""Keys that are sorted at once. A segment has several times as many, but not room for all."""

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]
Places = Callable[[slice], NDArray[np.integer[Any]]]
"""Where some of the words are, by their numbers; AT_ONCE are asked for at once."""


class Ranked:
    """The words of a lexicon as arrays, their terms by rank."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.terms: list[str] = sorted(lexicon.terms)
        order = np.fromiter(map(lexicon.terms.__getitem__, self.terms), np.int64, len(self.terms))
        lexicon.terms.clear()  # what follows needs the room
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
        """Where the terms of each word begin, and where all end."""

    def pieces(
        self, words: NDArray[np.uint32], places: Places, *, spread: bool
    ) -> Iterator[tuple[range, Keys, Numbers]]:
        """Yield ranks of terms, all keys of these, sorted, and where each term's begin and all end.

        Words at places are taken apart into pieces of a size that is good to work on; some of the
        terms may have no keys, but not all of a piece. Unless they are spread, all terms of a word
        stand at its place itself, for one part.
        """
        shifts = self._shifts if spread else self._shifts >> _RANK_AT << _RANK_AT
        for ranks, count in self._slices(words):
            keys = np.empty(count, np.uint64)
            self._expand(ranks, shifts, words, places, keys)
            keys.sort()
            yield from _by_terms(keys, ranks)

    def _slices(self, words: NDArray[np.uint32]) -> Iterator[tuple[range, int]]:
        """Yield the ranks of terms that have no more keys than are sorted at once, and how many."""
        often = np.zeros(len(self.widths), np.int64)
        for begin in range(0, len(words), AT_ONCE):
            often += np.bincount(words[begin : begin + AT_ONCE], minlength=len(often))
        ranks = (self._shifts >> _RANK_AT).astype(np.int64)
        keys = np.zeros(len(self.terms), np.int64)
        np.add.at(keys, ranks, np.repeat(often, np.diff(self._ends)))
        sums = _sums(keys)
        first = 0
        while first < len(keys):
            behind = int(np.searchsorted(sums, sums[first] + _MOST_KEYS, "right")) - 1
            behind = max(behind, first + 1)
            yield range(first, behind), int(sums[behind] - sums[first])
            first = behind

    def _expand(
        self, ranks: range, shifts: Keys, words: NDArray[np.uint32], places: Places, keys: Keys
    ) -> None:
        """Spell out the keys of the terms of some ranks."""
        low, high = np.array((ranks.start, ranks.stop), np.uint64) << _RANK_AT
        chosen = (self._shifts >= low) & (self._shifts < high)
        shifts, ends = shifts[chosen], _sums(chosen)[self._ends]
        sizes = np.diff(ends)
        at = 0
        for begin in range(0, len(words), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            counts = sizes[words[some]]
            end = at + int(counts.sum())
            keys[at:end] = shifts[_ranges(ends[words[some]], counts)]
            keys[at:end] += np.repeat(
                places(some).astype(np.uint64) << np.uint64(PART_BITS), counts
            )
            at = end


def _ranges(begins: Numbers, counts: Numbers) -> Numbers:
    """Return the numbers from each beginning on, so many of each, one behind the other."""
    ends = np.cumsum(counts)
    numbers = np.repeat(begins - ends + counts, counts)
    numbers += np.arange(len(numbers))
    return numbers


def _sums(numbers: NDArray[Any]) -> Numbers:
    """Return 0 and the sums of the first so many numbers."""
    sums = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(numbers, out=sums[1:])
    return sums


def _by_terms(keys: Keys, ranks: range) -> Iterator[tuple[range, Keys, Numbers]]:
    """Yield what `pieces` does of some terms; `keys` are all of theirs."""
    firsts = np.arange(ranks.start, ranks.stop + 1, dtype=np.uint64) << _RANK_AT
    begins = np.searchsorted(keys, firsts)
    begins[-1] = len(keys)
    first = 0
    while first < len(ranks):
        behind = int(np.searchsorted(begins, begins[first] + AT_ONCE, "right")) - 1
        behind = min(max(behind, first + 1), len(ranks))
        some = keys[begins[first] : begins[behind]]
        if len(some):
            yield ranks[first:behind], some, begins[first : behind + 1] - begins[first]
        first = behind


def places_of(keys: Keys) -> Numbers:
    """Return the places of keys."""
    mask = np.uint64((1 << PLACE_BITS) - 1)
    return (keys >> np.uint64(PART_BITS) & mask).astype(np.int64)


def parts_of(keys: Keys) -> NDArray[np.uint8]:
    """Return for how many parts keys stand, less one."""
    return (keys & np.uint64((1 << PART_BITS) - 1)).astype(np.uint8)
