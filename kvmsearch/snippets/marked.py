"""Where in the texts of a commit stands what a query looks for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from kvmsearch.analysis import Token
from kvmsearch.commit import Commit
from kvmsearch.matching import Span
from kvmsearch.snippets.sift import Tokenize
from kvmsearch.snippets.wanted import Spans, Text, Wanted

Match: TypeAlias = tuple[Span, int]
"""Where something of the query is in a text, and the number of what it is."""

Marked: TypeAlias = tuple[Text, list[Match]]
"""A text, and what matches in it, in order."""

_WITHOUT_KEY = ("title", "body")
"""The texts before the trailers."""


def texts(commit: Commit, tokenize: Tokenize, *, by_tokens: bool) -> list[Text]:
    """Return the title, the prose and the trailers, with their tokens.

    `by_tokens` leaves out those without any.
    """
    parts = commit.parts
    every = [parts.title, parts.prose, *[trailer.value for trailer in parts.trailers]]
    found = tokenize(every)
    if not by_tokens:
        found = {number: found.get(number, {}) for number in range(len(every))}
    return [_text(commit, number, every[number], tokens) for number, tokens in found.items()]


def _text(commit: Commit, number: int, text: str, tokens: Mapping[str, list[Token]]) -> Text:
    if number < len(_WITHOUT_KEY):
        return Text(_WITHOUT_KEY[number], None, text, tokens, commit)
    key = commit.trailers[number - len(_WITHOUT_KEY)].key
    start = f"{key}: "
    moved = {term: [_moved(token, len(start)) for token in some] for term, some in tokens.items()}
    return Text("trailers", key.lower(), start + text, moved, commit)


def _moved(token: Token, by: int) -> Token:
    return Token(token.term, token.start + by, token.end + by, token.position, token.width)


def marked(asked: Iterable[Wanted], looked_into: Sequence[Text]) -> list[Marked]:
    """Return the texts, each with what matches in it."""
    found: list[Marked] = [(text, []) for text in looked_into]
    terms = {term for text in looked_into for term in text.tokens}
    for number, want in enumerate(asked):
        if want.terms and want.terms.isdisjoint(terms):
            continue
        # Where all of a word stands nowhere, its parts count.
        if not _mark(found, want, want.spans, number) and want.parts is not None:
            _mark(found, want, want.parts, number)
    for _, matches in found:
        matches.sort()
    return found


def _mark(found: Iterable[Marked], want: Wanted, spans: Spans, number: int) -> bool:
    """Mark where something stands in the texts that it is asked for in; tell whether it does."""
    stands = False
    for text, matches in found:
        if want.asks(text):
            of_text = [(span, number) for span in spans(text)]
            matches.extend(of_text)
            stands = stands or bool(of_text)
    return stands
