"""Where a term stands in all documents of a segment, to be looked up quickly again and again."""

from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from sys import getsizeof

from kvmsearch.engines.whoosh.reader.values import Standing, Stands

_DISTINCT = 8
"""Bytes of each different number, but for the number itself."""


class Everywhere:
    """Where a term stands in all documents.

    Most documents have it at the same few positions as others: so they are numbered, and there
    is a lane with the number of each document.
    """

    def __init__(self, stands: Stands, count: int) -> None:
        self._lanes = {width: _numbered(found, count) for width, found in stands.items()}
        self.size = sum(
            [
                lane.itemsize * count + _DISTINCT * len(distinct) + sum(map(getsizeof, distinct))
                for lane, distinct in self._lanes.values()
            ]
        )
        """The bytes that it takes, about."""

    def among(self, documents: Sequence[int]) -> Standing:
        """Return where the term stands in some documents."""
        if len(documents) < 2:
            return {
                width: [distinct[lane[document]] for document in documents]
                for width, (lane, distinct) in self._lanes.items()
            }
        numbers_of = itemgetter(*documents)
        return {
            width: list(map(distinct.__getitem__, numbers_of(lane)))
            for width, (lane, distinct) in self._lanes.items()
        }


def _numbered(found: Mapping[int, int], count: int) -> tuple["array[int]", Sequence[int]]:
    """Return by document the number of its positions, and by number these; 0 is none."""
    numbers = {0: 0}
    code = "H" if len(found) < 1 << 16 else "I"
    lane = array(code, bytes(array(code).itemsize * count))
    for document, bits in found.items():
        lane[document] = numbers.setdefault(bits, len(numbers))
    return lane, tuple(numbers)
