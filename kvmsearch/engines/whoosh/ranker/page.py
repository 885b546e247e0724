"""The best or the newest answers among the matches, and no more work than these take.

docs/searching.md proves that they are those of an evaluation in full.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import nlargest, nsmallest
from itertools import groupby, repeat
from operator import itemgetter, neg

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.candidates import Place, best_first
from kvmsearch.engines.whoosh.ranker.changes import Changes, numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.series import Series
from kvmsearch.ranking import raised
from kvmsearch.record import Record

_SOME = 1024
"""Matches up to which to score each is quicker than to have bounds of its score first."""

_NONE = float("-inf")
"""Less than any score."""


class Entry(Record):
    """One answer: a change, or where they are taken apart a commit."""

    score: float
    documents: Sequence[Place]
    """The one to show first."""


class Matches:
    """The matches of one question, as bits by segment, and the order among them."""

    def __init__(
        self,
        readings: Sequence[Reading],
        bits: Sequence[int],
        scorer: Scorer,
        aliases: tuple[tuple[int, int], ...],
        *,
        group: bool,
        on_branch: bool,
    ) -> None:
        self._readings = readings
        self._bits = bits
        self._scorer = scorer
        self.group = group
        self._on_branch = on_branch
        self.known: dict[Place, float] = {}
        """The own scores worked out so far."""

        self._documents: dict[Place, Sequence[Place]] = {}
        self.changes = Changes(readings, bits, aliases)

    @property
    def total(self) -> int:
        """How many answers there are."""
        return self.changes.total if self.group else self.changes.commits

    @cached_property
    def series(self) -> Series:
        """The series among the matches."""
        return Series(self._readings, self._bits)

    # By score

    def best(self, skip: int, count: int) -> list[Entry]:
        """Return the best answers behind some that are skipped, in order."""
        if not self._scorer.tables and not any(self._scorer.named):
            return self.by_date(skip, count, newest=True)
        count += skip
        race = _Race(self)
        documents = (
            self._scored()
            if self.changes.commits <= _SOME
            else best_first(self._scorer, self._readings, self._bits, count)
        )
        missing = count
        while missing > 0 and (places := self._take(documents, missing)):
            race.enter(places)
            score = self.known[places[-1]]
            race.settle(max(score, race.score_of(count)))
            missing = count - race.holding(score)
        return [self._entry(place, score) for place, score in self._page(race.scores, skip, count)]

    def _scored(self) -> Iterator[tuple[float, list[Place]]]:
        """Score all matches, and yield each own score, from the greatest down, and who has it."""
        for leaf, bits in enumerate(self._bits):
            self.learn(zip(repeat(leaf), members(bits)))
        scored = sorted(self.known.items(), key=itemgetter(1), reverse=True)
        for score, alike in groupby(scored, key=itemgetter(1)):
            yield score, [place for place, _ in alike]

    def _take(self, documents: Iterator[tuple[float, list[Place]]], count: int) -> list[Place]:
        """Take so many documents in the order of their own scores, and all like the last."""
        taken: list[Place] = []
        for score, places in documents:
            self.known.update(dict.fromkeys(places, score))
            taken += places
            if len(taken) >= count:
                break
        return taken

    def _page(
        self, scores: Mapping[Place, float], skip: int, count: int
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
        return sorted(near, key=self._by_score)[skip - before : count - before]

    def _by_score(self, entry: tuple[Place, float]) -> tuple[float, int, "_Tie"]:
        place, score = entry
        return -score, -self._date(place), _Tie(self._readings, place)

    # By date

    def by_date(self, skip: int, count: int, *, newest: bool) -> list[Entry]:
        """Return the first answers by date behind some that are skipped, in order."""
        count += skip
        sign = -1 if newest else 1
        dated = [
            [sign * date for date in numbers_of(reading, "committer_date", bits)]
            for reading, bits in zip(self._readings, self._bits, strict=True)
        ]
        shown: list[tuple[int, Place]] = []
        wanted = count
        while count and len(shown) < count:
            last = nsmallest(wanted, (date for of_leaf in dated for date in of_leaf))[-1:]
            if not last:
                break
            shown = [one for one in self._until(dated, last[0]) if self._is_shown(one[1])]
            if wanted >= self.changes.commits:
                break
            wanted *= 2
        page = [place for _, place in nsmallest(count, shown, key=self._by_tie)[skip:]]
        self.learn(page)
        return [self._entry(place, self.earned(place, self.ordered(place))) for place in page]

    def _until(self, dated: Sequence[Sequence[int]], last: int) -> list[tuple[int, Place]]:
        return [
            (date, (leaf, document))
            for leaf, of_leaf in enumerate(dated)
            for date, document in zip(of_leaf, members(self._bits[leaf]), strict=True)
            if date <= last
        ]

    def _is_shown(self, place: Place) -> bool:
        return not self.group or self.ordered(place)[0] == place

    def _by_tie(self, dated: tuple[int, Place]) -> tuple[int, "_Tie"]:
        return dated[0], _Tie(self._readings, dated[1])

    # Of one document

    def score(self, place: Place) -> float:
        """Return the own score of a document."""
        if place not in self.known:
            self.learn([place])
        return self.known[place]

    def bounds(self, places: Iterable[Place]) -> Iterator[tuple[Place, float]]:
        """Yield documents, and what the own score of the change of each does not exceed.

        Copies of the same author and time are in the same series, with bounds of their own.
        """
        wanted = {place: (place, *self.changes.in_other_series(place)) for place in places}
        asked = {one for of_change in wanted.values() for one in of_change}
        bound = {one: self.known[one] for one in asked if one in self.known}
        for leaf, documents in _by_leaf(asked.difference(bound)).items():
            bounds = self._scorer.bounds(self._readings[leaf], documents)
            bound.update(zip(zip(repeat(leaf), documents), bounds, strict=False))
        for place, of_change in wanted.items():
            yield place, max(map(bound.__getitem__, of_change))

    def learn(self, places: Iterable[Place]) -> None:
        """Work out own scores, those of a segment together."""
        unknown = (place for place in places if place not in self.known)
        for leaf, documents in _by_leaf(unknown).items():
            scores = self._scorer.scores(self._readings[leaf], documents)
            self.known.update(zip(((leaf, one) for one in documents), scores, strict=True))

    def earned(self, place: Place, documents: Sequence[Place]) -> float:
        """Return what an answer earns before its series: as a change, or by itself."""
        return self.own(documents) if self.group else self.score(place)

    def own(self, documents: Iterable[Place]) -> float:
        """Return the own score of a change, of which these are all documents."""
        return max([self.score(place) for place in documents])

    def ordered(self, place: Place) -> Sequence[Place]:
        """Return the documents of a change, the one to show first.

        That is the best match, if all are on the branch that was asked for, else the one that
        was committed first: upstream.
        """
        documents = self._documents.get(place)
        if documents is None:
            documents = self._documents[place] = self.changes.documents(place)
            if len(documents) > 1:
                self.learn(documents)
                documents = sorted(documents, key=self._preference)
                self._documents.update(dict.fromkeys(documents, documents))
        return documents

    def _preference(self, place: Place) -> tuple[float, int, "_Tie"]:
        score = -self.known[place] if self._on_branch else 0.0
        return score, self._date(place), _Tie(self._readings, place)

    def _date(self, place: Place) -> int:
        return self._readings[place[0]].leaf.number("committer_date", place[1])

    def _entry(self, place: Place, score: float) -> Entry:
        return Entry(score, self.ordered(place) if self.group else [place])


class _Race:
    """The answers so far by score, while documents come in the order of their own scores.

    A document brings its series with it, whose own scores are not known yet. They wait, each
    with what it cannot exceed even when raised, until that could matter.
    """

    def __init__(self, matches: Matches) -> None:
        self._matches = matches
        self.scores: dict[Place, float] = {}
        self._best: dict[Place, float] = {}
        """The best own score in the series of a document, where that has been looked up."""

        self._waiting: list[tuple[float, Place]] = []
        """What they cannot exceed, and they."""

    def enter(self, places: Sequence[Place]) -> None:
        """Enter the changes of the next documents; the rest of their series waits."""
        unknown = [place for place in places if place not in self._best]
        rest: set[Place] = set()
        around = self._matches.series.around(unknown)
        for place in unknown:
            if place not in self._best:
                self._best.update(dict.fromkeys(around[place], self._matches.score(place)))
                rest.update(around[place])
        for place, bound in self._matches.bounds(rest.difference(places)):
            best = self._best[place]
            self._waiting.append((raised(min(bound, best), best), place))
        self._score(places)

    def settle(self, score: float) -> None:
        """Enter those that wait and could have this score or a better one."""
        places = [place for bound, place in self._waiting if bound >= score]
        self._waiting = [one for one in self._waiting if one[0] < score]
        self._matches.learn(places)
        self._score(places)

    def _score(self, places: Iterable[Place]) -> None:
        """Give the changes of some documents their scores, unless they have better ones."""
        known = self._matches.known
        for place in places:
            documents = self._matches.ordered(place)
            own = max([known[one] for one in documents])
            best = max([self._best.get(one, own) for one in documents])
            lift = raised(own, best) - own if best > own else 0.0
            for one in documents[:1] if self._matches.group else documents:
                earned = own if self._matches.group else known[one]
                self.scores[one] = max(earned + lift, self.scores.get(one, _NONE))

    def holding(self, score: float) -> int:
        """Return how many have this score or a better one."""
        return sum(map(score.__le__, self.scores.values()))

    def score_of(self, count: int) -> float:
        """Return the score that so many have or exceed."""
        best = nlargest(count, self.scores.values())
        return best[-1] if len(best) == count else _NONE


def _by_leaf(places: Iterable[Place]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for leaf, document in places:
        found.setdefault(leaf, []).append(document)
    return found


class _Tie:
    """The id of a document, read only where all else is equal."""

    __slots__ = ("_place", "_readings")

    def __init__(self, readings: Sequence[Reading], place: Place) -> None:
        self._readings = readings
        self._place = place

    @property
    def _id(self) -> str:
        return self._readings[self._place[0]].leaf.name(self._place[1])

    def __lt__(self, other: "_Tie") -> bool:
        return self._id < other._id
