"""The few tokens of a text that matter, without a look at all the others.

Most hits have a handful of words of the query in a long message. To find where a word may
begin takes a tenth of the time that cutting the whole text into tokens takes.
"""

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from kvmsearch.analysis import Token, sieve, tokenize

Tokenize = Callable[[str], Iterator[Token]]

_MOST_LETTERS = 3
"""Letters that the words looked for begin with, from which on all words of a text are looked at."""

_BEGINNING = 4
_ENDING = 2
"""Letters at the end of a stem that the words it is of need not have: `sky` is of `skies`."""

_BETWEEN = r"[-_./:>@]*+"
"""What may stand between two letters of a run."""

_LETTER = re.compile(r"[^\W_]")
_SPACE = re.compile(r"\s")


def sifter(terms: AbstractSet[str]) -> Tokenize:
    """Return what yields the tokens of some terms in a text.

    Positions tell which of them are side by side, but not how far the others are apart.
    """
    every = sieve(terms.__contains__)
    if not 0 < len({term[0] for term in terms}) <= _MOST_LETTERS:
        return every
    begins = re.compile("|".join(sorted(map(_begins, terms))))

    def sift(text: str) -> Iterator[Token]:
        # Letters with accents, and others that are not as they look, may fold to any term.
        return _sift(text, terms, begins) if text.isascii() else every(text)

    return sift


def _begins(term: str) -> str:
    """Return the expression of where a part may begin that a term is of, or begins with."""
    is_stem = term.isascii() and term.isalpha()
    beginning = (term[:-_ENDING] or term[0] if is_stem else term)[:_BEGINNING]
    first = beginning[0]
    begin = re.escape(first)
    if first.isalpha() and first.isascii():
        # A lower-case letter that follows another begins no part; a capital may.
        begin = rf"(?:{first}(?<![^\W_]{first})|{first.upper()})"
    return begin + "".join(_BETWEEN + f"[{re.escape(one + one.upper())}]" for one in beginning[1:])


def _sift(text: str, terms: AbstractSet[str], begins: re.Pattern[str]) -> Iterator[Token]:
    position = end = 0
    for match in begins.finditer(text):
        if match.start() < end:
            continue
        start, stop = _chunk(text, match.start(), end)
        # One more for all between is as good as their number: neither is side by side.
        position += _LETTER.search(text, end, start) is not None
        width = 0
        for token in tokenize(text[start:stop]):
            width = max(width, token.position + token.width)
            if token.term in terms:
                yield Token(
                    token.term,
                    start + token.start,
                    start + token.end,
                    position + token.position,
                    token.width,
                )
        position, end = position + width, stop


def _chunk(text: str, at: int, after: int) -> tuple[int, int]:
    """Return the half-open range of what stands around an offset between white space."""
    start = at
    while start > after and not text[start - 1].isspace():
        start -= 1
    behind = _SPACE.search(text, at)
    return start, behind.start() if behind else len(text)
