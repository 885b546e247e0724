"""A question to its answers."""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache, partial, reduce
from operator import or_
from typing import TYPE_CHECKING

from kvmsearch.engines import Answer, Answers, Question
from kvmsearch.engines.whoosh.ranker.evaluate import Evaluation
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.matches import Matches
from kvmsearch.engines.whoosh.ranker.named import Names, find_named
from kvmsearch.engines.whoosh.ranker.page import Entry, best, by_date
from kvmsearch.engines.whoosh.ranker.plan import Plan
from kvmsearch.engines.whoosh.ranker.scores import Scorer
from kvmsearch.engines.whoosh.ranker.terms import asks_branch, named_in
from kvmsearch.query.tree import Node
from kvmsearch.record import replace

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.grep import Grep
    from kvmsearch.engines.whoosh.ranker.protocol import Snapshot


def answer(snapshot: "Snapshot", question: Question) -> Answers:
    """Answer a question from a snapshot.

    Raises:
        StorageError: a file of the index is damaged.
        UsageError: a regular expression takes too long.
    """
    readings = [Reading(leaf) for leaf in snapshot.leaves]
    names = find_named(readings, question.query)
    bits, with_all = _matching(snapshot, readings, question, names)
    scorer = Scorer(readings, question.query, _named(names, question.query, len(readings)))
    aliases = snapshot.manifest.aliases
    matches = Matches(
        readings,
        bits,
        scorer,
        aliases,
        group=question.group,
        on_branch=asks_branch(question.query),
    )
    ranked = question.sort == "relevance"
    if ranked:
        entries = best(matches, question.skip, question.limit)
    else:
        newest = question.sort == "newest"
        entries = by_date(matches, question.skip, question.limit, newest=newest)
    page = [_answer(snapshot, entry) for entry in entries]
    if question.explain and ranked:
        from kvmsearch.engines.whoosh.ranker.explain import explained  # noqa: PLC0415 - few ask

        page = [
            replace(one, explanation=explained(question.query, scorer, readings, matches, entry))
            for one, entry in zip(page, entries, strict=True)
        ]
    missing = not all(scorer.frequencies.values())
    return Answers(
        total=matches.total,
        with_all_words=_count(matches, with_all, bits, group=question.group),
        page=tuple(page),
        total_commits=matches.changes.commits,
        suggestion=_suggestion(readings, question.query) if missing else None,
    )


def _suggestion(readings: Sequence[Reading], query: Node) -> str | None:
    from kvmsearch.engines.whoosh.ranker.suggest import suggested  # noqa: PLC0415 - seldom needed

    return suggested(readings, query)


def _matching(
    snapshot: "Snapshot", readings: Sequence[Reading], question: Question, names: Names
) -> tuple[list[int], list[int]]:
    """Return what matches, and what of it has all words, as bits by segment."""
    query, plan = question.query, Plan()
    with ExitStack() as stack:
        grep = cache(partial(_grep, stack))
        evaluations = [
            Evaluation(
                reading,
                snapshot.membership,
                grep,
                {one: bits[at] for one, bits in names.items()},
                plan,
            )
            for at, reading in enumerate(readings)
        ]
        bits = [one.matching(query, any_word=question.any_word) for one in evaluations]
        if not question.any_word:
            return bits, bits
        return bits, [
            one.matching(query, any_word=False, within=found)
            for one, found in zip(evaluations, bits, strict=True)
        ]


def _grep(stack: ExitStack) -> "Grep":
    from kvmsearch.engines.whoosh.ranker.grep import Grep  # noqa: PLC0415 - few have a pattern

    return stack.enter_context(Grep())


def _named(names: Names, query: Node, segments: int) -> list[int]:
    """Return what is to rank first, as bits by segment."""
    asked = [names[node] for node in named_in(query)] if names else []
    return [reduce(or_, of_segment) for of_segment in zip(*asked, strict=True)] or [0] * segments


def _count(matches: Matches, with_all: Sequence[int], bits: Sequence[int], *, group: bool) -> int:
    if with_all == bits:
        return matches.total
    return matches.changes.count(with_all) if group else sum(map(int.bit_count, with_all))


def _answer(snapshot: "Snapshot", entry: Entry) -> Answer:
    leaves = snapshot.leaves
    shown, *copies = [
        snapshot.commit(leaves[leaf].base + document) for leaf, document in entry.documents
    ]
    return Answer(shown, entry.score, tuple(copies))
