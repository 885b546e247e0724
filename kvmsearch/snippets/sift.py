"""The few tokens of a text that matter, without a look at all the others.

Most hits have a handful of words of the query in a long message. To find where a word may
begin takes a tenth of the time that cutting the whole text into tokens takes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TypeAlias

from kvmsearch.analysis import Token, sieve, tokenize

Found: TypeAlias = dict[int, dict[str, list[Token]]]
"""By number of a text that has any, and by term: the tokens that matter, in order."""

Tokenize: TypeAlias = Callable[[Sequence[str]], Found]

_MOST_LETTERS = 5
"""Letters that the words looked for begin with, from which on all words of a text are looked at."""

_BEGINNING = 4
_ENDINGS = "eiy"
"""Letters at the end of a stem that the words it is of need not have: `die` is of `dying`."""

_LONGEST_KEPT = 256
_MOST_KEPT = 4096
"""Code points of a chunk whose tokens are kept, and how many chunks: other hits have them, too."""

_BETWEEN = b"-_./:>@"
"""What may stand between two letters of a run."""

_ALNUM = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_IN_RUNS = _ALNUM.union(_BETWEEN, b"?")
_CHUNKS = bytes([one if one in _IN_RUNS else 32 for one in bytes(range(256)).lower()])
"""Makes a text lower case, and a space of what is in no run; ? stands for all beyond ASCII."""

_LETTER = re.compile(r"[^\W_]")
_FOREIGN = re.compile(r"[^\x00-\x7f]++")


def looker(keep: Callable[[str], bool]) -> Tokenize:
    """Return what looks at every token of texts and finds those of the terms to keep."""
    kept = sieve(keep)

    def look(texts: Sequence[str]) -> Found:
        by_text = {number: _by_term(kept(text)) for number, text in enumerate(texts)}
        return {number: found for number, found in by_text.items() if found}

    return look


def _by_term(tokens: Iterable[Token]) -> dict[str, list[Token]]:
    found: dict[str, list[Token]] = {}
    for token in tokens:
        found.setdefault(token.term, []).append(token)
    return found


def sifter(keep: Callable[[str], bool], beginnings: AbstractSet[str]) -> Tokenize:
    """Return what finds the tokens of the terms to keep in texts; all begin in one of some ways.

    Positions tell which of them are side by side, but not how far the others are apart.
    """
    every = looker(keep)
    if not 0 < len({beginning[0] for beginning in beginnings}) <= _MOST_LETTERS:
        return every
    begins = {_begin(beginning) for beginning in beginnings if beginning.isascii()}
    chunks = _Chunks(keep)

    def sift(texts: Sequence[str]) -> Found:
        whole = "\n".join(texts)
        plain = whole.encode("ascii", "replace")
        lower = plain.translate(_CHUNKS)
        joined = plain.translate(_CHUNKS, _BETWEEN)
        places: list[int] = []
        for beginning in begins:
            often = joined.count(beginning)
            if often:
                if often != lower.count(beginning):
                    # Somewhere it begins with its letters apart: `de-adlock`.
                    return every(texts)
                places += _places(beginning, plain, lower)
        if not whole.isascii():
            # Letters with accents, and others that are not as they look, may fold to any term.
            places += [match.start() for match in _FOREIGN.finditer(whole)]
        return _tokens(texts, whole, lower, sorted(places), chunks) if places else {}

    return sift


def _begin(term: str) -> bytes:
    """Return what a part begins with whose term, or that of a whole, begins so."""
    beginning = term.rstrip(_ENDINGS) or term[0] if term.isalpha() else term
    return beginning[:_BEGINNING].encode()


def _places(beginning: bytes, plain: bytes, lower: bytes) -> list[int]:
    """Return where a part may begin so: a lower-case letter that follows another begins none."""
    places = []
    at = lower.find(beginning)
    while at >= 0:
        if at == 0 or lower[at - 1] not in _ALNUM or plain[at] != lower[at]:
            places.append(at)
        at = lower.find(beginning, at + 1)
    return places


def _tokens(
    texts: Sequence[str], whole: str, lower: bytes, places: Iterable[int], chunks: "_Chunks"
) -> Found:
    """Return the tokens to keep of the chunks that some places are in."""
    found: Found = {}
    number = -1
    begin = behind = position = end = 0
    for place in places:
        if place < end:
            continue
        while place >= behind:
            number += 1
            begin, behind = behind, behind + len(texts[number]) + 1
        start = lower.rfind(b" ", end, place) + 1 or end
        stop = lower.find(b" ", place)
        stop = len(lower) if stop < 0 else stop
        # One more for all between is as good as their number: neither is side by side.
        position += _LETTER.search(whole, end, start) is not None
        width, tokens = chunks[whole[start:stop]]
        if tokens:
            offset = start - begin
            by_term = found.setdefault(number, {})
            for term, first, last, at, parts in tokens:
                moved = Token(term, offset + first, offset + last, position + at, parts)
                by_term.setdefault(term, []).append(moved)
        position, end = position + width, stop
    return found


class _Chunks(dict[str, tuple[int, tuple[Token, ...]]]):
    """By chunk of a text: how many parts it has, and the tokens to keep of it."""

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
