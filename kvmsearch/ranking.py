"""The one ranking formula; pure arithmetic over frequencies, lengths, authors and dates.

1.  BM25F (Zaragoza et al., TREC 2004). With tf_f the frequency of a term in field f,
    len_f the parts in that field and avg_f their mean over the commits that have it:

        tf~   = sum_f  w_f tf_f / (1 - B + B len_f / avg_f)
        score = sum_t  idf(t) tf~ (K1 + 1) / (tf~ + K1)
        idf   = ln(1 + (N - df + 0.5) / (df + 0.5))

    df counts the commits with the term in any of the fields. A prefix, and a word over
    all trailer keys, count as one term.

2.  Neighbours. Of at most MOST_NEIGHBOURS free words, each two that are neighbours in the
    query count as one more term, worth NEIGHBOUR_WEIGHT of its score by 1., where they stand
    side by side in this order in a title or a body (sequential dependence: Metzler & Croft,
    SIGIR 2005).

3.  Series. Changes by one author address whose author dates are at most 30 minutes apart,
    chained over the matches of the query, are taken for one patch series. A change is
    raised by SERIES_WEIGHT of what it lacks to the best other one of its series (cluster-based
    smoothing: Kurland & Lee, SIGIR 2004). The best of a series gains nothing, so that no
    change outranks a better one by the company that it keeps.

Equal scores are ordered by date, newest first, then by id.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

K1 = 1.2
B = 0.5
FIELD_WEIGHTS: Mapping[str, float] = {"title": 3.0, "body": 1.0, "trailer": 0.5}
NEIGHBOUR_WEIGHT = 0.5
MOST_NEIGHBOURS = 4
"""Free words up to which neighbours count; of a long question they say little."""

SERIES_WEIGHT = 0.55
SERIES_GAP = 30 * 60
"""Seconds between the author dates of neighbours in a series."""


def idf(documents: int, frequency: int) -> float:
    """Return the inverse document frequency of a term that `frequency` of `documents` hold."""
    return log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def normalised(frequency: float, length: int, average: float) -> float:
    """Return a term's frequency in one field, freed of the field's length."""
    return frequency / (1 - B + B * length / (average or 1))


def saturated(frequency: float) -> float:
    """Return what a weighted sum of normalised frequencies adds to a score, before idf."""
    return frequency * (K1 + 1) / (frequency + K1)


@dataclass(frozen=True, slots=True)
class Change:
    """A matching change: what the series part of the formula needs to know of it."""

    author: int
    """The same number for the same author address."""

    date: int
    """Author date in seconds since the epoch."""

    score: float


def series_lifts(changes: Mapping[int, Change]) -> dict[int, float]:
    """Return what each change (by key) gains from a better one of its series."""
    by_author = defaultdict(list)
    for key, change in changes.items():
        by_author[change.author].append((change.date, key))
    lifts = dict.fromkeys(changes, 0.0)
    for dated in by_author.values():
        if len(dated) > 1:
            for series in _chains(sorted(dated)):
                _lift(series, changes, lifts)
    return lifts


def _chains(dated: Iterable[tuple[int, int]]) -> Iterable[list[int]]:
    chain: list[int] = []
    last = 0
    for date, key in dated:
        if chain and date - last > SERIES_GAP:
            yield chain
            chain = []
        chain.append(key)
        last = date
    yield chain


def _lift(series: list[int], changes: Mapping[int, Change], lifts: dict[int, float]) -> None:
    best = max(changes[key].score for key in series)
    for key in series:
        lifts[key] = SERIES_WEIGHT * (best - changes[key].score)
