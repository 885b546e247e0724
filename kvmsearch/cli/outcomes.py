"""Updating, and what is said of it: a line a source, and an exit code."""

import sys
from collections.abc import Iterable, Sequence

import kvmsearch
from kvmsearch.cli.progress import ProgressLine
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.output.harmless import one_line
from kvmsearch.registry import Outcome

DONE = 0
NOTHING_DONE = 2
DONE_IN_PART = 3


def update(index: kvmsearch.Index, names: Sequence[str], jobs: int | None) -> list[Outcome]:
    """Update the sources named (all, if none is), and say what was done for each."""
    with ProgressLine(sys.stderr) as progress:
        outcomes = index.update(*names, progress=progress, jobs=jobs)
    emit(map(summary, outcomes))
    for outcome in outcomes:
        if outcome.error:
            tell("error", f"{outcome.source}: {outcome.error}")
    return outcomes


def summary(outcome: Outcome) -> str:
    """Return what was done for one source."""
    counts = f"{outcome.new:,} new, {outcome.updated:,} updated, {outcome.unchanged:,} unchanged"
    return f"{one_line(outcome.source)}: {counts}"


def exit_code(outcomes: Iterable[Outcome], refused: int = 0) -> int:
    """Return the exit code for what was done, and for so many sources that were refused before."""
    given = list(outcomes)
    if not refused and not any(outcome.error for outcome in given):
        return DONE
    return DONE_IN_PART if any(map(_achieved, given)) else NOTHING_DONE


def _achieved(outcome: Outcome) -> bool:
    return not outcome.error or outcome.new + outcome.updated + outcome.unchanged > 0
