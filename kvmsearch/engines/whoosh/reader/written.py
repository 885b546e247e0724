"""Who wrote what of a segment, and when: its documents in the order of series."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from kvmsearch.engines.whoosh.reader.lookups import Ordered
from kvmsearch.ranking import SERIES_GAP
from kvmsearch.record import Record

_SPANS_KEPT = 4096
"""Authors of whom is kept where in the order of series they are."""

Teller = Callable[[int], int]
"""Tells the number that a document has in a column."""


class Span(Record):
    """Where in the order of series an author's documents are, and of which dates the ends are."""

    first: int
    end: int
    oldest: int
    newest: int


class Written:
    """The documents of a segment by author key and author date."""

    def __init__(self, series: Ordered, teller: Callable[[str], Teller], count: int) -> None:
        self._series = series
        self._teller = teller
        """Of a column by its name; a quicker one, once that is asked for again and again."""

        self._count = count
        self._spans: dict[int, Span] = {}

    def between(self, asked: Iterable[tuple[int, int, int]]) -> dict[int, Sequence[int]]:
        """Return what authors wrote between two dates, as a segment tells it."""
        spans, order, date = self._spans, self._series.documents, self._teller("author_date")
        found: dict[int, Sequence[int]] = {}
        for number, (author, since, until) in enumerate(asked):
            span = spans.get(author) or self._span(author)
            if span.oldest <= until and span.newest >= since:
                first = bisect_left(order, since, span.first, span.end, key=date)
                if date(order[first]) <= until:
                    end = bisect_right(order, until, first, span.end, key=date)
                    found[number] = order[first:end].tolist()
        return found

    def stretches(self, documents: Iterable[int]) -> list[Sequence[int]]:
        """Return what was written around some documents, as a segment tells it."""
        firsts, ends = self._stretches
        for document in documents:
            if not ends[document]:
                self._learn_stretch(document)
        order = self._series.documents
        found = {firsts[document]: ends[document] for document in documents}
        return [order[first:end].tolist() for first, end in found.items()]

    @cached_property
    def _stretches(self) -> "tuple[array[int], array[int]]":
        """Where in the order of series the stretch of a document begins and ends; 0: unknown."""
        return array("I", bytes(4 * self._count)), array("I", bytes(4 * self._count))

    def _learn_stretch(self, document: int) -> None:
        order, date = self._series.documents, self._teller("author_date")
        span = self._span(self._teller("author_key")(document))
        first = bisect_left(order, date(document), span.first, span.end, key=date)
        end = first + 1
        while first > span.first and date(order[first]) - date(order[first - 1]) <= SERIES_GAP:
            first -= 1
        while end < span.end and date(order[end]) - date(order[end - 1]) <= SERIES_GAP:
            end += 1
        firsts, ends = self._stretches
        for one in order[first:end]:
            firsts[one], ends[one] = first, end
        if not ends[document]:
            raise ValueError("a document that is not in the order of series")

    def _span(self, author_key: int) -> Span:
        """Return what an author wrote."""
        span = self._spans.get(author_key)
        if span is None:
            if len(self._spans) == _SPANS_KEPT:
                self._spans.clear()
            first, end = self._series.span(author_key, self._teller("author_key"))
            date, order = self._teller("author_date"), self._series.documents
            oldest, newest = (date(order[first]), date(order[end - 1])) if first < end else (1, 0)
            span = self._spans[author_key] = Span(first, end, oldest, newest)
        return span
