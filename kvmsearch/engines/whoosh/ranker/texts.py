"""Where in a document its texts lie: title, prose and trailers, one behind the other."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kvmsearch.engines.whoosh.layout import MARK
from kvmsearch.engines.whoosh.reader.values import DOCUMENT, PLACE_BITS

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf

TITLE, PROSE, TRAILER = "title", "body", "trailer"
"""What the query language calls the texts of a message."""


class Texts:
    """The texts of a segment's documents."""

    def __init__(self, leaf: "Leaf") -> None:
        self._leaf = leaf
        self._prose, self._trailers = leaf.begins()

    def holds(self, text: str, place: int) -> bool:
        """Tell whether a place is in a text."""
        document = place >> PLACE_BITS
        position = place - document * DOCUMENT
        if text == TITLE:
            return position < self._prose[document]
        if text == TRAILER:
            return position >= self._trailers[document]
        return self._prose[document] <= position < self._trailers[document]

    def outside_trailers(self, places: Iterable[int]) -> list[int]:
        """Return the places that are in titles or prose."""
        trailers = self._trailers
        return [
            at
            for at in places
            if at - (document := at >> PLACE_BITS) * DOCUMENT < trailers[document]
        ]

    def of_key(self, key: str, places: Iterable[int]) -> list[int]:
        """Return the places that are in the value of a trailer of a key."""
        documents = sorted({place >> PLACE_BITS for place in places})
        marks = sorted([-1, *self._marks(MARK, documents)])
        of_key = frozenset(self._marks(f"{MARK}{key}", documents))
        found = []
        for place in places:
            mark = marks[bisect_right(marks, place) - 1]
            if mark in of_key and mark >> PLACE_BITS == place >> PLACE_BITS:
                found.append(place)
        return found

    def begin(self, documents: Sequence[int]) -> list[int]:
        """Return where each text of some documents begins but the first, in order."""
        begins = self._marks(MARK, documents)
        for of_document in (self._prose, self._trailers):
            begins += [document * DOCUMENT + of_document[document] for document in documents]
        return sorted(begins)

    def _marks(self, mark: str, documents: Sequence[int]) -> list[int]:
        return [place for _, places in self._leaf.places(mark, documents) for place in places]
