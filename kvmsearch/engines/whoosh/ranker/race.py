"""The answers so far by score, while documents come in the order of their own scores.

docs/searching.md proves when they are enough.
"""

from collections.abc import Sequence

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
        known, bests = self._matches.known, self._best
        come = set(places)
        rest: set[Place] = set()
        for series in self._matches.series.around([one for one in places if one not in bests]):
            scores = [known[one] for one in series if one in come]
            # The best of a series comes first.
            if scores and series[0] not in bests:
                bests.update(dict.fromkeys(series, max(scores)))
                rest.update(series)
        rest -= come
        bounds = self._matches.bounds(rest)
        best_of = ((place, bounds[place], bests[place]) for place in rest)
        self._waiting += [
            (raised(bound, best) if bound < best else best, place) for place, bound, best in best_of
        ]
        self._score(places)

    def settle(self, score: float) -> None:
        """Enter those that wait and could have this score or a better one."""
        places = [place for bound, place in self._waiting if bound >= score]
        self._waiting = [one for one in self._waiting if one[0] < score]
        self._matches.learn(places)
        self._score(places)

    def _score(self, places: Sequence[Place]) -> None:
        """Give the changes of some documents their scores, unless they have better ones."""
        self._matches.gather(places, in_series=True)
        known, several = self._matches.known, self._matches.several
        bests, scores = self._best, self.scores
        for place in places:
            own = known[place]
            best = bests.get(place, own)
            documents = several.get(place)
            if documents is None:
                scores[place] = own + _lift(own, best) if best > own else own
                continue
            own = max([known[one] for one in documents])
            best = max([bests.get(one, own) for one in documents])
            lift = _lift(own, best)
            for one in documents[:1] if self._matches.group else documents:
                earned = own if self._matches.group else known[one]
                scores[one] = max(earned + lift, scores.get(one, _NONE))

    def holding(self, score: float) -> int:
        """Return how many have this score or a better one."""
        return sum(map(score.__le__, self.scores.values()))

    def score_of(self, count: int) -> float:
        """Return the score that so many have or exceed."""
        best = sorted(self.scores.values(), reverse=True)[:count]
        return best[-1] if len(best) == count else _NONE


def _lift(own: float, best: float) -> float:
    return raised(own, best) - own if best > own else 0.0
