"""The best or the newest answers among the matches, and no more work than these take.

docs/searching.md proves that they are those of an evaluation in full.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from functools import cached_property
from heapq import nsmallest

from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.candidates import Place, best_first
from kvmsearch.engines.whoosh.ranker.changes import Changes, numbers_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.series import Series
from kvmsearch.ranking import raised
from kvmsearch.record import Record


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
    ) -> None:
        self._readings = readings
        self._bits = bits
        self._scorer = scorer
        self._group = group
        self._own: dict[Place, float] = {}
        self.changes = Changes(readings, bits, aliases)

    @property
    def total(self) -> int:
        """How many answers there are."""
        return self.changes.total if self._group else self.changes.commits

    @cached_property
    def series(self) -> Series:
        """The series among the matches."""
        return Series(self._readings, self._bits)

    # By score

    def best(self, count: int) -> list[Entry]:
        """Return the best answers, in order."""
        if not self._scorer.tables and not any(self._scorer.named):
            return self.by_date(count, newest=True)
        standings = _Standings()
        known: set[Place] = set()
        in_series: set[Place] = set()
        documents = best_first(self._scorer, self._readings, self._bits)
        for score, places in documents if count else ():
            self._own.update(dict.fromkeys(places, score))
            for place in places:
                self._enter(place, standings, known)
            if standings.hold(count, score):
                break
            for place in places:
                if place not in in_series:
                    in_series.update(self._raise(place, score, standings, known))
        found = nsmallest(count, standings.scores.items(), key=self._by_score)
        return [self._entry(place, score) for place, score in found]

    def _enter(self, place: Place, standings: "_Standings", known: set[Place]) -> None:
        """Enter a document's change with its own score, unless it is known."""
        if place in known:
            return
        documents = self._ordered(place)
        known.update(documents)
        for one in documents[:1] if self._group else documents:
            standings.enter(one, self._own[one])

    def _raise(
        self, place: Place, best: float, standings: "_Standings", known: set[Place]
    ) -> list[Place]:
        """Raise the changes of the series that a document is the best of; return the series."""
        places = self.series.around(place)
        self._learn(places)
        for one in places if len(places) > 1 else ():
            self._enter(one, standings, known)
            documents = self._ordered(one)
            own = self._own[documents[0]]
            lift = raised(own, best) - own if own < best else 0.0
            for shown in documents[:1] if self._group else documents:
                standings.enter(shown, self._own[shown] + lift)
        return places

    def _by_score(self, entry: tuple[Place, float]) -> tuple[float, int, "_Tie"]:
        place, score = entry
        return -score, -self._date(place), _Tie(self._readings, place)

    # By date

    def by_date(self, count: int, *, newest: bool) -> list[Entry]:
        """Return the first answers by date, in order."""
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
        found = nsmallest(count, shown, key=self._by_tie)
        return [self._entry(place, self.score(place)) for _, place in found]

    def _until(self, dated: Sequence[Sequence[int]], last: int) -> list[tuple[int, Place]]:
        return [
            (date, (leaf, document))
            for leaf, of_leaf in enumerate(dated)
            for date, document in zip(of_leaf, members(self._bits[leaf]), strict=True)
            if date <= last
        ]

    def _is_shown(self, place: Place) -> bool:
        return not self._group or self._ordered(place)[0] == place

    def _by_tie(self, dated: tuple[int, Place]) -> tuple[int, "_Tie"]:
        return dated[0], _Tie(self._readings, dated[1])

    # Of one document

    def score(self, place: Place) -> float:
        """Return the own score of a document."""
        self._learn([place])
        return self._own[place]

    def _learn(self, places: Iterable[Place]) -> None:
        """Work out own scores, those of a segment together."""
        by_leaf: dict[int, list[int]] = {}
        for leaf, document in places:
            if (leaf, document) not in self._own:
                by_leaf.setdefault(leaf, []).append(document)
        for leaf, documents in by_leaf.items():
            scores = self._scorer.scores(self._readings[leaf], documents)
            self._own.update(zip(((leaf, one) for one in documents), scores, strict=True))

    def _ordered(self, place: Place) -> Sequence[Place]:
        """Return the documents of a change: the best match first, then the one committed first."""
        documents = self.changes.documents(place)
        if len(documents) < 2:
            return documents
        self._learn(documents)
        return sorted(documents, key=self._preference)

    def _preference(self, place: Place) -> tuple[float, int, "_Tie"]:
        return -self._own[place], self._date(place), _Tie(self._readings, place)

    def _date(self, place: Place) -> int:
        return self._readings[place[0]].leaf.number("committer_date", place[1])

    def _entry(self, place: Place, score: float) -> Entry:
        return Entry(score, self._ordered(place) if self._group else [place])


class _Standings:
    """The scores of answers so far, which may only rise."""

    def __init__(self) -> None:
        self.scores: dict[Place, float] = {}
        self._sorted: list[float] = []
        """Negative, so that the best come first."""

    def enter(self, place: Place, score: float) -> None:
        before = self.scores.get(place)
        if before is not None:
            if before >= score:
                return
            del self._sorted[bisect_left(self._sorted, -before)]
        self.scores[place] = score
        insort(self._sorted, -score)

    def hold(self, count: int, score: float) -> bool:
        """Tell whether so many have this score or a better one."""
        return len(self._sorted) >= count and -self._sorted[count - 1] >= score


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
