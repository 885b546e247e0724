"""What was measured of each history, kept as JSON, so that a part can be measured anew."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.speed.figures import Goal, Row
from bench.speed.phases import PHASES
from kvmsearch import KvmsearchError


@dataclass(frozen=True, slots=True)
class Run:
    """One history and its rows."""

    history: str
    commits: int
    """How many it has."""

    asked: Mapping[str, Sequence[str]]
    """Queries by class, as they are typed."""

    setting: Mapping[str, str]
    phases: Mapping[str, str]
    """Of each phase measured, when it began, how many rounds it took, and the load then."""

    rows: Sequence[Row]


def merged(known: Iterable[Run], new: Run) -> list[Run]:
    """Return runs with one added; of a history that is known, only the phases run are replaced."""
    runs = {run.history: run for run in known}
    old = runs.get(new.history)
    if old:
        kept = [row for row in old.rows if row.phase not in new.phases]
        rows = sorted([*kept, *new.rows], key=lambda row: list(PHASES).index(row.phase))
        new = replace(new, rows=rows, phases={**old.phases, **new.phases})
    return sorted([run for run in runs.values() if run is not old] + [new], key=_commits)


def _commits(run: Run) -> int:
    return run.commits


def read(path: Path) -> list[Run]:
    """Read what `write` wrote; nothing where no file is.

    Raises:
        KvmsearchError: it is another file.
    """
    if not path.exists():
        return []
    try:
        return [_run(told) for told in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KvmsearchError(f"{path}: not what the bench wrote ({error!r}); remove it") from error


def _run(told: Mapping[str, Any]) -> Run:
    return Run(**{**told, "rows": [_row(row) for row in told["rows"]]})


def _row(told: Mapping[str, Any]) -> Row:
    samples = {engine: tuple(each) for engine, each in told["samples"].items()}
    goals = tuple(Goal(**goal) for goal in told["goals"])
    return Row(**{**told, "samples": samples, "goals": goals})


def write(path: Path, runs: Iterable[Run]) -> None:
    """Write runs as JSON."""
    text = json.dumps([asdict(run) for run in runs], indent=1)
    path.write_text(f"{text}\n", encoding="utf-8")
