"""From a repository to an index, by whole processes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bench.speed.cost import Cost, size
from bench.speed.figures import Row, at_most, row, within
from bench.speed.peers import peer
from bench.speed.product import NAME
from bench.speed.workshop import Plan, Workshop

THREADED = "tantivy"
"""The one peer that can use more than one core."""

_MB = 1e6


@dataclass(frozen=True, slots=True)
class _Made:
    cost: Cost
    size: int


def measure(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Make every index `plan.builds` times, in turn: by one process or thread, and by several."""
    alone: dict[str, list[_Made]] = defaultdict(list)
    together: dict[str, list[_Made]] = defaultdict(list)
    for turn in range(plan.builds):
        for engine in (NAME, *plan.peers):
            shop.say(f"indexing, {turn + 1} of {plan.builds}: {engine}")
            alone[_name(engine)].append(_made(shop, engine, engine, 1))
            if plan.jobs > 1 and engine in (NAME, THREADED):
                several = _made(shop, engine, f"{engine}-{plan.jobs}", plan.jobs)
                together[_name(engine)].append(several)
    yield from _alone(alone)
    if together:
        yield from _together(together, alone[NAME], plan.jobs)


def _name(engine: str) -> str:
    return engine if engine == NAME else peer(engine).name


def _made(shop: Workshop, engine: str, name: str, jobs: int) -> _Made:
    path = shop.fresh(name)
    cost = shop.build(engine, path, jobs)
    made = _Made(cost, size(path))
    if name != engine:
        shop.fresh(name)
    return made


def _alone(made: dict[str, list[_Made]]) -> Iterator[Row]:
    cpu = {name: [one.cost.cpu for one in each] for name, each in made.items()}
    wall = {name: [one.cost.wall for one in each] for name, each in made.items()}
    memory = {name: [one.cost.memory / _MB for one in each] for name, each in made.items()}
    sizes = {name: [one.size / _MB for one in each] for name, each in made.items()}
    goals = (within(4, "SQLite FTS5"), within(0.6, "Xapian"))
    yield row("index", "index, one process: CPU", "s", cpu, goals)
    yield row("index", "index, one process: wall", "s", wall)
    yield row("index", "index, one process: peak memory", "MB", memory, [at_most(256)])
    yield row("index", "index: size", "MB", sizes, [within(0.9, "SQLite FTS5")])


def _together(made: dict[str, list[_Made]], alone: list[_Made], jobs: int) -> Iterator[Row]:
    cpu = {name: [one.cost.cpu for one in each] for name, each in made.items()}
    wall = {name: [one.cost.wall for one in each] for name, each in made.items()}
    memory = {name: [one.cost.memory / _MB for one in each] for name, each in made.items()}
    goal = within(0.6, "one process", [one.cost.wall for one in alone])
    yield row("index", f"index, {jobs} jobs: wall", "s", wall, [goal])
    yield row("index", f"index, {jobs} jobs: CPU", "s", cpu)
    most = f"index, {jobs} jobs: peak memory of a process"
    yield row("index", most, "MB", memory, [at_most(256)])
