"""Documents in the order of their own scores, and no more of them scored than are asked for.

Bounds come first: a document is scored only when no document that is still unscored could be
before it otherwise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, repeat
from operator import itemgetter, neg

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.lookup import Reading, Scored
from kvmsearch.engines.whoosh.ranker.scores import GREATEST_LANE, Lanes, Scorer

FEW = 2048
"""Matches of a segment whose bounds are worked out one by one rather than in lanes."""

_ROUNDED = 2**-30
"""More than rounding raises a score."""

BATCH = 64
_GROWTH = 4
_GREATEST_BATCH = 8192
"""Documents that are looked at together: first, how many times more the next time, and at most."""

Document = tuple[float, int, int]
"""A document and its bound, negative so that they sort with the greatest first."""

Bounded = tuple[float, int, Sequence[int]]
"""What no score of these documents of a segment exceeds, negative, and no score of later ones."""


def best_first(
    scorer: Scorer, readings: Sequence[Reading], matches: Sequence[int], count: int
) -> Iterator[list[Scored]]:
    """Yield all matching documents in the order of their own scores, from the greatest down.

    Many at a time, and those that have the same score together. About `count` documents are
    going to be asked for.
    """
    coarse = _Coarse(_bounded(scorer, readings, matches), count)
    closer: list[Document] = []
    scoring = _Scoring(scorer, readings, count)
    while coarse.left or closer:
        if coarse.left and (not closer or coarse.bound >= -closer[0][0]):
            for leaf, documents in coarse.take(scoring.hope(closer)):
                if scorer.pairs or scorer.factor.greatest > 1:
                    bounds = scorer.bounds(readings[leaf], documents)
                    closer += zip(map(neg, bounds), repeat(leaf), documents, strict=False)
                else:
                    scoring.score(leaf, documents)
            closer.sort()
        else:
            scoring.score_some(closer)
        bound = max(coarse.bound, -closer[0][0]) if closer else coarse.bound
        if found := scoring.above(bound):
            yield found


class _Coarse:
    """Documents in the order of their bounds, several at a time."""

    def __init__(self, bounded: Iterator[Bounded], count: int) -> None:
        self._bounded = bounded
        self._next = next(bounded, None)
        self._size = max(BATCH, count)

    @property
    def left(self) -> bool:
        """Whether there are documents left."""
        return self._next is not None

    @property
    def bound(self) -> float:
        """What no score of the documents left exceeds."""
        return -self._next[0] if self._next else float("-inf")

    def take(self, hope: float) -> Iterable[tuple[int, list[int]]]:
        """Return some documents, by segment; the next time more, for many calls add up.

        Besides the first no more of those that can have no such score as is hoped for.
        """
        by_leaf: dict[int, list[int]] = {}
        count = 0
        while self._next and count < self._size and not (count and self.bound < hope):
            _, leaf, documents = self._next
            by_leaf.setdefault(leaf, []).extend(documents)
            count += len(documents)
            self._next = next(self._bounded, None)
        self._size = min(self._size * _GROWTH, _GREATEST_BATCH)
        return by_leaf.items()


class _Scoring:
    """Scores documents, many at a time: that costs little more than a few."""

    def __init__(self, scorer: Scorer, readings: Sequence[Reading], count: int) -> None:
        self._scorer = scorer
        self._readings = readings
        self._size = max(BATCH, count)
        self._count = max(count, 1)
        self._best = [float("-inf")] * self._count
        """The best scores so far, the least first: what is below all of them is hardly needed."""

        self._scored: list[Scored] = []

    def hope(self, closer: Sequence[Document]) -> float:
        """Return a bound that so many documents have as are asked for; they may have scores."""
        last = closer[self._count - 1 : self._count]
        return max(self._best[0], -last[0][0] if last else float("-inf"))

    def score_some(self, closer: list[Document]) -> None:
        """Take those with the greatest bounds off the documents, and score them."""
        enough = bisect_right(closer, -self._best[0], 1, key=itemgetter(0))
        by_leaf: dict[int, list[int]] = {}
        for _, leaf, document in closer[: min(enough, self._size)]:
            by_leaf.setdefault(leaf, []).append(document)
        del closer[: min(enough, self._size)]
        self._size = min(self._size * _GROWTH, _GREATEST_BATCH)
        for leaf, documents in by_leaf.items():
            self.score(leaf, documents)

    def score(self, leaf: int, documents: list[int]) -> None:
        """Score documents."""
        scores = self._scorer.scores(self._readings[leaf], documents)
        self._scored += zip(scores, zip(repeat(leaf), documents), strict=False)
        self._best = sorted(chain(self._best, scores))[-self._count :]

    def above(self, bound: float) -> list[Scored]:
        """Take what is better than all that is still to come, the best first."""
        self._scored.sort(key=itemgetter(0), reverse=True)
        end = bisect_left(self._scored, -(bound + _ROUNDED), key=lambda one: -one[0])
        found, self._scored = self._scored[:end], self._scored[end:]
        return found


def _bounded(
    scorer: Scorer, readings: Sequence[Reading], matches: Sequence[int]
) -> Iterator[Bounded]:
    """Yield all matching documents in the order of their bounds."""
    for leaf, bits in enumerate(scorer.named):
        if bits & matches[leaf]:
            yield float("-inf"), leaf, members(bits & matches[leaf])
    lanes: Lanes | None = None
    streams = []
    for leaf, (reading, bits) in enumerate(zip(readings, matches, strict=True)):
        named = scorer.named[leaf]
        rest = bits & ~named if named else bits
        if rest.bit_count() > FEW and scorer.tables:
            lanes = lanes or Lanes(scorer)
            streams.append(_by_lanes(leaf, lanes, lanes.of(reading, rest), rest))
        elif rest:
            streams.append(iter([(float("-inf"), leaf, members(rest))]))
    yield from merge(*streams)


def _by_lanes(leaf: int, lanes: Lanes, values: bytes, within: int) -> Iterator[Bounded]:
    for value in range(GREATEST_LANE, 0, -1):
        found = []
        at = values.find(value)
        while at >= 0:
            found.append(at)
            at = values.find(value, at + 1)
        if found:
            yield -(value * lanes.step), leaf, found
    without = [document for document in members(within) if not values[document]]
    if without:
        yield 0.0, leaf, without
