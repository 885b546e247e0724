"""What is new in a repository, brought into indexes that are there."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

from bench.speed.cost import cost_of
from bench.speed.figures import GIT, Row, at_most, row, within
from bench.speed.hired import hired
from bench.speed.history import BRANCH, git
from bench.speed.peers import peer
from bench.speed.phases.searching import in_turn
from bench.speed.product import NAME, command
from bench.speed.workshop import Plan, Workshop

NEW = 10
JOINED = 100_000
"""Commits of a branch that joins, where the history has so many."""

WAITING = 20
"""Updates that wait to be merged, in three sizes."""

LARGEST = 500
"""Commits of one of them."""


def update(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Add 10 commits and have every engine read them, in turn."""
    names = {NAME: NAME, **{peer(module).name: module for module in plan.peers}}
    done = defaultdict(list)
    with ExitStack() as held:
        workers = {
            name: held.enter_context(shop.worker(engine, shop.copy(f"{engine}-updated", engine)))
            for name, engine in names.items()
        }
        for _ in range(plan.rounds + 1):
            told = {"repository": str(shop.repository), "revisions": shop.append(NEW)}
            for name, worker in workers.items():
                done[name].append(worker.do("update", **told))
    yield from _rows({name: each[1:] for name, each in done.items()})
    yield _as_command(shop, plan)
    shop.reset()
    for engine in names.values():
        shop.fresh(f"{engine}-updated")


def _rows(done: dict[str, list[dict[str, float]]]) -> Iterator[Row]:
    own = {name: [1000 * one["cpu"] for one in each] for name, each in done.items()}
    all_cpu = {
        name: [1000 * (one["cpu"] + one["children"]) for one in each] for name, each in done.items()
    }
    wrote = {name: [one["written"] / 1000 for one in each] for name, each in done.items()}
    what = f"update, {NEW} new commits"
    yield row("update", f"{what}: CPU but git's", "ms", own, [at_most(30)])
    yield row("update", f"{what}: CPU", "ms", all_cpu)
    yield row("update", f"{what}: written", "kB", wrote, [at_most(100)])


def _as_command(shop: Workshop, plan: Plan) -> Row:
    line = command("update", "--index", shop.folder / f"{NAME}-updated")
    times = []
    for _ in range(plan.rounds):
        shop.append(NEW)
        times.append(1000 * shop.run(line).cpu)
    return row("update", "command, update: CPU", "ms", {NAME: times})


def join(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Follow one more branch, whose commits are all there, and have git list them."""
    before = max(0, shop.commits - JOINED)
    tip = git(shop.repository, "rev-list", f"--skip={before}", "--max-count=1", BRANCH)
    listed, joined = [], []
    with shop.worker(NAME, shop.copy(f"{NAME}-joined", NAME)) as worker:
        worker.do("update")
        for turn in range(plan.rounds + 1):
            branch = f"joined-{turn}"
            git(shop.repository, "update-ref", f"refs/heads/{branch}", tip)
            listed.append(cost_of(["git", "-C", shop.repository, "rev-list", branch]))
            worker.do("follow", branch=branch)
            joined.append(worker.do("update"))
    shop.fresh(f"{NAME}-joined")
    what = f"join a branch of {int(git(shop.repository, 'rev-list', '--count', tip)):,} commits"
    cpu = {
        NAME: [one["cpu"] + one["children"] for one in joined[1:]],
        GIT: [one.cpu for one in listed[1:]],
    }
    wall = {NAME: [one["wall"] for one in joined[1:]], GIT: [one.wall for one in listed[1:]]}
    yield row("join", f"{what}: CPU", "s", cpu, [within(2, GIT)])
    yield row("join", f"{what}: wall", "s", wall)


def pending(shop: Workshop, plan: Plan) -> Iterator[Row]:
    """Ask an index in which many small segments wait, and the one without them."""
    folder = shop.copy(f"{NAME}-pending", NAME)
    with hired(NAME, folder) as worker:
        for number in range(WAITING):
            shop.append(_size(number, shop.commits))
            worker.do("update")
    shop.reset()
    queries = [query for each in shop.chosen.classes.values() for query in each]
    with shop.worker(NAME, folder) as waiting, hired(NAME, shop.index(NAME)) as merged:
        times = in_turn(shop, {NAME: waiting, "merged": merged}, queries, plan.rounds)
    segments = len(list(folder.glob("*.seg")))
    shop.fresh(folder.name)
    whole = [1000 * median(each) for each in times["merged"]]
    goal = within(1.5, "the merged index", whole)
    own = {NAME: [1000 * median(each) for each in times[NAME]]}
    yield row("pending", f"query, all classes, {segments} segments", "ms", own, [goal])


def _size(number: int, commits: int) -> int:
    """Return how many commits an update has: so unlike in size that most are not merged."""
    most = min(LARGEST, commits // 200)
    tier = number * 3 // WAITING
    return max(1, most // (1, 10, 100)[tier])
