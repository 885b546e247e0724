"""What the parts of a query are, and what each costs: the same in every segment."""

from collections.abc import Sequence
from typing import NamedTuple

from kvmsearch.engines.whoosh.ranker.terms import Unit, significant, units_of
from kvmsearch.matching import pattern
from kvmsearch.query.tree import (
    And,
    Dated,
    Named,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Regex,
    Trailer,
    Word,
    Words,
)


class Part(NamedTuple):
    """A free word, phrase or the like."""

    node: Node
    units: Sequence[Unit]
    cost: int


class Plan:
    """The parts of the words of a query, worked out once for all segments."""

    def __init__(self) -> None:
        self._parts: dict[int, Sequence[Part]] = {}
        """By the identity of a node: to compare nodes takes longer than all else here."""

    def parts(self, words: Words) -> Sequence[Part]:
        """Return the parts of some words of the query that are looked for."""
        found = self._parts.get(id(words))
        if found is None:
            found = [Part(one, units_of(one), cost(one)) for one in significant(words.parts)]
            self._parts[id(words)] = found
        return found


def cost(node: Node) -> int:
    """Order the parts of a query: those looked up, those looked at, those read."""
    match node:
        case Word(text):
            return 1 if pattern(text).length > 1 else 0
        case Phrase() | Near() | Trailer() | Named():
            return 1
        case Dated():
            return 2
        case Regex():
            return 3
        case Not(part):
            return cost(part)
        case Words(parts) | And(parts) | Or(parts):
            return max(map(cost, parts), default=0)
    return 0
