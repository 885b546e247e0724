"""The few tokens of a text that matter, without a look at all the others.

Most hits have a handful of words of the query in a long message. To find where a word may
begin takes a tenth of the time that cutting the whole text into tokens takes.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from kvmsearch.analysis import Token, sieve, tokenize
from kvmsearch.kept import Kept

Found: TypeAlias = dict[int, dict[str, list[Token]]]
"""By number of a text that has any, and by term: the tokens that matter, in order."""

Tokenize: TypeAlias = Callable[[Sequence[str]], Found]

_MOST_LETTERS = 5
"""Letters that the words looked for begin with, from which on all words of a text are looked at."""

_BEGINNING = 4
_ENDINGS = ("ie", "e", "i", "y")
"""Ends of a stem that the words it is of need not have: `die` is of `dying`, `hope` of `hoping`."""

_BETWEEN = b"-_./:>@"
"""What may stand between two letters of a run."""

_ALNUM = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_IN_RUNS = _ALNUM.union(_BETWEEN, b"?")
_TO_CHUNKS = bytes([one if one in _IN_RUNS else 32 for one in bytes(range(256)).lower()])
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

    def sift(texts: Sequence[str]) -> Found:
        whole = "\n".join(texts)
        plain = whole.encode("ascii", "replace")
        lower = plain.translate(_TO_CHUNKS) + b" "
        joined = plain.translate(_TO_CHUNKS, _BETWEEN)
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
        return _tokens(texts, whole, lower, sorted(places), keep) if places else {}

    return sift


def _begin(term: str) -> bytes:
    """Return what a part begins with whose term, or that of a whole, begins so."""
    ending = next(filter(term.endswith, _ENDINGS), "") if term.isalpha() else ""
    beginning = term.removesuffix(ending) or term[0]
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
    texts: Sequence[str],
    whole: str,
    lower: bytes,
    places: Iterable[int],
    keep: Callable[[str], bool],
) -> Found:
    """Return the tokens to keep of the chunks that some places are in."""
    found: Found = {}
    number, begin, behind = -1, 0, 0
    position = end = last = 0
    for place in places:
        if place < end:
            continue
        start = lower.rfind(b" ", 0, place) + 1
        end = lower.find(b" ", place)
        width, tokens = _CHUNKS[whole[start:end]]
        kept = [token for token in tokens if keep(token[0])]
        if not kept:
            continue
        while start >= behind:
            number += 1
            begin, behind = behind, behind + len(texts[number]) + 1
        # One more for all between is as good as their number: neither is side by side.
        position += _LETTER.search(whole, last, start) is not None
        offset = start - begin
        by_term = found.setdefault(number, {})
        for term, first, stop, at, parts in kept:
            moved = Token(term, offset + first, offset + stop, position + at, parts)
            by_term.setdefault(term, []).append(moved)
        position, last = position + width, end
    return found


def _cut(chunk: str) -> tuple[int, list[Token]]:
    """Return how many parts a chunk has, and all tokens of it."""
    tokens = list(tokenize(chunk))
    return max((token.position + token.width for token in tokens), default=0), tokens


_CHUNKS = Kept(_cut)
