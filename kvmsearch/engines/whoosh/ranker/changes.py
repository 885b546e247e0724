"""Which matching documents are of one change."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress, repeat

from kvmsearch.engines.whoosh.ranker.bits import chosen, members
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading

FEW = 64
"""Documents whose columns are read one by one rather than whole."""

LOOKUP = 100
"""Matches whose changes are compared sooner than copies are looked up in one segment."""


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
        self.are_told = bool(aliases)
        """Whether copies are told of that may be of another author or another time."""

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

    def with_copies(self, places: Collection[Place]) -> dict[Place, Sequence[Place]]:
        """Return all matching documents of the change of each of some, where there are several."""
        if self.total == self.commits or not places:
            return {}
        if len(places) * len(self._readings) * LOOKUP > self.commits:
            return self._compared(places)
        found = ((place, list(self._looked_up(place))) for place in places)
        return {place: documents for place, documents in found if len(documents) > 1}

    def _compared(self, places: Iterable[Place]) -> dict[Place, Sequence[Place]]:
        wanted = set(self._keys_at(places).values())
        by_key: dict[int, list[Place]] = {}
        for leaf, (bits, keys) in enumerate(zip(self._matches, self._keys, strict=True)):
            alike = list(map(wanted.__contains__, keys))
            for document, key in zip(
                compress(members(bits), alike), compress(keys, alike), strict=True
            ):
                by_key.setdefault(key, []).append((leaf, document))
        several = (documents for documents in by_key.values() if len(documents) > 1)
        return {place: documents for documents in several for place in documents}

    def _looked_up(self, place: Place) -> Iterator[Place]:
        key = self._readings[place[0]].leaf.number("change_key", place[1])
        keys = self._told.get(self._united.get(key, key), (key,))
        for number, bits in enumerate(self._matches):
            for one in keys if bits else ():
                for copy in self._readings[number].leaf.copies(one):
                    if bits >> copy & 1:
                        yield number, copy

    def in_other_series(self, places: Iterable[Place]) -> dict[Place, Sequence[Place]]:
        """Return the matching documents of changes that may be in other series than those of some.

        Copies that only a message tells of are by another author or from another time.
        """
        if not self._united:
            return {}
        told = self._united.keys()
        return self.with_copies([one for one, key in self._keys_at(places).items() if key in told])

    def _keys_at(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return by document the key that stands for its change."""
        found: dict[Place, int] = {}
        for leaf, documents in by_leaf(places).items():
            keys = self._readings[leaf].leaf.numbers_in("change_key", documents)
            firsts = map(self._united.get, keys, keys)
            found.update(zip(zip(repeat(leaf), documents), firsts, strict=False))
        return found


def numbers_of(reading: Reading, column: str, bits: int) -> Sequence[int]:
    """Return the numbers in a column of the documents of a set, in order."""
    documents = members(bits)
    if len(documents) <= FEW:
        return reading.leaf.numbers_in(column, documents)
    return chosen(bits, reading.leaf.numbers(column))


def by_leaf(places: Iterable[Place]) -> dict[int, list[int]]:
    """Return documents by the number of their segment."""
    found: dict[int, list[int]] = {}
    for leaf, document in places:
        found.setdefault(leaf, []).append(document)
    return found
