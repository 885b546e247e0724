"""Other ways to rank by series than the one shipped, on the scores that the product gives.

The only module that knows how the product ranks inside: scores are made once a question,
then raised each way. Copies of one change count as commits of their own here.
"""

from collections.abc import Mapping
from functools import cache
from heapq import nsmallest
from pathlib import Path

import kvmsearch
from bench.quality.evaluation import Case, Worth, worth
from bench.quality.measures import RECALL_DEPTH
from bench.quality.series import LIFTS, lifted, series
from bench.quality.workshop import INDEX
from kvmsearch import Index
from kvmsearch.engines import Question
from kvmsearch.engines.whoosh.engine import WhooshEngine
from kvmsearch.engines.whoosh.evaluate import Evaluation
from kvmsearch.engines.whoosh.rank import _scores
from kvmsearch.engines.whoosh.snapshot import Snapshot
from kvmsearch.ranking import SERIES_WEIGHT


def lift_worths(folder: Path, case: Case) -> dict[str, Worth]:
    """Return what a case's answers are worth under each way of lifting, by its name."""
    index, snapshot = _opened(folder)
    question = Question(index.parse(case.text))
    evaluation = Evaluation(snapshot)
    matching = evaluation.matching(question.query, any_word=True)
    unwanted = {snapshot.find(name) for name in case.excluded - case.relevant}
    scores = _scores(evaluation, question, matching - unwanted)
    authors, dates = snapshot.column("author_key"), snapshot.column("author_date")
    chains = list(series((authors[one], dates[one], one) for one in scores))
    return {
        name(way, weight): worth(_ranking(snapshot, lifted(scores, chains, way, weight)), case)
        for way, weight in LIFTS
    }


def shipped() -> str:
    """Return the name of the product's own way."""
    return name("of what it lacks to the best", SERIES_WEIGHT)


def name(way: str, weight: float) -> str:
    """Return what a way to lift is called in a table."""
    return f"{weight:g} {way}" if weight else way


def _ranking(snapshot: Snapshot, scores: Mapping[int, float]) -> list[frozenset[str]]:
    dates = snapshot.column("committer_date")
    best = nsmallest(RECALL_DEPTH, scores, key=lambda one: (-scores[one], -dates[one]))
    return [frozenset([snapshot.commit(one).id]) for one in best]


@cache
def _opened(folder: Path) -> tuple[Index, Snapshot]:
    index = kvmsearch.open(folder / INDEX)
    engine = index._engine  # noqa: SLF001 - see above
    assert isinstance(engine, WhooshEngine)
    return index, engine._current  # noqa: SLF001
