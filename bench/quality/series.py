"""Patch series: what an asking commit must not gain by, and ways to rank by them.

A series is the commits of one author address whose author dates are at most 30 minutes
apart, chained.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

from kvmsearch.ranking import SERIES_GAP, SERIES_WEIGHT

Key = TypeVar("Key", bound=Hashable)

LIFTS: tuple[tuple[str, float], ...] = (
    ("none", 0),
    ("of the best other", 0.2),
    ("of the best other", 0.4),
    ("of the best other", 1.2),
    ("of what it lacks to the best", 0.29),
    ("of what it lacks to the best", 0.44),
    ("of what it lacks to the best", SERIES_WEIGHT),
    ("of what it lacks to the best", 0.67),
    ("of what it lacks to the best", 0.8),
)
"""Ways to raise a commit by its series, and their weights; that of the product among them."""


def series(commits: Iterable[tuple[Hashable, int, Key]]) -> Iterator[list[Key]]:
    """Yield the series of commits (author, author date in seconds, key), lone commits too."""
    by_author = defaultdict(list)
    for author, date, key in commits:
        by_author[author].append((date, key))
    for dated in by_author.values():
        yield from _chained(sorted(dated, key=lambda one: one[0]))


def _chained(dated: Iterable[tuple[int, Key]]) -> Iterator[list[Key]]:
    chain: list[Key] = []
    last = 0
    for date, key in dated:
        if chain and date - last > SERIES_GAP:
            yield chain
            chain = []
        chain.append(key)
        last = date
    yield chain


def lifted(
    scores: Mapping[Key, float], chains: Iterable[list[Key]], way: str, weight: float
) -> dict[Key, float]:
    """Return the scores, each raised one way by the other commits of its series."""
    raised = dict(scores)
    for chain in chains:
        if len(chain) > 1:
            second, best = sorted(scores[key] for key in chain)[-2:]
            for key in chain:
                own = scores[key]
                # Of equals at the top, each has the other as its best other.
                other = second if own == best else best
                gain = best - own if way.startswith("of what it lacks") else other
                raised[key] += weight * gain if way != "none" else 0.0
    return raised
