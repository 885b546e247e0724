"""Queries to engines that stay open: CPU time of the ten best with snippets."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any

from bench.quality.peers import asked
from bench.quality.questions import read_questions, sample
from bench.speed.asked import Query, written
from bench.speed.chosen import Chosen
from bench.speed.figures import Row, row, within
from bench.speed.hired import Worker
from bench.speed.history import BRANCH
from bench.speed.peers import peer
from bench.speed.product import NAME, SOURCE
from bench.speed.workshop import Plan, Workshop

FTS5 = "SQLite FTS5"
QUESTIONS = 30
"""Questions of a file that are asked."""

Samples = dict[str, list[float]]


def mix(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Ask all engines the queries chosen, class by class."""
    classes = dict(shop.chosen.classes)
    with ExitStack() as held:
        workers = everybody(shop, plan, held)
        times = {name: in_turn(shop, workers, each, plan.rounds) for name, each in classes.items()}
        more = {text: [Query("all", tuple(text.split()))] for text in plan.more}
        rest = {
            f"'{text}'": in_turn(shop, workers, each, plan.rounds) for text, each in more.items()
        }
    yield row("query", "query, all classes", "ms", _together(times), [within(1, FTS5)])
    for name, found in (times | rest).items():
        yield row("query", f"query, {name}", "ms", _middles(found), [within(2, FTS5)])


def questions(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Ask long questions, as people wrote them, for any of their words."""
    for path in plan.questions:
        read = sample(read_questions(path), QUESTIONS)
        queries = [Query("question", tuple(asked(one.query)), one.query) for one in read]
        with ExitStack() as held:
            times = _middles(in_turn(shop, everybody(shop, plan, held), queries, plan.rounds))
        what = f"question, long, of {path.stem}"
        yield row("questions", what, "ms", times, [within(1, FTS5)])


def narrowed(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Ask kvmsearch the same queries plainly and in other ways."""
    with ExitStack() as held:
        worker = held.enter_context(shop.worker(NAME, shop.index(NAME)))
        for name, (plain, other) in _ways(shop.chosen).items():
            pairs = [query for pair in zip(plain, other, strict=True) for query in pair]
            rounds = in_turn(shop, {NAME: worker}, pairs, plan.rounds)[NAME]
            plainly = [1000 * median(each[::2]) for each in rounds]
            otherwise = {NAME: [1000 * median(each[1::2]) for each in rounds]}
            goal = within(2, "the plain query", plainly)
            yield row("narrowed", f"query, {name}", "ms", otherwise, [goal])


def _ways(chosen: Chosen) -> dict[str, tuple[Sequence[Query], Sequence[Query]]]:
    """Return plain queries, and the same asked in another way, by its name."""
    any_word = chosen.classes["2 common words, any"]
    all_words = chosen.classes["2 common words, all"]
    first, last = chosen.years
    filters = {
        "of a branch": f"branch:{SOURCE}/{BRANCH}",
        "of an author": f"author:{chosen.author}",
        "of some years": f"date:{first}..{last}",
    }
    hows: dict[str, dict[str, Any]] = {"ungrouped": {"group": False}, "--skip 1000": {"skip": 1000}}
    ways = {
        name: (any_word, [one._replace(narrowed=text) for one in any_word])
        for name, text in filters.items()
    } | {
        name: (any_word, [one._replace(how=how) for one in any_word]) for name, how in hows.items()
    }
    newest = [one._replace(how={"sort": "newest"}) for one in all_words]
    return {**ways, "sorted by date": (all_words, newest)}


def everybody(shop: Workshop, plan: Plan, held: ExitStack) -> dict[str, Worker]:
    """Open all engines, by name."""
    names = {NAME: NAME, **{peer(module).name: module for module in plan.peers}}
    return {
        name: held.enter_context(shop.worker(engine, shop.index(engine)))
        for name, engine in names.items()
    }


def in_turn(
    shop: Workshop, workers: Mapping[str, Worker], queries: Sequence[Query], rounds: int
) -> dict[str, list[list[float]]]:
    """Ask every engine every query, in turn; return seconds of CPU by engine, round and query.

    The first round, in which files and caches are warmed, is not counted. It tells where engines
    do not agree whether there is any answer, as their times then say little.
    """
    times: dict[str, list[list[float]]] = {name: [] for name in workers}
    for turn in range(rounds + 1):
        for found in times.values():
            found.append([])
        for query in queries:
            costs = {name: one.do("search", query=query.told()) for name, one in workers.items()}
            for name, cost in costs.items():
                times[name][-1].append(cost["cpu"])
            without = [name for name, cost in costs.items() if not cost["found"]]
            if not turn and 0 < len(without) < len(costs):
                shop.say(f"{written(query)[0]}: nothing found by {', '.join(without)}")
    return {name: found[1:] for name, found in times.items()}


def _middles(times: Mapping[str, Sequence[Sequence[float]]]) -> Samples:
    """Return the median of each round in milliseconds."""
    return {name: [1000 * median(each) for each in found] for name, found in times.items()}


def _together(times: Mapping[str, Mapping[str, Sequence[Sequence[float]]]]) -> Samples:
    """Return the median of each round over the queries of all classes."""
    first = next(iter(times.values()))
    return {
        name: [
            1000 * median([one for each in rounds for one in each])
            for rounds in zip(*(found[name] for found in times.values()), strict=True)
        ]
        for name in first
    }
