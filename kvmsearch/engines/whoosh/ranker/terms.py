"""A query tree to the units that find and rank its answers."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from kvmsearch.analysis import fold, is_code, is_stop_word, tokenize
from kvmsearch.matching import LONG, pattern, slips
from kvmsearch.query.tree import (
    And,
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    On,
    Or,
    Phrase,
    Prefix,
    Word,
    Words,
)
from kvmsearch.ranking import MOST_NEIGHBOURS, SHORT, emphasis
from kvmsearch.record import Record

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf

SHORTEST_ID = 7
"""Digits of an abbreviated id, git's own least."""

LONGEST_ID = 64

_HEX = frozenset("0123456789abcdef")

_WORDS_KEPT = 1024
"""Words whose terms are kept: each is asked about ten times while its query is answered."""


class Unit(NamedTuple):
    """What is looked up and ranked as one term: a term, or several of which the greatest counts."""

    text: str
    """The term, or what it begins with or is like."""

    kind: Literal["term", "prefix", "fuzzy", "id"] = "term"
    also: tuple[str, ...] = ()
    """Terms that count besides."""

    distance: int = 0
    """Of a fuzzy one: the slips that are forgiven."""


class Pair(NamedTuple):
    """Two free words that are neighbours in a query."""

    first: tuple[Unit, ...]
    """The terms that end the first word: its last part, and wholes that end with it."""

    second: tuple[Unit, ...]
    """The terms that begin the second."""


