"""The commits that a query names outright: by id, subject or link."""

from collections.abc import Mapping, Sequence
from functools import partial

from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.phrases import having_parts, with_phrase
from kvmsearch.engines.whoosh.ranker.terms import Unit, named_in
from kvmsearch.engines.whoosh.ranker.texts import TITLE
from kvmsearch.matching import pattern
from kvmsearch.query.tree import Named, Node

MOST_ALIKE = 200
"""Commits with all words of a subject up to which it names one; more have them by chance."""

Names = Mapping[Named, Sequence[int]]
"""By what is named: the documents, as bits by segment."""


def find_named(readings: Sequence[Reading], query: Node) -> Names:
    """Return the live documents that a query names."""
    return {node: _find(readings, node) for node in named_in(query, excluded=True)}


def _find(readings: Sequence[Reading], node: Named) -> list[int]:
    titled = _titled(readings, node.title) if node.title else [0] * len(readings)
    return [
        reading.leaf.live & (_by_id(reading, node) | _with_title(reading, node, bits))
        for reading, bits in zip(readings, titled, strict=True)
    ]


def _by_id(reading: Reading, node: Named) -> int:
    found = (document for prefix in node.ids for _, document in reading.leaf.ids(prefix))
    bits = bits_of(found, reading.leaf.count)
    return bits | reading.having("link", (f"link:{node.link}",)) if node.link else bits


def _titled(readings: Sequence[Reading], title: str) -> list[int]:
    """Return the documents that have all words of a title, or none where too many have."""
    wanted = pattern(title)
    found = [
        reading.leaf.live & having_parts(wanted, partial(_having, reading)) for reading in readings
    ]
    return found if sum(map(int.bit_count, found)) <= MOST_ALIKE else [0] * len(readings)


def _having(reading: Reading, term: str) -> int:
    return reading.bits(Unit(term))


def _with_title(reading: Reading, node: Named, within: int) -> int:
    """Return the documents whose title has the words side by side, and is them."""
    if not within:
        return 0
    wanted = pattern(node.title)
    titled = having_parts(wanted, partial(_having_in_title, reading, members(within)))
    found = members(with_phrase(reading, wanted, TITLE, titled)) if titled else ()
    named = (one for one in found if node.has_title(reading.leaf.commit(one)))
    return bits_of(named, reading.leaf.count)


def _having_in_title(reading: Reading, documents: Sequence[int], term: str) -> int:
    """Return which of a few documents have a term in their title."""
    return bits_of(reading.leaf.among(TITLE, term, documents), reading.leaf.count)
