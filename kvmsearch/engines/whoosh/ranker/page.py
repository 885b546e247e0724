"""The best or the newest answers among the matches, and no more work than these take.

docs/searching.md proves that they are those of an evaluation in full.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, compress, groupby, repeat
from operator import itemgetter, neg

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.changes import numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Place
from kvmsearch.engines.whoosh.ranker.matches import Matches, Newer, Tie
from kvmsearch.engines.whoosh.ranker.race import Race
from kvmsearch.record import Record

_SOME = 1024
"""Matches up to which to score each is quicker than to have bounds of its score first.

Half as many with each pair of words, whose positions would be looked at.
"""

Scored = tuple[float, list[Place]]
"""An own score, and the documents that have it."""


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
    missing = count
    while missing > 0 and (places := _taken(matches, documents, missing)):
        race.enter(places)
        score = matches.known[places[-1]]
        race.settle(max(score, race.score_of(count)))
        missing = count - race.holding(score)
    page = _page(matches, race.scores, skip, count)
    return [_entry(matches, place, score) for place, score in page]


def _documents(matches: Matches, count: int) -> Iterator[Scored]:
    """Yield the matches in the order of their own scores; about so many will be asked for."""
    scorer = matches.scorer
    if matches.changes.commits <= _SOME >> len(scorer.pairs):
        return _scored(matches)
    # Whoever asks for a rare word alone does without bounds.
    from kvmsearch.engines.whoosh.ranker.candidates import best_first  # noqa: PLC0415

    return best_first(scorer, matches.readings, matches.bits, count)


def _scored(matches: Matches) -> Iterator[Scored]:
    """Score all matches, and yield each own score, from the greatest down, and who has it."""
    for leaf, bits in enumerate(matches.bits):
        if bits:
            matches.learn_in(leaf, members(bits))
    scored = sorted(matches.known.items(), key=itemgetter(1), reverse=True)
    for score, alike in groupby(scored, key=itemgetter(1)):
        yield score, [place for place, _ in alike]


def _taken(matches: Matches, documents: Iterator[Scored], count: int) -> list[Place]:
    """Take so many documents in the order of their own scores, and all like the last."""
    taken: list[Place] = []
    for score, places in documents:
        matches.known.update(dict.fromkeys(places, score))
        taken += places
        if len(taken) >= count:
            break
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
        near = _near(matches, dated, last.__le__ if newest else last.__ge__)
        shown = [place for place in near if _is_shown(matches, place)]
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


def _is_shown(matches: Matches, place: Place) -> bool:
    return not matches.group or matches.ordered(place)[0] == place


def _by_tie(matches: Matches, place: Place, *, newest: bool) -> tuple[int, Tie]:
    date = matches.date(place)
    return -date if newest else date, matches.tie(place)


def _entry(matches: Matches, place: Place, score: float) -> Entry:
    return Entry(score, matches.ordered(place) if matches.group else [place])