def significant(parts: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the free words without stop words, unless all are; what is named is no word."""
    words = tuple(part for part in parts if not isinstance(part, Named))
    return tuple(part for part in words if not _says_nothing(part)) or words


def _says_nothing(part: Node) -> bool:
    if not isinstance(part, Word):
        return False
    is_stop = part.field is None and is_stop_word(part.text.strip(".,;:!?()"))
    return is_stop or not pattern(part.text).length


def units_of(node: Node) -> list[Unit]:
    """Return the distinct units of one word, phrase or the like."""
    match node:
        case Word(text):
            return list(_of_word(text))
        case Phrase(text) | Near(text):
            return [Unit(term) for term in dict.fromkeys(token.term for token in tokenize(text))]
        case Prefix(text):
            return _of_prefix(text)
        case Fuzzy(text, _, distance):
            return _of_fuzzy(text, distance)
    return []


@lru_cache(_WORDS_KEPT)
def _of_word(text: str) -> tuple[Unit, ...]:
    wanted = pattern(text)
    term = wanted.whole if wanted.length == 1 else None
    if term and is_id(term):
        return (Unit(term, "id"),)
    return tuple([Unit(term) for term in dict.fromkeys(token.term for token in tokenize(text))])


def is_id(term: str) -> bool:
    """Tell whether a term may be an abbreviated id; one without a decimal digit is a word."""
    return (
        SHORTEST_ID <= len(term) <= LONGEST_ID
        and _HEX.issuperset(term)
        and any(map(str.isdecimal, term))
    )


def _of_prefix(text: str) -> list[Unit]:
    tokens = list(tokenize(text))
    joined = "".join(fold(text[token.start : token.end]) for token in tokens if token.width == 1)
    # A stem may be shorter than the prefix typed: `populate*` means `populat`, too.
    stems = tuple(token.term for token in tokens) if len(tokens) == 1 else ()
    return [Unit(joined, "prefix", stems)] if joined else []


def _of_fuzzy(text: str, distance: int) -> list[Unit]:
    whole = pattern(text).whole
    if not whole:
        return []
    return [Unit(whole, "fuzzy", (), distance if len(whole) >= LONG else min(distance, 1))]


def _entries(leaf: "Leaf", field: str, term: str) -> Iterable[str]:
    """Return the entries of a term in the dictionary of a field: of a trailer's by key."""
    return leaf.expand(field, f"{term}:") if field == "trailer" else (term,)


def expanded(leaf: "Leaf", field: str, unit: Unit) -> Iterable[str]:
    """Return the entries of a unit in the dictionary of a field."""
    others = [entry for term in unit.also for entry in _entries(leaf, field, term)]
    match unit.kind:
        case "term":
            return _entries(leaf, field, unit.text)
        case "prefix":
            return dict.fromkeys([*leaf.expand(field, unit.text), *others])
        case "fuzzy":
            return _alike(leaf.expand(field, unit.text[0]), unit)
    shorter = (unit.text[:length] for length in range(SHORTEST_ID, len(unit.text)))
    entries = (entry for term in shorter for entry in _entries(leaf, field, term))
    return [*leaf.expand(field, unit.text), *entries]


def _alike(entries: Iterable[str], unit: Unit) -> Iterator[str]:
    for entry in entries:
        if slips(unit.text, entry.partition(":")[0], unit.distance):
            yield entry


class Asked(Record):
    """What ranks answers: all that is asked for, nothing that is excluded."""

    emphases: dict[Unit, float]
    """The distinct units, and how much each counts."""

    single: frozenset[Unit]
    """Those that stand in the query as one part."""

    words: int
    """Words, phrases and the like."""

    @property
    def is_short(self) -> bool:
        """Whether it is of so few words that an answer should have all."""
        return self.words <= SHORT


def asked(node: Node) -> Asked:
    """Return what ranks the answers of a query."""
    emphases: dict[Unit, float] = {}
    single: set[Unit] = set()
    words = position = 0
    for one in _ranking(node):
        said = _said(one)
        units = units_of(one)
        for unit in units:
            at, width = said.places.get(unit.text, (0, 1))
            counts = emphasis(position + at, width, is_code=said.is_code)
            emphases[unit] = max(emphases.get(unit, 0.0), counts)
        single.update(unit for unit in units if unit.kind != "term" or unit.text in said.single)
        words += bool(units)
        position += said.length
    return Asked(emphases, frozenset(single), words)


def _ranking(node: Node) -> Iterator[Node]:
    match node:
        case Words(parts):
            for part in significant(parts):
                yield from _ranking(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _ranking(part)
        case Word() | Phrase() | Near() | Prefix() | Fuzzy():
            yield node


class _Said(Record):
    """The terms of a word or phrase."""

    places: dict[str, tuple[int, int]]
    """Where each begins and how wide it is; of one that is there twice, what counts more."""

    single: frozenset[str]
    """Those that are one part."""

    length: int
    """All its parts."""

    is_code: bool = False
    """Whether it is a word that looks like code."""


def _said(node: Node) -> _Said:
    if isinstance(node, Prefix | Fuzzy):
        return _Said({}, frozenset(), 1)
    places: dict[str, tuple[int, int]] = {}
    tokens = list(tokenize(getattr(node, "text", "")))
    for token in tokens:
        place = token.position, token.width
        known = places.get(token.term)
        if known is None or emphasis(*place) > emphasis(*known):
            places[token.term] = place
    single = frozenset(token.term for token in tokens if token.width == 1)
    length = max((token.position + token.width for token in tokens), default=0)
    return _Said(places, single, length, isinstance(node, Word) and is_code(node.text))


def ranking_pairs(node: Node) -> list[Pair]:
    """Return the distinct pairs of neighbouring free words, in a query short enough for them."""
    return list(dict.fromkeys(_pairs(node)))


def _pairs(node: Node) -> Iterator[Pair]:
    match node:
        case Words(parts):
            kept = significant(parts)
            words = [part for part in parts if not isinstance(part, Named)]
            if len(kept) <= MOST_NEIGHBOURS:
                yield from (pair for two in pairwise(words) if (pair := _pair(two, kept)))
        case And(parts) | Or(parts):
            for part in parts:
                yield from _pairs(part)


def _pair(two: tuple[Node, Node], kept: tuple[Node, ...]) -> Pair | None:
    if not all(isinstance(part, Word) and not part.field and part in kept for part in two):
        return None
    first, second = (_at_ends(part.text) for part in two if isinstance(part, Word))
    return Pair(first[1], second[0]) if first[1] and second[0] else None


@lru_cache(_WORDS_KEPT)
def _at_ends(text: str) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the units that begin a word, and those that end it."""
    tokens = list(tokenize(text))
    length = max((token.position + token.width for token in tokens), default=0)
    units = {unit.text: unit for unit in _of_word(text)}
    begin = dict.fromkeys(token.term for token in tokens if token.position == 0)
    end = dict.fromkeys(token.term for token in tokens if token.position + token.width == length)
    return tuple(units[term] for term in begin), tuple(units[term] for term in end)


def asks_branch(node: Node) -> bool:
    """Tell whether all answers are on a branch that the query asks for."""
    return isinstance(node, On) or (isinstance(node, And) and any(map(asks_branch, node.parts)))


def named_in(node: Node, *, excluded: bool = False) -> list[Named]:
    """Return what a query names outright; with what is excluded by a Not, if so asked."""
    match node:
        case Words(parts):
            return [part for part in parts if isinstance(part, Named)]
        case And(parts) | Or(parts):
            return [named for part in parts for named in named_in(part, excluded=excluded)]
        case Not(part) if excluded:
            return named_in(part, excluded=True)
    return []
