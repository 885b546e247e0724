"""Matching documents to ranked changes: the formula of kvmsearch.ranking, worked out in full.

Slow and obvious on purpose: it scores every match. It stays as the reference of what a
faster ranker must answer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import nsmallest

from kvmsearch.engines import Answer, Answers, Question
from kvmsearch.engines.whoosh.evaluate import Documents, Evaluation, Frequencies
from kvmsearch.engines.whoosh.snapshot import Snapshot
from kvmsearch.engines.whoosh.terms import NEIGHBOUR_FIELDS, pairs, ranking_terms
from kvmsearch.query.tree import Node
from kvmsearch.ranking import (
    FIELD_WEIGHTS,
    NEIGHBOUR_WEIGHT,
    Change,
    idf,
    normalised,
    saturated,
    series_lifts,
)
from kvmsearch.record import Record


class _Group(Record):
    """The matching documents of one change, the one to show first."""

    documents: list[int]
    score: float


def answer(snapshot: Snapshot, question: Question) -> Answers:
    """Answer a question from a snapshot, exhaustively."""
    evaluation = Evaluation(snapshot)
    documents = evaluation.matching(question.query, any_word=question.any_word)
    with_all = documents & evaluation.matching(question.query, any_word=False)
    scores = _scores(evaluation, question, documents)
    groups = _groups(snapshot, question, scores)
    keys = _order(snapshot, question)
    page = nsmallest(question.skip + question.limit, groups, key=keys)[question.skip :]
    return Answers(
        total=len(groups),
        with_all_words=_count(snapshot, question, with_all),
        page=tuple(_answer(snapshot, group) for group in page),
        total_commits=len(documents),
    )


def _scores(evaluation: Evaluation, question: Question, documents: Documents) -> dict[int, float]:
    scores = dict.fromkeys(documents, 0.0)
    for gain in _gains(evaluation, question.query):
        for document, score in gain.items():
            if document in scores:
                scores[document] += score
    return scores


def _gains(evaluation: Evaluation, query: Node) -> Iterator[dict[int, float]]:
    """Yield what each term, then each pair of neighbours, adds to the scores of documents."""
    snapshot = evaluation.snapshot
    for term in dict.fromkeys(ranking_terms(query)):
        yield _bm25f(
            snapshot, {field: evaluation.frequencies(term, field) for field in term.fields}
        )
    for pair in dict.fromkeys(pairs(query)):
        by_field = {field: evaluation.neighbours(pair, field) for field in NEIGHBOUR_FIELDS}
        gain = _bm25f(snapshot, by_field)
        yield {document: NEIGHBOUR_WEIGHT * score for document, score in gain.items()}


def _bm25f(snapshot: Snapshot, by_field: Mapping[str, Frequencies]) -> dict[int, float]:
    """Return what one term adds to the score of each document that has it."""
    frequency: dict[int, float] = defaultdict(float)
    for field, counts in by_field.items():
        average = snapshot.average_length(field)
        weight = FIELD_WEIGHTS[field]
        lengths = snapshot.lengths(field)
        for document, count in counts.items():
            frequency[document] += weight * normalised(count, lengths[document], average)
    rarity = idf(len(snapshot), len(frequency))
    return {document: rarity * saturated(value) for document, value in frequency.items()}


def _groups(snapshot: Snapshot, question: Question, scores: Mapping[int, float]) -> list[_Group]:
    """Return the changes among the documents, each with its score raised by its series."""
    changes = _by_change(snapshot, scores)
    lifts = _lifts(snapshot, changes, scores) if question.sort == "relevance" else {}
    groups = []
    for key, documents in changes.items():
        lift = lifts.get(key, 0.0)
        if question.group:
            documents.sort(key=_preference(snapshot, scores))
            groups.append(_Group(documents, scores[documents[0]] + lift))
        else:
            groups += [_Group([document], scores[document] + lift) for document in documents]
    return groups


def _by_change(snapshot: Snapshot, documents: Iterable[int]) -> dict[int, list[int]]:
    keys = snapshot.column("change_key")
    changes: dict[int, list[int]] = defaultdict(list)
    for document in documents:
        changes[keys[document]].append(document)
    return changes


def _lifts(
    snapshot: Snapshot, changes: Mapping[int, list[int]], scores: Mapping[int, float]
) -> dict[int, float]:
    authors, dates = snapshot.column("author_key"), snapshot.column("author_date")
    return series_lifts(
        {
            key: Change(
                authors[documents[0]],
                dates[documents[0]],
                max(scores[document] for document in documents),
            )
            for key, documents in changes.items()
        }
    )


def _preference(
    snapshot: Snapshot, scores: Mapping[int, float]
) -> Callable[[int], tuple[float, int, "_Tie"]]:
    """Order the copies of a change: the best match, then the one committed first."""
    dates = snapshot.column("committer_date")
    return lambda document: (-scores[document], dates[document], _Tie(snapshot, document))


def _order(snapshot: Snapshot, question: Question) -> Callable[[_Group], tuple[float, int, str]]:
    dates = snapshot.column("committer_date")
    sign = 1 if question.sort == "oldest" else -1

    def key(group: _Group) -> tuple[float, int, str]:
        first = group.documents[0]
        score = -group.score if question.sort == "relevance" else 0.0
        return score, sign * dates[first], _Tie(snapshot, first)  # type: ignore[return-value]

    return key


class _Tie:
    """The id of a document, read only where score and date are equal."""

    __slots__ = ("document", "snapshot")

    def __init__(self, snapshot: Snapshot, document: int) -> None:
        self.snapshot = snapshot
        self.document = document

    def __lt__(self, other: "_Tie") -> bool:
        return self.snapshot.commit(self.document).id < self.snapshot.commit(other.document).id


def _count(snapshot: Snapshot, question: Question, documents: Documents) -> int:
    return len(_by_change(snapshot, documents)) if question.group else len(documents)


def _answer(snapshot: Snapshot, group: _Group) -> Answer:
    commits = [snapshot.commit(document) for document in group.documents]
    return Answer(commits[0], group.score, tuple(commits[1:]))
