"""A query tree to the terms that find and rank its answers."""

from collections.abc import Iterator
from itertools import pairwise

from kvmsearch.analysis import fold, is_stop_word, tokenize
from kvmsearch.engines.whoosh.schema import TEXT_FIELDS
from kvmsearch.matching import pattern
from kvmsearch.query.tree import And, Fuzzy, Named, Near, Node, Or, Phrase, Prefix, Word, Words
from kvmsearch.ranking import MOST_NEIGHBOURS
from kvmsearch.record import Record

NEIGHBOUR_FIELDS = ("title", "body")


class Pair(Record):
    """Two free words that are neighbours in a query."""

    first: frozenset[str]
    """The terms that end the first word: its last part, and wholes that end with it."""

    second: frozenset[str]
    """The terms that begin the second."""


class Term(Record):
    """What is looked up and ranked as one term."""

    text: str
    field: str | None = None
    """`title`, `body` or `trailer`; None: all of them."""

    prefix: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are looked into."""
        return TEXT_FIELDS if self.field is None else (self.field,)


def significant(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the free words without stop words, unless all are."""
    kept = tuple(
        part
        for part in parts
        if not (
            isinstance(part, Word)
            and part.field is None
            and is_stop_word(part.text.strip(".,;:!?()"))
        )
        and not isinstance(part, Named)
        and not (isinstance(part, Word) and not pattern(part.text).length)
    )
    return kept or parts


def terms_of(node: Node) -> list[Term]:
    """Return the distinct terms of one word, phrase or prefix."""
    match node:
        case Word(text, field) | Phrase(text, field) | Fuzzy(text, field) | Near(text, _, field):
            return [Term(term, field) for term in dict.fromkeys(t.term for t in tokenize(text))]
        case Prefix(text, field):
            joined = "".join(
                fold(text[token.start : token.end]) for token in tokenize(text) if token.width == 1
            )
            stems = [
                Term(token.term, field) for token in tokenize(text) if pattern(text).length == 1
            ]
            # A stem may be shorter than the prefix typed: `populate*` means `populat`, too.
            return [*stems, Term(joined, field, prefix=True)] if joined else []
    return []


def pairs(node: Node) -> Iterator[Pair]:
    """Yield the pairs of neighbouring free words, where a query is short enough for them."""
    match node:
        case Words(parts):
            kept = significant(parts)
            if len(kept) <= MOST_NEIGHBOURS:
                yield from (pair for two in pairwise(parts) if (pair := _pair(two, kept)))
        case And(parts) | Or(parts):
            for part in parts:
                yield from pairs(part)


def _pair(two: tuple[Node, Node], kept: tuple[Node, ...]) -> Pair | None:
    if not all(isinstance(part, Word) and not part.field and part in kept for part in two):
        return None
    first, second = (list(tokenize(part.text)) for part in two if isinstance(part, Word))
    if not first or not second:
        return None
    if not (first and second):
        return None
    length = max(token.position + token.width for token in first)
    return Pair(
        frozenset(token.term for token in first if token.position + token.width == length),
        frozenset(token.term for token in second if token.position == 0),
    )


def ranking_terms(node: Node) -> Iterator[Term]:
    """Yield the terms that rank the answers: all that are asked for, none that is excluded."""
    match node:
        case Words(parts):
            for part in significant(parts):
                yield from ranking_terms(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from ranking_terms(part)
        case Word() | Phrase() | Prefix() | Fuzzy() | Near():
            yield from terms_of(node)
