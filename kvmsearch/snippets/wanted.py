"""What a query looks for in a commit."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kvmsearch.analysis import Token, fold, is_stop_word, tokenize
from kvmsearch.commit import Commit
from kvmsearch.matching import Pattern, Span, nearby, occurrences, pattern, similar_to
from kvmsearch.query.regex import compile_regex
from kvmsearch.query.tree import (
    And,
    Fuzzy,
    Named,
    Near,
    Node,
    Or,
    Phrase,
    Prefix,
    Regex,
    Subsystem,
    Trailer,
    Word,
    Words,
)
from kvmsearch.record import Record
from kvmsearch.snippets.sift import Tokenize, looker, sifter

SHORTEST_ID = 7
"""Digits from which on a word of hexadecimal digits may be an abbreviated id."""

_ID = re.compile(rf"[0-9a-f]{{{SHORTEST_ID},64}}")


class Text(NamedTuple):
    """One text of a commit that is looked into.

    A tuple, as it is made quicker than a record, and each hit has a few.
    """

    field: str
    """`title`, `body` or `trailers`."""

    key: str | None
    """The key of a trailer, lower case."""

    text: str
    tokens: Mapping[str, list[Token]]
    """By term those that what is looked for may have to do with."""

    commit: Commit

    def of(self, terms: Iterable[str]) -> list[Token]:
        """Return the tokens of some terms."""
        return [token for term in terms for token in self.tokens.get(term, ())]

    def places(self, terms: Iterable[str]) -> list[Span]:
        """Return where the tokens of some terms are."""
        return [(token.start, token.end) for term in terms for token in self.tokens.get(term, ())]


Spans: TypeAlias = Callable[[Text], Iterable[Span]]


class Wanted(Record):
    """One word or the like of the query."""

    spans: Spans
    """Where it stands in a text."""

    field: str | None = None
    key: str | None = None
    """The key of the trailers that are asked for, lower case."""

    terms: frozenset[str] = frozenset()
    """The terms whose tokens `spans` needs."""

    alike: Callable[[str], bool] | None = None
    """Tells further terms whose tokens it needs."""

    beginnings: frozenset[str] = frozenset()
    """What all of these begin with, where that is known."""

    by_tokens: bool = True
    """Whether it stands nowhere but where such tokens are."""

    measures: bool = False
    """Whether it matters how many positions its tokens are apart."""

    parts: Spans | None = None
    """Where parts of it stand, if they count where all of it stands nowhere."""

    def asks(self, text: Text) -> bool:
        """Whether it is asked for in a text."""
        if self.key is not None:
            return text.key == self.key
        return self.field is None or text.field.startswith(self.field)


def wanted(node: Node) -> Iterator[Wanted]:
    """Yield what a query looks for."""
    match node:
        case Words(parts):
            kept = [part for part in parts if not _is_stop(part)] or parts
            for part in kept:
                yield from _free(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from wanted(part)
        case Subsystem(text):
            yield from (_in_subsystem(pattern(word)) for word in text.split())
        case Named(ids):
            yield from map(_id, ids)
        case _:
            yield from _leaf(node)


def _free(part: Node) -> Iterator[Wanted]:
    """Yield what one of several free words looks for: a part of it may be what was found."""
    if isinstance(part, Word):
        yield _spelled(part.text, part.field, in_parts=True)
    else:
        yield from wanted(part)


def _is_stop(part: Node) -> bool:
    return isinstance(part, Word) and part.field is None and is_stop_word(part.text)


def _leaf(node: Node) -> Iterator[Wanted]:
    match node:
        case Word(text, field) | Phrase(text, field):
            yield _spelled(text, field)
        case Near(text, distance, field):
            yield _near([pattern(word) for word in text.split()], distance, field)
        case Prefix(text, field):
            yield _prefix(text, field)
        case Fuzzy(text, field, distance):
            yield _alike(similar_to(text, distance), field)
        case Regex():
            yield _matching(node)
        case Trailer(key, text):
            yield _spelled(text, "trailer", key=key.lower())
            if _ID.fullmatch(text.lower()):
                yield _id(text.lower(), key=key.lower())


def _spelled(
    text: str, field: str | None, *, key: str | None = None, in_parts: bool = False
) -> Wanted:
    want = pattern(text)

    def spans(text: Text) -> Iterable[Span]:
        alone = want.length == 1
        return text.places(want.terms) if alone else occurrences(want, text.of(want.terms))

    def parts(text: Text) -> Iterable[Span]:
        return text.places(term for term in want.terms if not is_stop_word(term))

    return Wanted(spans, field, key, want.terms, parts=parts if in_parts else None)


def _near(words: list[Pattern], distance: int, field: str | None) -> Wanted:
    terms = frozenset(term for word in words for term in word.terms)
    return Wanted(
        lambda text: nearby(words, distance, text.of(terms)), field, terms=terms, measures=True
    )


def _prefix(text: str, field: str | None) -> Wanted:
    """Return what a prefix looks for: a stem may be shorter than what was typed."""
    parts = (token for token in tokenize(text) if token.width == 1)
    start = "".join(fold(text[part.start : part.end]) for part in parts)
    whole = pattern(text)
    stem = whole.terms if whole.length == 1 else frozenset[str]()
    return _alike(
        lambda term: term in stem or (start != "" and term.startswith(start)),
        field,
        beginnings=stem | {start} if start else stem,
    )


def _alike(
    alike: Callable[[str], bool],
    field: str | None = None,
    *,
    key: str | None = None,
    beginnings: frozenset[str] = frozenset(),
) -> Wanted:
    def spans(text: Text) -> Iterable[Span]:
        return text.places(filter(alike, text.tokens))

    return Wanted(spans, field, key, alike=alike, beginnings=beginnings)


def _id(wanted_id: str, *, key: str | None = None) -> Wanted:
    """Look for an id, and for what abbreviates it or is longer."""

    def alike(term: str) -> bool:
        is_id = _ID.fullmatch(term) is not None
        return is_id and (wanted_id.startswith(term) or term.startswith(wanted_id))

    return _alike(alike, key=key)


def _in_subsystem(word: Pattern) -> Wanted:
    def spans(text: Text) -> Iterator[Span]:
        prefix = text.commit.subsystem
        start = text.text.find(prefix)
        behind = start + len(prefix)
        tokens = text.of(word.terms)
        return occurrences(word, (t for t in tokens if start <= t.start and t.end <= behind))

    return Wanted(spans, "title", terms=word.terms)


def _matching(node: Regex) -> Wanted:
    """Look for the first match of a regular expression.

    The search for it is the one that found the commit and takes as long; one for another
    match could take for ever.
    """
    search = lru_cache(1)(compile_regex(node.pattern, ignore_case=node.ignore_case).search)

    def spans(text: Text) -> Iterator[Span]:
        message = text.commit.message
        found = search(message)
        at = _offset(text, message, found.start()) if found else -1
        if found and at >= 0 and at <= found.start() < found.end() <= at + len(text.text):
            yield found.start() - at, found.end() - at

    return Wanted(spans, by_tokens=False)


def _offset(text: Text, message: str, match: int) -> int:
    """Return where a text stands in a message, of a trailer that of the match; -1: not as it is."""
    if text.key is None:
        return message.find(text.text)
    line = message.rfind("\n", 0, match) + 1
    return line if message.startswith(text.text, line) else -1


def tokenizer(asked: Sequence[Wanted]) -> Tokenize:
    """Return what finds those tokens of texts that what is looked for may have to do with."""
    terms = frozenset(term for want in asked for term in want.terms)
    alike = [want.alike for want in asked if want.alike]

    def either(term: str) -> bool:
        return term in terms or any(like(term) for like in alike)

    keep = either if alike else terms.__contains__
    if any(want.measures or (want.alike and not want.beginnings) for want in asked):
        return looker(keep)
    return sifter(keep, terms.union(*(want.beginnings for want in asked)))
