"""Documents in the order of their own scores, and no more of them scored than are asked for.

Bounds come first: a document is scored only when no document that is still unscored could be
before it otherwise.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush, merge
from itertools import chain, groupby

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.scores import DIGITS, GREATEST_LANE, Lanes, Scorer

FEW = 512
"""Matches of a segment whose bounds are worked out one by one rather than in lanes."""

_ROUNDED = 10**-DIGITS
"""More than rounding raises a score."""

BATCH = 64
_GREATEST_BATCH = 2048

Place = tuple[int, int]
"""The number of a segment in the snapshot, and of a document in it."""

Bounded = tuple[float, int, list[int]]
"""What no score of these documents of a segment exceeds, negative, and no score of later ones."""


def best_first(
    scorer: Scorer, readings: Sequence[Reading], matches: Sequence[int]
) -> Iterator[tuple[float, list[Place]]]:
    """Yield each own score, from the greatest down, and all matching documents that have it."""
    coarse = _batches(_bounded(scorer, readings, matches))
    closer: list[tuple[float, int, int]] = []
    scored: list[tuple[float, int, int]] = []
    size = BATCH
    batch = next(coarse, None)
    while batch or closer:
        if batch and (not closer or batch[0] >= -closer[0][0]):
            for leaf, documents in batch[1]:
                bounds = scorer.bounds(readings[leaf], documents)
                for bound, document in zip(bounds, documents, strict=True):
                    heappush(closer, (-bound, leaf, document))
            batch = next(coarse, None)
        else:
            _score(scorer, readings, closer, scored, size)
            size = min(size * 2, _GREATEST_BATCH)
        bounds_left = [batch[0]] if batch else []
        bounds_left += [-closer[0][0]] if closer else []
        yield from _above(max(bounds_left, default=float("-inf")), scored)


def _score(
    scorer: Scorer,
    readings: Sequence[Reading],
    closer: list[tuple[float, int, int]],
    scored: list[tuple[float, int, int]],
    size: int,
) -> None:
    """Score some of the documents that have the greatest bounds."""
    by_leaf: dict[int, list[int]] = {}
    for _ in range(min(size, len(closer))):
        _, leaf, document = heappop(closer)
        by_leaf.setdefault(leaf, []).append(document)
    for leaf, documents in by_leaf.items():
        scores = scorer.scores(readings[leaf], documents)
        for score, document in zip(scores, documents, strict=True):
            heappush(scored, (-score, leaf, document))


def _above(bound: float, heap: list[tuple[float, int, int]]) -> Iterator[tuple[float, list[Place]]]:
    """Take what is better than all that is still to come."""
    while heap and -heap[0][0] > bound + _ROUNDED:
        score = heap[0][0]
        found = []
        while heap and heap[0][0] == score:
            _, leaf, document = heappop(heap)
            found.append((leaf, document))
        yield -score, found


def _batches(bounded: Iterator[Bounded]) -> Iterator[tuple[float, list[tuple[int, list[int]]]]]:
    """Take several at a time, and ever more: what is asked for many times over adds up."""
    size = BATCH
    for bound, leaf, documents in bounded:
        batch = [(leaf, documents)]
        count = len(documents)
        while count < size:
            more = next(bounded, None)
            if more is None:
                break
            batch.append(more[1:])
            count += len(more[2])
        yield (
            -bound,
            [
                (number, list(chain.from_iterable(one for _, one in group)))
                for number, group in groupby(sorted(batch, key=_leaf), key=_leaf)
            ],
        )
        size = min(size * 2, _GREATEST_BATCH)


def _leaf(documents: tuple[int, list[int]]) -> int:
    return documents[0]


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
        rest = bits & ~scorer.named[leaf]
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
            yield -(value * lanes.step + lanes.rest), leaf, found
    without = [document for document in members(within) if not values[document]]
    if without:
        yield -lanes.rest, leaf, without
