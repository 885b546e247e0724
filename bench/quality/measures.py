"""Measures of one ranking, and how sure their means are. Pure arithmetic.

A ranking is a sequence of answers, best first; an answer is the set of the ids of its
commits: one, or the copies of one change.
"""

from collections.abc import Collection, Sequence
from math import log2
from random import Random

Answer = frozenset[str]
Ranking = Sequence[Answer]

DEPTH = 10
RECALL_DEPTH = 100
_RESAMPLES = 1000


def counted(ranking: Ranking, relevant: frozenset[str], excluded: frozenset[str]) -> list[Answer]:
    """Return the answers that count: those of excluded commits do only where they are right."""
    return [answer for answer in ranking if answer & relevant or not answer & excluded]


def ndcg(ranking: Ranking, relevant: Collection[str]) -> float:
    """Return the normalised discounted cumulative gain of the first 10, of binary gains."""
    gains = sum(
        1 / log2(rank + 1)
        for rank, answer in enumerate(ranking[:DEPTH], 1)
        if not answer.isdisjoint(relevant)
    )
    return gains / sum(1 / log2(rank + 1) for rank in range(1, min(DEPTH, len(relevant)) + 1))


def reciprocal_rank(ranking: Ranking, relevant: Collection[str]) -> float:
    """Return 1 / rank of the first right answer; 0 where none is among the first 10."""
    for rank, answer in enumerate(ranking[:DEPTH], 1):
        if not answer.isdisjoint(relevant):
            return 1 / rank
    return 0.0


def recall(ranking: Ranking, relevant: Collection[str]) -> float:
    """Return the share of the relevant commits that are in the first 100."""
    found = frozenset().union(*ranking[:RECALL_DEPTH])
    return len(found.intersection(relevant)) / len(relevant)


def mean(values: Sequence[float]) -> float:
    """Return the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(differences: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of paired differences, by the bootstrap.

    The same differences always give the same interval.
    """
    random = Random(0)  # noqa: S311 - draws samples
    size = len(differences)
    means = sorted(
        mean(random.choices(differences, k=size)) if size else 0.0 for _ in range(_RESAMPLES)
    )
    return means[round(0.025 * _RESAMPLES)], means[round(0.975 * _RESAMPLES) - 1]
