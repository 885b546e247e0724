"""The answers so far by score, while documents come in the order of their own scores.

docs/searching.md proves when they are enough.
"""

from collections.abc import Iterable, Sequence

from kvmsearch.engines.whoosh.ranker.lookup import Place
from kvmsearch.engines.whoosh.ranker.matches import Matches
from kvmsearch.ranking import raised

_NONE = float("-inf")
"""Less than any score."""


class Race:
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
        known, bests, group = self._matches.known, self._best, self._matches.group
        for place in places:
            documents = self._matches.ordered(place)
            own = known[place]
            best = bests.get(place, own)
            if len(documents) > 1:
                own = max([known[one] for one in documents])
                best = max([bests.get(one, own) for one in documents])
            lift = raised(own, best) - own if best > own else 0.0
            for one in documents[:1] if group else documents:
                earned = own if group else known[one]
                self.scores[one] = max(earned + lift, self.scores.get(one, _NONE))

    def holding(self, score: float) -> int:
        """Return how many have this score or a better one."""
        return sum(map(score.__le__, self.scores.values()))

    def score_of(self, count: int) -> float:
        """Return the score that so many have or exceed."""
        best = sorted(self.scores.values(), reverse=True)[:count]
        return best[-1] if len(best) == count else _NONE
