"""The best or the newest answers among the matches, and no more work than these take.

docs/searching.md proves that they are those of an evaluation in full.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, compress, repeat
from operator import itemgetter, neg

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.changes import numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Place, Scored
from kvmsearch.engines.whoosh.ranker.matches import Matches, Newer, Tie
from kvmsearch.engines.whoosh.ranker.race import Race
from kvmsearch.record import Record

SOME = 1024
"""Matches up to which to score each is quicker than to have bounds of its score first.

Half as many with each pair of words, whose positions would be looked at.
"""


class Entry(Record):
    """One answer: a change, or where they are taken apart a commit."""

    score: float
    documents: Sequence[Place]
    """The one to show first."""

    def __init__(self, score: float, documents: Sequence[Place]) -> None:
        # As of an answer.
        values = self.__dict__
        values["score"] = score
        values["documents"] = documents


def best(matches: Matches, skip: int, count: int) -> list[Entry]:
    """Return the best answers behind some that are skipped, in order."""
    scorer = matches.scorer
    if not scorer.tables and not any(scorer.named):
        return by_date(matches, skip, count, newest=True)
    count += skip
    race = Race(matches)
    documents = _documents(matches, count)
    come: list[Scored] = []
    missing = count
    while missing > 0 and (taken := _taken(come, documents, missing)):
        matches.known.update((place, own) for own, place in taken)
        race.enter([place for _, place in taken])
        score = taken[-1][0]
        race.settle(max(score, race.score_of(count)))
        missing = count - race.holding(score)
    page = _page(matches, race.scores, skip, count)
    return [_entry(matches, place, score) for place, score in page]


def _documents(matches: Matches, count: int) -> Iterator[list[Scored]]:
    """Yield the matches in the order of their own scores; about so many will be asked for."""
    scorer = matches.scorer
    if matches.changes.commits <= SOME >> len(scorer.pairs):
        return _scored(matches)
    # Whoever asks for a rare word alone does without bounds.
    from kvmsearch.engines.whoosh.ranker.candidates import best_first  # noqa: PLC0415

    return best_first(scorer, matches.readings, matches.bits, count)


def _scored(matches: Matches) -> Iterator[list[Scored]]:
    """Score all matches, and yield them, the best first."""
    for leaf, bits in enumerate(matches.bits):
        if bits:
            matches.learn_in(leaf, members(bits))
    found = [(score, place) for place, score in matches.known.items()]
    yield sorted(found, key=itemgetter(0), reverse=True)


def _taken(come: list[Scored], documents: Iterator[list[Scored]], count: int) -> list[Scored]:
    """Take so many documents off those that have come and come next, and all like the last."""
    while len(come) < count and (more := next(documents, None)):
        come += more
    last = come[:count][-1:]
    end = bisect_right(come, -last[0][0], key=lambda one: -one[0]) if last else 0
    taken = come[:end]
    del come[:end]
    return taken


def _page(
    matches: Matches, scores: Mapping[Place, float], skip: int, count: int
) -> list[tuple[Place, float]]:
    """Return the answers from one on up to another, in order.

    Dates and ids are looked at only where they can decide what is on the page.
    """
    ranked = sorted(scores.values(), reverse=True)[:count]
    if len(ranked) <= skip:
        return []
    first, last = ranked[skip], ranked[-1]
    before = bisect_left(ranked, -first, key=neg)
    near = [one for one in scores.items() if last <= one[1] <= first]
    return sorted(near, key=partial(_by_score, matches))[skip - before : count - before]


def _by_score(matches: Matches, entry: tuple[Place, float]) -> tuple[float, Newer]:
    place, score = entry
    return -score, Newer(matches, place)


def by_date(matches: Matches, skip: int, count: int, *, newest: bool) -> list[Entry]:
    """Return the first answers by date behind some that are skipped, in order."""
    count += skip
    dated = [
        numbers_of(reading, "committer_date", bits)
        for reading, bits in zip(matches.readings, matches.bits, strict=True)
    ]
    # They are nearly in order as they are.
    ranked = sorted(chain.from_iterable(dated), reverse=newest)
    shown: list[Place] = []
    wanted = 0
    while wanted < len(ranked) and len(shown) < count:
        wanted = min(max(2 * wanted, count), len(ranked))
        last = ranked[wanted - 1]
        near = list(_near(matches, dated, last.__le__ if newest else last.__ge__))
        shown = _shown(matches, near) if matches.group else near
    page = sorted(shown, key=partial(_by_tie, matches, newest=newest))[skip:count]
    matches.learn(page)
    return [_entry(matches, place, matches.earned(place, matches.ordered(place))) for place in page]


def _near(
    matches: Matches, dated: Sequence[Sequence[int]], is_near: Callable[[int], bool]
) -> Iterator[Place]:
    """Yield the documents whose dates, given by segment, are near enough."""
    for leaf, dates in enumerate(dated):
        chosen = list(map(is_near, dates))
        if any(chosen):
            yield from zip(repeat(leaf), compress(members(matches.bits[leaf]), chosen))


def _shown(matches: Matches, places: Sequence[Place]) -> list[Place]:
    """Return those of some documents that are to show of their changes."""
    matches.gather(places)
    return [place for place in places if matches.ordered(place)[0] == place]


def _by_tie(matches: Matches, place: Place, *, newest: bool) -> tuple[int, Tie]:
    date = matches.date(place)
    return -date if newest else date, matches.tie(place)


def _entry(matches: Matches, place: Place, score: float) -> Entry:
    return Entry(score, matches.ordered(place) if matches.group else [place])
