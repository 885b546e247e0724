"""The table of sources."""

from collections.abc import Iterator, Sequence

from kvmsearch.output.harmless import one_line
from kvmsearch.registry import SourceStatus

_HEAD = ("NAME", "COMMITS", "NEWEST", "UPDATED", "REFS")
_REFS_SHOWN = 3


def source_lines(statuses: Sequence[SourceStatus]) -> Iterator[str]:
    """Yield a heading, and for each source a row, where it is and what went wrong last."""
    rows = [_HEAD, *map(_row, statuses)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield _aligned(_HEAD, widths)
    for row, status in zip(rows[1:], statuses, strict=True):
        yield _aligned(row, widths)
        yield f"    {one_line(status.spec.location)}"
        if status.last_error:
            yield f"    error: {one_line(status.last_error)}"


def _row(status: SourceStatus) -> tuple[str, ...]:
    return (
        one_line(status.spec.name),
        f"{status.commits:,}",
        status.newest.date.date().isoformat() if status.newest else "-",
        f"{status.last_update.astimezone():%Y-%m-%d %H:%M}" if status.last_update else "never",
        _refs(status.refs),
    )


def _refs(refs: tuple[str, ...]) -> str:
    shown = ", ".join(map(one_line, refs[:_REFS_SHOWN])) or "-"
    more = len(refs) - _REFS_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
