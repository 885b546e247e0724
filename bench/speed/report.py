"""Rows as one Markdown table, and runs as a page."""

from collections.abc import Iterable, Sequence

from bench.speed.figures import GIT, Goal, Row
from bench.speed.product import NAME
from bench.speed.runs import Run

ENGINES = (NAME, "SQLite FTS5", "tantivy", "Xapian", GIT)

_PAGE = """\
# Performance

<!-- Made by `make bench WRITE=docs`: change bench/speed/report.py, not this page. -->

What kvmsearch needs as its users run it, with all its fields, beside other engines on the same
text: what is measured and how is in [bench/README.md](../bench/README.md). Each figure is the
median, in brackets the least and the greatest. The engines of a row took turns; figures of
different rows, or phases, were not made at the same time. **Bold** are goals that are missed.

![Each row as a multiple of its base, with the goal](performance.svg)
"""


def page(runs: Iterable[Run]) -> str:
    """Return all runs as Markdown."""
    return "\n".join([_PAGE, *(_section(run) for run in runs)])


def _section(run: Run) -> str:
    told = "; ".join(f"{what} {value}" for what, value in run.setting.items())
    made = "".join(f"- {name}: {how}\n" for name, how in run.phases.items())
    title = f"## {run.history}: {run.commits:,} commits"
    asked = "".join(f"- {name}: {' | '.join(each)}\n" for name, each in run.asked.items())
    parts = (title, table(run.rows), f"{told}.", f"Phases:\n\n{made}", f"Queries:\n\n{asked}")
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def table(rows: Sequence[Row]) -> str:
    """Return rows as a Markdown table."""
    engines = [name for name in ENGINES if any(name in row.samples for row in rows)]
    lines = [
        f"| what | {' | '.join(engines)} | measured, and the goal |",
        f"|---|{'---|' * len(engines)}---|",
    ]
    for row in rows:
        figures = (_figure(row, name) for name in engines)
        goals = "; ".join(_goal(goal, row.unit) for goal in row.goals)
        lines.append(f"| {row.what} | {' | '.join(figures)} | {goals} |")
    return "\n".join(lines)


def _figure(row: Row, engine: str) -> str:
    samples = row.samples.get(engine)
    if not samples:
        return ""
    middle = f"{number(row.median(engine))} {row.unit}"
    low, high = number(min(samples)), number(max(samples))
    return middle if low == high else f"{middle} ({low} to {high})"


def _goal(goal: Goal, unit: str) -> str:
    if goal.base:
        most = f"1/{1 / goal.most:.0f}" if goal.most < 0.5 else f"{number(goal.most)}x"
        text = f"{number(goal.measured)}x {goal.base} (at most {most})"
    else:
        text = f"{number(goal.measured)} {unit} (at most {number(goal.most)})"
    return text if goal.met else f"**{text}**"


def number(value: float) -> str:
    """Return a number with two digits or three, as far as they say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"
