"""The patch series of matching documents, found around one document at a time."""

from collections.abc import Sequence
from functools import cached_property
from itertools import repeat

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.candidates import Place
from kvmsearch.engines.whoosh.ranker.changes import FEW, numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.ranking import SERIES_GAP

_REACH = 2 * SERIES_GAP
"""Seconds around a document in which its series is looked for first; few series are longer."""

_GROWTH = 4

Dated = tuple[int, int, int]
"""An author date, and the document that has it: its segment and its number there."""


class Series:
    """The series among the matches of a question."""

    def __init__(self, readings: Sequence[Reading], matches: Sequence[int]) -> None:
        self._readings = readings
        self._matches = matches
        self._written: dict[int, list[tuple[int, Sequence[int]]]] = {}
        self._are_few = sum(map(int.bit_count, matches)) <= FEW

    def around(self, place: Place) -> list[Place]:
        """Return the matching documents of the series of one, itself among them."""
        leaf, document = place
        author = self._readings[leaf].leaf.number("author_key", document)
        date = self._readings[leaf].leaf.number("author_date", document)
        reach = _REACH
        while True:
            near = sorted(self._near(author, date - reach, date + reach))
            chain = _chain(near, near.index((date, leaf, document)))
            # What else could belong to it has been looked at.
            if date - chain[0][0] <= reach - SERIES_GAP >= chain[-1][0] - date:
                return [(leaf, document) for _, leaf, document in chain]
            reach *= _GROWTH

    def _near(self, author: int, low: int, high: int) -> Sequence[Dated]:
        """Return what matches of an author from one date to another, at least."""
        if self._are_few:
            return self._by_author[author]
        found: list[Dated] = []
        for leaf, written in self._by(author):
            matches = self._octets[leaf]
            for date, document in self._readings[leaf].leaf.written_between(written, low, high):
                if matches[document >> 3] >> (document & 7) & 1:
                    found.append((date, leaf, document))
        return found

    def _by(self, author: int) -> list[tuple[int, Sequence[int]]]:
        """Return what an author wrote in each segment with matches."""
        if author not in self._written:
            self._written[author] = [
                (leaf, written)
                for leaf, reading in enumerate(self._readings)
                if self._matches[leaf] and (written := reading.leaf.written_by(author))
            ]
        return self._written[author]

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


def _chain(dated: Sequence[Dated], at: int) -> Sequence[Dated]:
    """Return those around one of them, without a gap between neighbours."""
    first = last = at
    while first and dated[first][0] - dated[first - 1][0] <= SERIES_GAP:
        first -= 1
    end = len(dated) - 1
    while last < end and dated[last + 1][0] - dated[last][0] <= SERIES_GAP:
        last += 1
    return dated[first : last + 1]
