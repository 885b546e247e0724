"""Where words and phrases match in a text, under the equivalence of spellings; pure.

A pattern and a text are both chains of parts, bridged here and there by wholes (see
analysis). The pattern matches where one path through it and one path through the text
spell the same terms: `AB-BA deadlock` meets `ABBA deadlock` either way round.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
    at: dict[int, list[Token]] = defaultdict(list)
    for token in tokens:
        if token.term in wanted.terms:
            at[token.position].append(token)
    if not wanted.length:
        return
    for position in sorted(at):
        end = _walk(wanted, 0, at, position)
        if end is not None:
            yield min(token.start for token in at[position]), end


def _walk(wanted: Pattern, part: int, at: Mapping[int, list[Token]], position: int) -> int | None:
    """Return the offset where the longest way on from here ends; depth-first, without recursion."""
    best: int | None = None
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
                    best = max(best or 0, token.end)
                elif step not in seen:
                    seen.add(step)
                    stack.append(step)
    return best


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
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)
