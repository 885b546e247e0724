"""The patch series of matching documents, found around some of them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import repeat

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.changes import numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading
from kvmsearch.ranking import SERIES_GAP

_REACH = 2 * SERIES_GAP
"""Seconds around a document in which its series is looked for first; few series are longer."""

_GROWTH = 4

_FEW = 300
"""Matches that are told apart by author sooner than it is looked up what an author wrote."""

Dated = tuple[int, int, int]
"""An author date, and the document that has it: its segment and its number there."""


class Series:
    """The series among the matches of a question."""

    def __init__(self, readings: Sequence[Reading], matches: Sequence[int]) -> None:
        self._readings = readings
        self._matches = matches
        self._are_few = sum(map(int.bit_count, matches)) <= _FEW

    def around(self, places: Iterable[Place]) -> dict[Place, list[Place]]:
        """Return the matching documents of the series of some documents, for each of them all."""
        found: dict[Place, list[Place]] = {}
        left = list(self._apart(places))
        reach = _REACH
        while left:
            # To ask for many at once is quicker.
            asked = [(author, date - reach, date + reach) for author, date, _ in left]
            too_long = []
            for one, near in zip(left, self._near(asked), strict=True):
                _, date, place = one
                chain = _chain(sorted(near), (date, *place))
                # What else could belong to it has been looked at.
                if date - chain[0][0] <= reach - SERIES_GAP >= chain[-1][0] - date:
                    series = [(leaf, document) for _, leaf, document in chain]
                    found.update(dict.fromkeys(series, series))
                else:
                    too_long.append(one)
            left = too_long
            reach *= _GROWTH
        return found

    def _apart(self, places: Iterable[Place]) -> Iterator[tuple[int, int, Place]]:
        """Yield the authors and dates of documents, one of those that are near each other."""
        before: tuple[int, float] = 0, float("-inf")
        for author, date, place in sorted((*self._dated(place), place) for place in places):
            if author != before[0] or date - before[1] > SERIES_GAP:
                yield author, date, place
            before = author, date

    def _dated(self, place: Place) -> tuple[int, int]:
        """Return the author of a document, and its date."""
        leaf = self._readings[place[0]].leaf
        return leaf.number("author_key", place[1]), leaf.number("author_date", place[1])

    def _near(self, asked: Sequence[tuple[int, int, int]]) -> Sequence[list[Dated]]:
        """Return what matches of authors between two dates, at least."""
        if self._are_few:
            return [self._by_author[author] for author, _, _ in asked]
        found: list[list[Dated]] = [[] for _ in asked]
        for leaf, matches in enumerate(self._octets):
            written = self._readings[leaf].leaf.written_between(asked) if matches else ()
            for near, several in zip(found, written, strict=False):
                for date, document in several:
                    if matches[document >> 3] >> (document & 7) & 1:
                        near.append((date, leaf, document))
        return found

    @cached_property
    def _octets(self) -> list[bytes]:
        """The matches: to shift a large number is to copy it."""
        return [
            bits.to_bytes((reading.leaf.count >> 3) + 1, "little") if bits else b""
            for reading, bits in zip(self._readings, self._matches, strict=True)
        ]

    @cached_property
    def _by_author(self) -> dict[int, list[Dated]]:
        """All matches: of few it is told sooner which are of an author than what that wrote."""
        found: dict[int, list[Dated]] = {}
        for leaf, (reading, bits) in enumerate(zip(self._readings, self._matches, strict=True)):
            authors = numbers_of(reading, "author_key", bits)
            dates = numbers_of(reading, "author_date", bits)
            dated = zip(dates, repeat(leaf), members(bits), strict=False)
            for author, one in zip(authors, dated, strict=True):
                found.setdefault(author, []).append(one)
        return found


def _chain(dated: Sequence[Dated], one: Dated) -> Sequence[Dated]:
    """Return those around one of them, without a gap between neighbours."""
    first = last = dated.index(one)
    while first and dated[first][0] - dated[first - 1][0] <= SERIES_GAP:
        first -= 1
    end = len(dated) - 1
    while last < end and dated[last + 1][0] - dated[last][0] <= SERIES_GAP:
        last += 1
    return dated[first : last + 1]
