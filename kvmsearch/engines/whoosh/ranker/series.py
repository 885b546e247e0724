"""The patch series of matching documents, found around some of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, compress, repeat
from operator import eq

from kvmsearch.engines.whoosh.ranker.bits import marked, members
from kvmsearch.engines.whoosh.ranker.changes import by_leaf
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading
from kvmsearch.ranking import SERIES_GAP

FEW = 2048
"""Matches that are all told apart by author and date sooner than anything is looked up."""

Stretch = tuple[int, Sequence[int]]
"""A segment, and all documents in it by one author without a gap, in order of time."""


class Series:
    """The series among the matches of a question."""

    def __init__(self, readings: Sequence[Reading], matches: Sequence[int]) -> None:
        self._readings = readings
        self._matches = matches
        self._leaves = [leaf for leaf, bits in enumerate(matches) if bits]
        self.alike: set[Place] = set()
        """Those found so far that are of one second with another, as copies are."""

    def around(self, places: Iterable[Place]) -> Iterator[Sequence[Place]]:
        """Yield the series of several that some documents are in, each once, and perhaps others."""
        if sum([len(members(self._matches[leaf])) for leaf in self._leaves]) <= FEW:
            yield from self._apart(self._by_authors_of(places))
            return
        touching: list[Stretch] = []
        for leaf, documents in by_leaf(places).items():
            stretches = self._readings[leaf].leaf.stretches(documents)
            beside = self._beside(leaf, stretches)
            touching += [(leaf, stretches[number]) for number in beside]
            dates = self._readings[leaf].leaf.numbers("author_date")
            for number, stretch in enumerate(stretches):
                if len(stretch) > 1 and number not in beside:
                    found = self._matching(leaf, stretch)
                    if len(found) > 1:
                        places_of = [(leaf, document) for document in found]
                        yield from self._series(places_of, [dates[one] for one in found])
        if touching:
            yield from self._apart(
                [(leaf, self._matching(leaf, one)) for leaf, one in self._touched(touching)]
            )

    def _by_authors_of(self, places: Iterable[Place]) -> Iterator[Stretch]:
        """Yield the matches by the authors of some documents, by segment."""
        wanted: set[int] = set()
        for leaf, documents in by_leaf(places).items():
            wanted.update(self._readings[leaf].leaf.numbers_in("author_key", documents))
        for leaf in self._leaves:
            matching = members(self._matches[leaf])
            authors = self._readings[leaf].leaf.numbers_in("author_key", matching)
            if not wanted.isdisjoint(authors):
                yield leaf, list(compress(matching, map(wanted.__contains__, authors)))

    def _beside(self, leaf: int, stretches: Sequence[Sequence[int]]) -> dict[int, list[Place]]:
        """Return by the number of a stretch what of other segments could belong to it."""
        found: dict[int, list[Place]] = {}
        others = [one for one in self._leaves if one != leaf]
        if others:
            numbers_in = self._readings[leaf].leaf.numbers_in
            firsts = [stretch[0] for stretch in stretches]
            authors, begins = numbers_in("author_key", firsts), numbers_in("author_date", firsts)
            ends = numbers_in("author_date", [stretch[-1] for stretch in stretches])
            asked = [
                (author, begin - SERIES_GAP, end + SERIES_GAP)
                for author, begin, end in zip(authors, begins, ends, strict=True)
            ]
            for other in others:
                written = self._readings[other].leaf.written_between(asked)
                for number, documents in written.items():
                    found.setdefault(number, []).extend(zip(repeat(other), documents))
        return found

    def _touched(self, stretches: Collection[Stretch]) -> Collection[Stretch]:
        """Return some stretches and all that these are connected with, over any segments."""
        found: dict[Place, Stretch] = {}
        left = stretches
        while left:
            new = {(leaf, stretch[0]): (leaf, stretch) for leaf, stretch in left}
            new = {place: one for place, one in new.items() if place not in found}
            found |= new
            left = []
            for leaf, firsts in by_leaf(new).items():
                beside = self._beside(leaf, [new[leaf, first][1] for first in firsts])
                for other, documents in by_leaf(chain.from_iterable(beside.values())).items():
                    more = self._readings[other].leaf.stretches(documents)
                    left += [(other, one) for one in more]
        return found.values()

    def _apart(self, written: Iterable[Stretch]) -> Iterator[Sequence[Place]]:
        """Yield the series of several among matching documents, by segment."""
        by_author: dict[int, list[tuple[int, Place]]] = {}
        for number, documents in written:
            leaf = self._readings[number].leaf
            authors, dates = (leaf.numbers_in(f"author_{it}", documents) for it in ("key", "date"))
            for author, date, document in zip(authors, dates, documents, strict=True):
                by_author.setdefault(author, []).append((date, (number, document)))
        for several in by_author.values():
            several.sort()
            yield from self._series([place for _, place in several], [date for date, _ in several])

    def _series(self, places: Sequence[Place], dates: Sequence[int]) -> Iterator[Sequence[Place]]:
        """Yield the series of several among documents of an author, in the order of the dates."""
        first, count = 0, len(dates)
        if len(set(dates)) < count:
            same = list(map(eq, dates, dates[1:]))
            self.alike.update(compress(places, same), compress(places[1:], same))
        if count > 1 and dates[-1] - dates[0] <= SERIES_GAP:
            yield places
            return
        while first < count - 1:
            end = first + 1
            while end < count and dates[end] - dates[end - 1] <= SERIES_GAP:
                end += 1
            if end - first > 1:
                yield places[first:end]
            first = end

    def _matching(self, leaf: int, documents: Iterable[int]) -> list[int]:
        lanes = self._lanes[leaf]
        return [document for document in documents if lanes[document]]

    @cached_property
    def _lanes(self) -> list[bytearray]:
        """The matches by segment: to shift a large number is to copy it."""
        return [
            marked(bits, reading.leaf.count) if bits else bytearray()
            for reading, bits in zip(self._readings, self._matches, strict=True)
        ]
