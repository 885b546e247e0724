"""The few tokens of a text that matter, without a look at all the others.

Most hits have a handful of words of the query in a long message. To find where a word may
begin takes a tenth of the time that cutting the whole text into tokens takes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache

from kvmsearch.analysis import Token, sieve, tokenize

Tokenize = Callable[[str], Iterator[Token]]

_MOST_LETTERS = 5
"""Letters that the words looked for begin with, from which on all words of a text are looked at."""

_BEGINNING = 4
_ENDINGS = "eiy"
"""Letters at the end of a stem that the words it is of need not have: `die` is of `dying`."""

_LONGEST_KEPT = 256
_MOST_KEPT = 4096
"""Code points of a chunk whose tokens are kept, and how many chunks: other hits have them, too."""

_BETWEEN = r"[-_./:>@]*+"
"""What may stand between two letters of a run."""

_LETTER = re.compile(r"[^\W_]")


def sifter(keep: Callable[[str], bool], beginnings: AbstractSet[str]) -> Tokenize:
    """Return what yields the tokens of the terms to keep in a text; all begin in one of some ways.

    Positions tell which of them are side by side, but not how far the others are apart.
    """
    every = sieve(keep)
    if not 0 < len({beginning[0] for beginning in beginnings}) <= _MOST_LETTERS:
        return every
    begins = _any_of(beginnings)
    chunks = _Chunks(keep)

    def sift(text: str) -> Iterator[Token]:
        # Letters with accents, and others that are not as they look, may fold to any term.
        return _sift(text, chunks, begins) if text.isascii() else every(text)

    return sift


def _any_of(beginnings: Iterable[str]) -> re.Pattern[str]:
    """Return the expression of a chunk, from where a term may begin in it.

    All letters that one may begin with come first, as one set: that is what is searched for, and
    more is asked only where one is.
    """
    found = [_begin(term) for term in beginnings]
    firsts = "".join(sorted({_in_cases(first) for first, _ in found}))
    ways = sorted(f"(?<=[{_in_cases(first)}]){rest}" for first, rest in found)
    return re.compile(rf"[{firsts}](?:{'|'.join(ways)})\S*+")


def _begin(term: str) -> tuple[str, str]:
    """Return the letter that a part begins with whose term, or that of a whole, begins so.

    And the expression of what is behind it.
    """
    is_stem = term.isascii() and term.isalpha()
    beginning = (term.rstrip(_ENDINGS) or term[0] if is_stem else term)[:_BEGINNING]
    first = beginning[0]
    # A lower-case letter that follows another begins no part; a capital may.
    inside = rf"(?<![^\W_]{first})" if first.isalpha() and first.isascii() else ""
    return first, inside + "".join(f"{_BETWEEN}[{_in_cases(one)}]" for one in beginning[1:])


def _in_cases(letter: str) -> str:
    return re.escape(letter + letter.upper() if letter.isascii() else letter)


class _Chunks(dict[str, tuple[int, tuple[Token, ...]]]):
    """By what stands between white space: how many parts it has, and the tokens to keep of it."""

    def __init__(self, keep: Callable[[str], bool]) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, chunk: str) -> tuple[int, tuple[Token, ...]]:
        is_short = len(chunk) <= _LONGEST_KEPT
        width, tokens = _cut(chunk) if is_short else _cut.__wrapped__(chunk)
        found = width, tuple([token for token in tokens if self._keep(token.term)])
        if is_short and len(self) < _MOST_KEPT:
            self[chunk] = found
        return found


@lru_cache(_MOST_KEPT)
def _cut(chunk: str) -> tuple[int, tuple[Token, ...]]:
    """Return how many parts a chunk has, and all tokens of it."""
    tokens = tuple(tokenize(chunk))
    return max((token.position + token.width for token in tokens), default=0), tokens


def _sift(text: str, chunks: _Chunks, begins: re.Pattern[str]) -> Iterator[Token]:
    position = end = 0
    for match in begins.finditer(text):
        start, stop = match.span()
        while start > end and not text[start - 1].isspace():
            start -= 1
        # One more for all between is as good as their number: neither is side by side.
        position += _LETTER.search(text, end, start) is not None
        width, tokens = chunks[text[start:stop]]
        for term, first, behind, at, parts in tokens:
            yield Token(term, start + first, start + behind, position + at, parts)
        position, end = position + width, stop
