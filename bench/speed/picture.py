"""Runs as a picture: of each row with a base, every engine as a multiple of it, by a log scale."""

from collections.abc import Iterable, Iterator
from html import escape
from math import ceil, floor, log10

from bench.speed.figures import Row
from bench.speed.product import NAME
from bench.speed.report import ENGINES, number
from bench.speed.runs import Run

_COLOURS = dict(zip(ENGINES, ("#d6336c", "#1c7ed6", "#2b8a3e", "#e67700", "#868e96"), strict=True))
_LEFT, _WIDTH, _LINE, _TOP = 330, 520, 22, 56
_RIGHT = 40

_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>"""


def picture(runs: Iterable[Run]) -> str:
    """Return the SVG: a line a row, a dot an engine, and a bar where the goal is."""
    lines: list[tuple[str, Row | None]] = []
    for run in runs:
        kept = [row for row in run.rows if any(goal.base for goal in row.goals)]
        lines += [(f"{run.history}: {run.commits:,} commits", None)] if kept else []
        lines += [(row.what, row) for row in kept]
    points = [value for _, row in lines if row for value in [_bound(row), *_ratios(row).values()]]
    low = floor(log10(min(points, default=1)))
    high = max(low + 1, ceil(log10(max(points, default=10))))
    height = _TOP + _LINE * len(lines) + 10
    head = _HEAD.format(width=_LEFT + _WIDTH + _RIGHT, height=height)
    drawn = [head, *_legend(), *_grid(low, high, height)]
    for place, (text, row) in enumerate(lines):
        drawn += _line(text, row, _TOP + _LINE * place + _LINE // 2, (low, high))
    return "\n".join([*drawn, "</svg>\n"])


def _bound(row: Row) -> float:
    return next(goal.most for goal in row.goals if goal.base)


def _ratios(row: Row) -> dict[str, float]:
    """Return every engine as a multiple of the base of the row's first goal."""
    goal = next(goal for goal in row.goals if goal.base)
    base = row.median(NAME) / max(goal.measured, 1e-9)
    return {name: max(row.median(name) / base, 1e-3) for name in row.samples if base}


def _at(value: float, scale: tuple[int, int]) -> float:
    low, high = scale
    return _LEFT + _WIDTH * (log10(value) - low) / (high - low)


def _legend() -> Iterator[str]:
    across = 10
    for name, colour in _COLOURS.items():
        yield f'<circle cx="{across}" cy="14" r="5" fill="{colour}"/>'
        yield f'<text x="{across + 10}" y="18">{name}</text>'
        across += 40 + 7 * len(name)
    yield f'<rect x="{across}" y="7" width="3" height="14" fill="#212529"/>'
    yield f'<text x="{across + 10}" y="18">goal: left of it or on it</text>'


def _grid(low: int, high: int, height: int) -> Iterator[str]:
    for power in range(low, high + 1):
        across = _at(10.0**power, (low, high))
        colour = "#adb5bd" if power == 0 else "#e9ecef"
        yield f'<path d="M{across:.1f} {_TOP - 6}V{height - 6}" stroke="{colour}"/>'
        text = f"{number(10.0**power)}x"
        yield f'<text x="{across:.1f}" y="{_TOP - 12}" text-anchor="middle">{text}</text>'


def _line(text: str, row: Row | None, down: int, scale: tuple[int, int]) -> Iterator[str]:
    if row is None:
        yield f'<text x="10" y="{down + 4}" font-weight="bold">{escape(text)}</text>'
        return
    base = next(goal.base for goal in row.goals if goal.base)
    yield f'<text x="10" y="{down + 4}">{escape(text)}<title>of {escape(base)}</title></text>'
    across = _at(_bound(row), scale)
    yield f'<rect x="{across - 1:.1f}" y="{down - 8}" width="3" height="16" fill="#212529"/>'
    ratios = _ratios(row)
    for name in reversed([name for name in ENGINES if name in ratios]):
        shown = f"{name}: {number(ratios[name])}x {base}"
        yield (
            f'<circle cx="{_at(ratios[name], scale):.1f}" cy="{down}" r="5" '
            f'fill="{_COLOURS[name]}"><title>{escape(shown)}</title></circle>'
        )
