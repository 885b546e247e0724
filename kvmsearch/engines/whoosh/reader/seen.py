"""Where a term stands in the documents of a segment that were asked about so far."""

from collections.abc import Callable, Sequence
from itertools import repeat

from kvmsearch.engines.whoosh.reader.values import Stands

_LISTED = 100
"""Bytes of a document in a dictionary."""


class Seen:
    """Where a term stands in some documents.

    A search asks about the documents that have all of its words, and so does the next one, in
    which a word was changed or a filter added.
    """

    def __init__(self) -> None:
        self.stands: Stands = {1: {}}
        """Where; a document in which it does not stand has no position."""

        self.size = 0
        """The bytes that it takes, about."""

    def missing(self, documents: Sequence[int]) -> list[int]:
        """Return those of some documents that were not asked about yet."""
        known = self.stands[1]
        return [document for document in documents if document not in known]

    def add(self, documents: Sequence[int], look: Callable[[Stands, Sequence[int]], None]) -> None:
        """Add some documents by what looks up where the term stands in them."""
        known = self.stands[1]
        known.update(zip(documents, repeat(0), strict=False))
        look(self.stands, documents)
        positions = sum(map(int.bit_length, map(known.__getitem__, documents)))
        self.size += _LISTED * len(documents) + (positions >> 3)
