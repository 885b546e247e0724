"""The matches of a question: what each earns, and which are of one change."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import repeat

from kvmsearch.engines.whoosh.ranker.changes import Changes, by_leaf
from kvmsearch.engines.whoosh.ranker.lookup import Place, Reading
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.series import Series


class Matches:
    """The matches of one question, as bits by segment."""

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
        self.readings = readings
        self.bits = bits
        self.scorer = scorer
        self.group = group
        self._on_branch = on_branch
        self.known: dict[Place, float] = {}
        """The own scores worked out so far."""

        self.several: dict[Place, Sequence[Place]] = {}
        """The documents of changes with several, by each, in the order in which they are shown."""

        self._single: set[Place] = set()
        self.changes = Changes(readings, bits, aliases)

    @property
    def total(self) -> int:
        """How many answers there are."""
        return self.changes.total if self.group else self.changes.commits

    @cached_property
    def series(self) -> Series:
        """The series among the matches."""
        return Series(self.readings, self.bits)

    def score(self, place: Place) -> float:
        """Return the own score of a document."""
        if place not in self.known:
            self.learn([place])
        return self.known[place]

    def bounds(self, places: Collection[Place]) -> dict[Place, float]:
        """Return, of documents and perhaps more, what the own score of the change cannot exceed.

        Copies of the same author and time are in the same series, with bounds of their own.
        """
        others = self.changes.in_other_series(places)
        asked = set(places).union(*others.values())
        bound = {one: self.known[one] for one in asked.intersection(self.known)}
        for leaf, documents in by_leaf(asked.difference(bound)).items():
            bounds = self.scorer.bounds(self.readings[leaf], documents)
            bound.update(zip(zip(repeat(leaf), documents), bounds, strict=False))
        for place, copies in others.items():
            bound[place] = max(map(bound.__getitem__, copies))
        return bound

    def learn(self, places: Iterable[Place]) -> None:
        """Work out own scores, those of a segment together."""
        unknown = (place for place in places if place not in self.known)
        for leaf, documents in by_leaf(unknown).items():
            self.learn_in(leaf, documents)

    def learn_in(self, leaf: int, documents: Sequence[int]) -> None:
        """Work out the own scores of documents of one segment."""
        scores = self.scorer.scores(self.readings[leaf], documents)
        self.known.update(zip(zip(repeat(leaf), documents), scores, strict=False))

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
        if place not in self._single and place not in self.several:
            self.gather([place])
        return self.several.get(place, (place,))

    def gather(self, places: Iterable[Place], *, in_series: bool = False) -> None:
        """Look up the changes of many documents: that costs little more than those of a few.

        If the series of all are known, so is which have no copies.
        """
        unknown = set(places).difference(self._single, self.several)
        known = in_series and not self.changes.are_told
        copies = self.changes.with_copies(unknown & self.series.alike if known else unknown)
        self.learn(set().union(*copies.values()))
        self._single.update(unknown)
        self._single -= copies.keys()
        for place, documents in copies.items():
            if place not in self.several:
                ordered = sorted(documents, key=self._preference)
                self.several.update(dict.fromkeys(ordered, ordered))

    def _preference(self, place: Place) -> tuple[float, int, "Tie"]:
        score = -self.known[place] if self._on_branch else 0.0
        return score, self.date(place), self.tie(place)

    def date(self, place: Place) -> int:
        """Return the committer date of a document."""
        return self.readings[place[0]].leaf.number("committer_date", place[1])

    def tie(self, place: Place) -> "Tie":
        """Return what decides between documents that are equal otherwise."""
        return Tie(self.readings, place)


class Tie:
    """The id of a document, read only where all else is equal."""

    __slots__ = ("_place", "_readings")

    def __init__(self, readings: Sequence[Reading], place: Place) -> None:
        self._readings = readings
        self._place = place

    @property
    def _id(self) -> str:
        return self._readings[self._place[0]].leaf.name(self._place[1])

    def __lt__(self, other: "Tie") -> bool:
        return self._id < other._id


class Newer:
    """The date and id of a document, which are read only where scores are equal; newest first."""

    __slots__ = ("_known", "_matches", "_place")

    def __init__(self, matches: Matches, place: Place) -> None:
        self._matches = matches
        self._place = place
        self._known: tuple[int, Tie] | None = None

    def _key(self) -> tuple[int, Tie]:
        if self._known is None:
            self._known = -self._matches.date(self._place), self._matches.tie(self._place)
        return self._known

    def __lt__(self, other: "Newer") -> bool:
        return self._key() < other._key()
