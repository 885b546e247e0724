"""Which matching documents are of one change."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from kvmsearch.engines.whoosh.ranker.bits import chosen, members
from kvmsearch.engines.whoosh.ranker.candidates import Place
from kvmsearch.engines.whoosh.ranker.lookup import Reading

FEW = 256
"""Documents whose columns are read one by one rather than whole."""


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
        self._united = united(aliases)
        self.commits = sum(map(int.bit_count, matches))
        known: set[int] = set()
        several: set[int] = set()
        documents = [self._by_key(leaf, bits) for leaf, bits in enumerate(matches)]
        for last, others in documents:
            several.update(known.intersection(last), (key for key, _ in others))
            known.update(last)
        self.total = len(known)
        self._copies: dict[int, list[Place]] = {key: [] for key in several}
        for leaf, (last, others) in enumerate(documents):
            of_several = ((key, last[key]) for key in several.intersection(last))
            for key, document in (*of_several, *others):
                self._copies[key].append((leaf, document))

    def _by_key(self, leaf: int, bits: int) -> tuple[dict[int, int], list[tuple[int, int]]]:
        """Return by key the last document that has it, and the few keys and documents besides."""
        documents = members(bits)
        keys = list(self._keys(self._readings[leaf], bits))
        last = dict(zip(keys, documents, strict=True))
        if len(last) == len(keys):
            return last, []
        kept = map(last.__getitem__, keys)
        return last, [
            (key, document)
            for key, document, one in zip(keys, documents, kept, strict=True)
            if document != one
        ]

    def count(self, matches: Sequence[int]) -> int:
        """Return how many changes some of the documents are of."""
        found: set[int] = set()
        for reading, bits in zip(self._readings, matches, strict=True):
            found.update(self._keys(reading, bits))
        return len(found)

    def _keys(self, reading: Reading, bits: int) -> Iterable[int]:
        keys = numbers_of(reading, "change_key", bits)
        return map(self._united.get, keys, keys) if self._united else keys

    def key(self, place: Place) -> int:
        """Return the change that a document is of."""
        leaf, document = place
        key = self._readings[leaf].leaf.number("change_key", document)
        return self._united.get(key, key)

    def documents(self, place: Place) -> Sequence[Place]:
        """Return all matching documents of the change that a document is of."""
        return self._copies.get(self.key(place), [place]) if self._copies else [place]


def numbers_of(reading: Reading, column: str, bits: int) -> Sequence[int]:
    """Return the numbers in a column of the documents of a set, in order."""
    if bits.bit_count() <= FEW:
        return [reading.leaf.number(column, document) for document in members(bits)]
    return list(chosen(bits, reading.leaf.numbers(column)))
