"""Which matching documents are of one change."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import compress

from kvmsearch.engines.whoosh.ranker.bits import chosen, members
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading

FEW = 64
"""Documents whose columns are read one by one rather than whole; so are their copies."""

_SOME = 2048
"""Matches up to which all are counted by change, before any copy is looked up."""


@lru_cache(maxsize=4)
def united(aliases: tuple[tuple[int, int], ...]) -> Mapping[int, int]:
    """Return, by change key, the one that stands for all that are of one change with it."""
    first: dict[int, int] = {}

    def root(key: int) -> int:
        while (above := first.get(key, key)) != key:
            first[key] = first.get(above, above)
            key = above
        return key

    for one, other in aliases:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return {key: root(key) for pair in aliases for key in pair}


class Changes:
    """The changes among the matches of a question."""

    def __init__(
        self,
        readings: Sequence[Reading],
        matches: Sequence[int],
        aliases: tuple[tuple[int, int], ...],
    ) -> None:
        self._readings = readings
        self._matches = matches
        self._united = united(aliases)
        self._told: dict[int, list[int]] = {}
        """By the key that stands for several: these."""

        for key, first in self._united.items():
            self._told.setdefault(first, []).append(key)
        self._lookups = 0
        self._keys = [self._keys_of(one, bits) for one, bits in zip(readings, matches, strict=True)]
        self.commits = sum(map(len, self._keys))
        self.total = len(set().union(*self._keys))

    def count(self, matches: Sequence[int]) -> int:
        """Return how many changes some of the documents are of."""
        return len(set().union(*map(self._keys_of, self._readings, matches)))

    def _keys_of(self, reading: Reading, bits: int) -> Sequence[int]:
        """Return the keys of the changes of some documents of a segment."""
        keys = numbers_of(reading, "change_key", bits)
        return list(map(self._united.get, keys, keys)) if self._united else keys

    @cached_property
    def _copied(self) -> frozenset[Place]:
        """The matches whose change has others."""
        counts: Counter[int] = Counter()
        for keys in self._keys:
            counts.update(keys)
        several = frozenset([key for key, count in counts.items() if count > 1])
        return frozenset(
            (leaf, document)
            for leaf, (bits, keys) in enumerate(zip(self._matches, self._keys, strict=True))
            for document in compress(members(bits), map(several.__contains__, keys))
        )

    def documents(self, place: Place) -> Sequence[Place]:
        """Return all matching documents of the change that a document is of."""
        if self.total == self.commits:
            return [place]
        self._lookups += 1
        looked_at = self.commits <= _SOME or self._lookups > FEW
        if looked_at and place not in self._copied:
            return [place]
        leaf, document = place
        key = self._readings[leaf].leaf.number("change_key", document)
        keys = self._told.get(self._united.get(key, key), (key,))
        return [
            (number, copy)
            for number, bits in enumerate(self._matches)
            if bits
            for one in keys
            for copy in self._readings[number].leaf.copies(one)
            if bits >> copy & 1
        ]

    def in_other_series(self, place: Place) -> Sequence[Place]:
        """Return the matching documents of a change that may be in other series than this one.

        Copies that only a message tells of are by another author or from another time.
        """
        if not self._united:
            return ()
        key = self._readings[place[0]].leaf.number("change_key", place[1])
        return self.documents(place) if key in self._united else ()


def numbers_of(reading: Reading, column: str, bits: int) -> Sequence[int]:
    """Return the numbers in a column of the documents of a set, in order."""
    documents = members(bits)
    if len(documents) <= FEW:
        return reading.leaf.numbers_in(column, documents)
    return chosen(bits, reading.leaf.numbers(column))
