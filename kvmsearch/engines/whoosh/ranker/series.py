"""The patch series of matching documents, found around one document at a time."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from kvmsearch.engines.whoosh.ranker.candidates import Place
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.ranking import SERIES_GAP

Dated = tuple[int, Place]
"""An author date and the document that has it."""


class Series:
    """The series among the matches of a question."""

    def __init__(self, readings: Sequence[Reading], matches: Sequence[int]) -> None:
        self._readings = readings
        # To shift a large number is to copy it.
        self._matches = [
            bits.to_bytes((reading.leaf.count >> 3) + 1, "little") if bits else b""
            for reading, bits in zip(readings, matches, strict=True)
        ]
        self._written: dict[int, list[tuple[int, Sequence[int]]]] = {}

    def around(self, place: Place) -> list[Place]:
        """Return the matching documents of the series of one, itself among them."""
        leaf = self._readings[place[0]].leaf
        author = leaf.number("author_key", place[1])
        date = leaf.number("author_date", place[1])
        found = list(self._between(author, date - SERIES_GAP, date + SERIES_GAP))
        first = last = date
        if len(found) > 1:
            first, last = min(found)[0], max(found)[0]
        while first < date and (more := list(self._between(author, first - SERIES_GAP, first - 1))):
            first = min(more)[0]
            found += more
        while last > date and (more := list(self._between(author, last + 1, last + SERIES_GAP))):
            last = max(more)[0]
            found += more
        return [where for _, where in found]

    def _between(self, author: int, low: int, high: int) -> Iterator[Dated]:
        """Yield the matching documents of an author from one date to another, both included."""
        for leaf, documents in self._by(author):
            matches, date = self._matches[leaf], self._readings[leaf].leaf.teller("author_date")
            first = bisect_left(documents, low, key=date)
            for document in documents[first:]:
                when = date(document)
                if when > high:
                    break
                if matches[document >> 3] >> (document & 7) & 1:
                    yield when, (leaf, document)

    def _by(self, author: int) -> list[tuple[int, Sequence[int]]]:
        if author not in self._written:
            written = (
                (leaf, reading.leaf.written_by(author))
                for leaf, reading in enumerate(self._readings)
                if self._matches[leaf]
            )
            self._written[author] = [one for one in written if len(one[1])]
        return self._written[author]
