"""Patch series: what an asking commit must not gain by.

A series is the commits of one author address whose author dates are at most 30 minutes
apart, chained.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from kvmsearch.ranking import SERIES_GAP

Key = TypeVar("Key", bound=Hashable)


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
