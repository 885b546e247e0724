"""Whole processes that answer one query, as from a shell."""

import sys
from collections import defaultdict
from collections.abc import Iterator

from bench.speed.cost import Cost, cost_of
from bench.speed.figures import GIT, Row, row, within
from bench.speed.history import BRANCH
from bench.speed.peers import peer
from bench.speed.product import NAME, command
from bench.speed.workshop import Plan, Workshop

SLOW_ROUNDS = 3
"""How often git is asked, which reads all of the history."""


def measure(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Start every engine's command in turn, and `git log --grep`."""
    classes = shop.chosen.classes
    for name in ("rare word", "common word", "2 common words, all"):
        words = classes[name][0].words
        costs = _in_turn(shop, plan, words)
        cpu = {engine: [1000 * one.cpu for one in each] for engine, each in costs.items()}
        wall = {engine: [1000 * one.wall for one in each] for engine, each in costs.items()}
        bounds = [within(1.3, "SQLite FTS5"), within(1 / 12, GIT)] if name == "rare word" else []
        yield row("process", f"command, {name}: CPU", "ms", cpu, bounds)
        yield row("process", f"command, {name}: wall", "ms", wall)


def _in_turn(shop: Workshop, plan: Plan, words: tuple[str, ...]) -> dict[str, list[Cost]]:
    """Return what each command cost; the first time does not count."""
    ask = [sys.executable, "-m", "bench.speed.ask"]
    others: dict[str, list[str]] = {
        peer(module).name: [*ask, module, str(shop.index(module)), *words] for module in plan.peers
    }
    patterns = [f"--grep={word}" for word in words]
    log = [
        "git",
        "-C",
        str(shop.repository),
        "log",
        "--oneline",
        "-i",
        "--all-match",
        *patterns,
        BRANCH,
    ]
    mine = command("search", "--all", "--index", shop.index(NAME), *words)
    costs = defaultdict(list)
    for turn in range(plan.rounds + 1):
        costs[NAME].append(shop.run(mine))
        for name, one in others.items():
            costs[name].append(cost_of(one))
        if turn <= SLOW_ROUNDS and plan.peers:
            costs[GIT].append(cost_of(log))
    return {name: each[1:] for name, each in costs.items()}
