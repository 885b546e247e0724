"""A question to its answers."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from kvmsearch.engines import Answer, Answers, Question
from kvmsearch.engines.whoosh.ranker.evaluate import Evaluation
from kvmsearch.engines.whoosh.ranker.grep import Grep
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.named import find_named
from kvmsearch.engines.whoosh.ranker.page import Entry, Matches
from kvmsearch.engines.whoosh.ranker.protocol import Snapshot
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.terms import named_in


def answer(snapshot: Snapshot, question: Question) -> Answers:
    """Answer a question from a snapshot.

    Raises:
        StorageError: a file of the index is damaged.
        UsageError: a regular expression takes too long.
    """
    matches, with_all = find(snapshot, question)
    count = question.skip + question.limit
    if question.sort == "relevance":
        entries = matches.best(count)
    else:
        entries = matches.by_date(count, newest=question.sort == "newest")
    return Answers(
        total=matches.total,
        with_all_words=with_all,
        total_commits=matches.changes.commits,
        page=tuple(_answer(snapshot, entry) for entry in entries[question.skip :]),
    )


def find(snapshot: Snapshot, question: Question) -> tuple[Matches, int]:
    """Return the matches of a question, and how many answers have all of its words."""
    readings = [Reading(leaf) for leaf in snapshot.leaves]
    names = find_named(readings, question.query)
    with Grep() as grep:
        evaluations = [
            Evaluation(
                reading, snapshot.membership, grep, {n: bits[i] for n, bits in names.items()}
            )
            for i, reading in enumerate(readings)
        ]
        bits = [one.matching(question.query, any_word=question.any_word) for one in evaluations]
        with_all = bits
        if question.any_word:
            with_all = [
                one.matching(question.query, any_word=False, within=found)
                for one, found in zip(evaluations, bits, strict=True)
            ]
    named = [
        reduce(or_, (names[node][leaf] for node in named_in(question.query)), 0)
        for leaf in range(len(readings))
    ]
    scorer = Scorer(readings, question.query, named)
    matches = Matches(readings, bits, scorer, snapshot.manifest.aliases, group=question.group)
    return matches, _count(matches, with_all, bits, group=question.group)


def _count(matches: Matches, with_all: Sequence[int], bits: Sequence[int], *, group: bool) -> int:
    if with_all == bits:
        return matches.total
    return matches.changes.count(with_all) if group else sum(map(int.bit_count, with_all))


def _answer(snapshot: Snapshot, entry: Entry) -> Answer:
    shown, *copies = (
        snapshot.commit(snapshot.leaves[leaf].base + document) for leaf, document in entry.documents
    )
    return Answer(shown, entry.score, tuple(copies))
