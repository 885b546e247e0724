"""Where words and phrases match in a text, under the equivalence of spellings; pure.

A pattern and a text are both chains of parts, bridged here and there by wholes (see
analysis). The pattern matches where one path through it and one path through the text
spell the same terms: `AB-BA deadlock` meets `ABBA deadlock` either way round.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from kvmsearch.analysis import Token, tokenize
from kvmsearch.record import Record

_LOOSE = range(1, 8)
"""How wide, in parts, a whole of the text is taken to be where only its position is known."""

Span = tuple[int, int]
"""Half-open offsets in code points of a text."""


class Pattern(Record):
    """A word or phrase as the analyzer sees it."""

    edges: Mapping[int, tuple[tuple[str, int], ...]]
    """By part: the (term, next part) that lead on from it."""

    length: int
    """Number of parts; 0: nothing to match."""

    terms: frozenset[str]

    @property
    def parts(self) -> tuple[str, ...]:
        """The terms of the parts alone, in order."""
        return tuple(
            next(term for term, end in reversed(self.edges[at]) if end == at + 1)
            for at in range(self.length)
        )

    @property
    def whole(self) -> str | None:
        """The one term that spells all of it, if there is one."""
        return next((term for term, end in self.edges.get(0, ()) if end == self.length), None)


@lru_cache(maxsize=10_000)
def pattern(text: str) -> Pattern:
    """Analyze a word or phrase as typed."""
    edges = defaultdict(list)
    length = 0
    for token in tokenize(text):
        edges[token.position].append((token.term, token.position + token.width))
        length = max(length, token.position + token.width)
    terms = frozenset(term for ways in edges.values() for term, _ in ways)
    return Pattern({at: tuple(ways) for at, ways in edges.items()}, length, terms)


def occurrences(wanted: Pattern, tokens: Iterable[Token]) -> Iterator[Span]:
    """Yield where a pattern matches, in order of the text; spans may overlap."""
    return (span for _, _, span in _places(wanted, tokens))


_Place = tuple[int, int, Span]
"""Where a pattern matches: the positions of its first and of its last part, and the span."""


def _places(wanted: Pattern, tokens: Iterable[Token]) -> Iterator[_Place]:
    if not wanted.length:
        return
    kept = [token for token in tokens if token.term in wanted.terms]
    at: dict[int, list[Token]] = defaultdict(list)
    for token in kept:
        at[token.position].append(token)
    first = {term for term, _ in wanted.edges[0]}
    only = {term for term, then in wanted.edges[0] if then == wanted.length}
    # Most words of a phrase stand alone: nothing goes on from them.
    begun = {
        token.position
        for token in kept
        if token.term in first and (token.term in only or token.position + token.width in at)
    }
    for position in sorted(begun):
        found = _walk(wanted, 0, at, position)
        if found:
            end, last = found
            yield position, last, (min(token.start for token in at[position]), end)


def _walk(
    wanted: Pattern, part: int, at: Mapping[int, list[Token]], position: int
) -> tuple[int, int] | None:
    """Return where the longest way on from here ends: behind which offset, at which position.

    Depth-first, without recursion.
    """
    best: tuple[int, int] | None = None
    seen = {(part, position)}
    stack = [(part, position)]
    while stack:
        part, position = stack.pop()
        for token in at.get(position, ()):
            for term, then in wanted.edges.get(part, ()):
                if term != token.term:
                    continue
                step = (then, position + token.width)
                if then == wanted.length:
                    best = max(best or (0, 0), (token.end, step[1] - 1))
                elif step not in seen:
                    seen.add(step)
                    stack.append(step)
    return best


LONG = 8
"""Letters of a word from which on two slips of the keyboard are forgiven, where that is asked."""


def similar_to(text: str, distance: int) -> Callable[[str], bool]:
    """Return what tells whether a term is the word typed, slips of the keyboard aside.

    Stems are compared, of an identifier its whole. The first letters are the same.
    """
    wanted = pattern(text).whole or ""
    most = distance if len(wanted) >= LONG else min(distance, 1)
    return lambda term: wanted[:1] == term[:1] != "" and slips(wanted, term, most)


def slips(one: str, other: str, most: int) -> bool:
    """Tell whether two words differ by at most so many slips of the keyboard.

    A slip is a letter added, left out or exchanged, or two neighbours swapped.
    """
    if abs(len(one) - len(other)) > most:
        return False
    start = _common(one, other)
    one, other = one[start:], other[start:]
    end = _common(one[::-1], other[::-1])
    return _distance(one[: len(one) - end], other[: len(other) - end]) <= most


def _common(one: str, other: str) -> int:
    """Return how many letters two words have in common at their beginning."""
    letters = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in letters if left != right), min(len(one), len(other)))


def _distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        row = [at]
        for to, against in enumerate(other, 1):
            cost = min(above[to] + 1, row[-1] + 1, above[to - 1] + (letter != against))
            if at > 1 < to and letter == other[to - 2] and one[at - 2] == against:
                cost = min(cost, before[to - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def reach(words: Iterable[Pattern], distance: int) -> int:
    """Return how many positions the last of words near each other may stand behind the first.

    That is the distance asked for, but never less than the words take side by side.
    """
    return max(distance, sum(word.length for word in words) - 1)


def nearby(words: Sequence[Pattern], distance: int, tokens: Iterable[Token]) -> Iterator[Span]:
    """Yield where words stand that are all near each other, in any order."""
    kept = list(tokens)
    places = sorted(
        (place, number) for number, word in enumerate(words) for place in _places(word, kept)
    )
    told: set[int] = set()
    for start, ((first, _, _), _) in enumerate(places):
        window = _window(places, start, first + reach(words, distance))
        if {number for _, number in window.values()} == {*range(len(words))}:
            yield from (span for at, ((_, _, span), _) in window.items() if at not in told)
            told |= window.keys()


def _window(
    places: Sequence[tuple[_Place, int]], start: int, last: int
) -> dict[int, tuple[_Place, int]]:
    """Return the places from one on that end by a position, by their number."""
    window = {}
    for at in range(start, len(places)):
        first, end, _ = places[at][0]
        if first > last:
            break
        if end <= last:
            window[at] = places[at]
    return window


def side_by_side(
    wanted: Pattern, positions: Mapping[str, AbstractSet[int]], *, loosely: bool = False
) -> bool:
    """Tell from the positions of terms alone whether a pattern stands in a text.

    A term may stand there as a whole of several parts, which its position does not tell:
    what stands side by side only `loosely` needs a look at the text; what does not stand
    even so is not there.
    """
    reached: dict[int, set[int]] = defaultdict(set)
    for part in range(wanted.length):
        for term, end in wanted.edges.get(part, ()):
            starts = positions.get(term, frozenset())
            starts = starts & reached[part] if part else starts
            if loosely:
                reached[end].update(start + step for start in starts for step in _LOOSE)
            elif not _may_hold(term, wanted.edges.get(end, ())):
                reached[end].update(start + 1 for start in starts)
    return bool(reached[wanted.length])


def _may_hold(term: str, following: Iterable[tuple[str, int]]) -> bool:
    """Tell whether a term could be a whole of which what follows in the pattern is a part."""
    return any(after in term for after, _ in following)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap made one."""
    ordered = sorted(spans)
    out = ordered[:1]
    for start, end in ordered[1:]:
        if start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)
