"""Where in a document its texts lie: title, prose and trailers, one behind the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kvmsearch.engines.whoosh.layout import MARK
from kvmsearch.engines.whoosh.reader.values import DOCUMENT, places_of, positions

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf

TITLE, PROSE, TRAILER = "title", "body", "trailer"
"""What the query language calls the texts of a message."""


class Texts:
    """The texts of a segment's documents."""

    def __init__(self, leaf: "Leaf") -> None:
        self._leaf = leaf
        self._prose, self._trailers = leaf.begins()

    def within(self, text: str, document: int, bits: int) -> int:
        """Return those of some positions of a document, as bits, that are in a text."""
        prose, trailers = self._prose[document], self._trailers[document]
        if text == TITLE:
            return bits & (1 << prose) - 1
        if text == TRAILER:
            return bits >> trailers << trailers
        return bits >> prose << prose & (1 << trailers) - 1

    def outside_trailers(self, document: int, bits: int) -> int:
        """Return those of some positions of a document, as bits, in its title or prose."""
        return bits & (1 << self._trailers[document]) - 1

    def of_key(self, key: str, stands: Mapping[int, int]) -> Iterator[int]:
        """Yield the documents, of some with positions, where any is in a trailer of a key."""
        documents = sorted(stands)
        marks, of_key = (self._marks(mark, documents) for mark in (MARK, f"{MARK}{key}"))
        for document, marked, keyed in zip(documents, marks, of_key, strict=True):
            in_front = [_last(marked & (2 << at) - 1) for at in positions(stands[document])]
            if any(keyed & mark for mark in in_front):
                yield document

    def _marks(self, mark: str, documents: Sequence[int]) -> Sequence[int]:
        return self._leaf.standing(mark, documents).get(1, [0] * len(documents))

    def begin(self, documents: Sequence[int]) -> list[int]:
        """Return the places where each text of some documents begins but the first, in order."""
        marks = places_of(documents, self._leaf.standing(MARK, documents))
        begins = [place for _, places in marks for place in places]
        for of_document in (self._prose, self._trailers):
            begins += [document * DOCUMENT + of_document[document] for document in documents]
        return sorted(begins)


def _last(bits: int) -> int:
    """Return the last of some bits."""
    return 1 << bits.bit_length() >> 1
