"""kvmsearch as its users run it: by its command line, and in a process that stays, by its API."""

import sys
from collections.abc import Callable
from pathlib import Path

import kvmsearch
from bench.speed.asked import Query, written
from bench.speed.history import BRANCH
from kvmsearch import Index, KvmsearchError, SourceSpec

NAME = "kvmsearch"
SOURCE = "measured"


def command(*arguments: str | Path) -> list[str]:
    """Return a command line of kvmsearch."""
    return [sys.executable, "-m", "kvmsearch", *map(str, arguments)]


def index_command(repository: Path, folder: Path, jobs: int | None = None) -> list[str]:
    """Return the command that indexes a repository; the default number of jobs if none is said."""
    limits = ["--name", SOURCE, "--branch", BRANCH]
    parallel = ["--jobs", str(jobs)] if jobs else []
    return command("index", repository, *limits, *parallel, "--index", folder)


def searches(index: Index) -> Callable[[Query, int], int]:
    """Return a function that asks and returns how many hits there were, snippets included."""

    def search(query: Query, limit: int) -> int:
        text, how = written(query)
        return len(index.search(text, limit, **how))

    return search


def update(index: Index) -> None:
    """Read what is new.

    Raises:
        KvmsearchError: the source could not be read.
    """
    for outcome in index.update(SOURCE):
        if outcome.error:
            raise KvmsearchError(outcome.error)


def follow(index: Index, branch: str) -> None:
    """Follow one more branch, and read nothing yet."""
    (status,) = index.sources()
    spec = status.spec
    branches = (*spec.branches, branch)
    index.register(SourceSpec(spec.name, spec.location, branches, spec.paths, merges=spec.merges))


def usable(folder: Path) -> bool:
    """Tell whether this kvmsearch can search the index of a folder."""
    try:
        with kvmsearch.open(folder) as index:
            index.search("any")
    except KvmsearchError:
        return False
    return True
