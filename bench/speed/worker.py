"""A process that holds one engine open and does what it is told, measured from inside.

`python -m bench.speed.worker ENGINE FOLDER [PROFILE]` reads a JSON object a line and answers each
with one: what it cost, in seconds of CPU of its own and of the processes that it started, seconds
of wall time and bytes written; with `found`, how many hits there were.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from cProfile import Profile
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import kvmsearch
from bench.speed import product
from bench.speed.asked import read
from bench.speed.history import texts
from bench.speed.peers import peer

LIMIT = 10
"""Hits, each with a snippet."""

Told = Mapping[str, Any]
Deed = Callable[[Told], int | None]


def deeds(engine: str, folder: Path) -> AbstractContextManager[dict[str, Deed]]:
    """Open an engine, and return what it can do, by name."""
    return _of_product(folder) if engine == product.NAME else _of_peer(engine, folder)


@contextmanager
def _of_product(folder: Path) -> Iterator[dict[str, Deed]]:
    with kvmsearch.open(folder) as index:
        search = product.searches(index)
        yield {
            "search": lambda told: search(read(told["query"]), LIMIT),
            "follow": lambda told: product.follow(index, told["branch"]),
            "update": lambda _: product.update(index),
        }


@contextmanager
def _of_peer(module: str, folder: Path) -> Iterator[dict[str, Deed]]:
    engine = peer(module)

    def add(told: Told) -> None:
        engine.add(folder, texts(Path(told["repository"]), told["revisions"]))

    with engine.open(folder) as search:
        yield {
            "search": lambda told: len(search(read(told["query"]), LIMIT)),
            "update": add,
        }


def measured(deed: Deed, told: Told, watched: AbstractContextManager[Any]) -> dict[str, float]:
    """Do a thing and return what it cost."""
    wrote, own, others, begun = _written(), _cpu(RUSAGE_SELF), _cpu(RUSAGE_CHILDREN), _now()
    with watched:
        found = deed(told)
    return {
        "cpu": _cpu(RUSAGE_SELF) - own,
        "children": _cpu(RUSAGE_CHILDREN) - others,
        "wall": _now() - begun,
        "written": _written() - wrote,
        "found": found or 0,
    }


_now = time.perf_counter


def _cpu(who: int) -> float:
    used = getrusage(who)
    return used.ru_utime + used.ru_stime


def _written() -> int:
    """Return the bytes that this process, and those that it waited for, handed to write()."""
    return int(Path("/proc/self/io").read_text(encoding="ascii").split("wchar: ")[1].split()[0])


def main(engine: str, folder: str, profile: str = "") -> None:
    """Answer until there is nothing more to read."""
    watched = Profile() if profile else nullcontext()
    with deeds(engine, Path(folder)) as able:
        for line in sys.stdin:
            told = json.loads(line)
            print(json.dumps(measured(able[told["do"]], told, watched)), flush=True)  # noqa: T201
    if isinstance(watched, Profile):
        watched.dump_stats(profile)


if __name__ == "__main__":
    main(*sys.argv[1:])
