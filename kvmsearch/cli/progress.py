"""Progress of long work on standard error: one line redrawn on a terminal, else plain lines."""

import shutil
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from kvmsearch.output.harmless import one_line
from kvmsearch.registry import Progress

_BAR = 20
_REDRAW = 0.1
_REPEAT = 10.0
"""Seconds between two drawings on a terminal, and between two plain lines."""


class ProgressLine:
    """A callback for progress, and a context manager that leaves a clean line behind."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._started: dict[str, float] = {}
        self._shown = clock() - (_REDRAW if self._terminal else 0)
        self._drawn = 0

    def __call__(self, progress: Progress) -> None:
        """Show how far a source is, unless something was shown a moment ago."""
        now = self._clock()
        started = self._started.setdefault(progress.source, now)
        if now - self._shown >= (_REDRAW if self._terminal else _REPEAT):
            self._shown = now
            self._show(progress_text(progress, now - started, bar=self._terminal))

    def _show(self, text: str) -> None:
        if not self._terminal:
            self._stream.write(f"{text}\n")
        else:
            text = text[: shutil.get_terminal_size().columns - 1]
            # Blanks wipe what a longer line left; they need no escape that TERM may not know.
            self._stream.write(f"\r{text.ljust(self._drawn)}")
            self._drawn = len(text)
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._drawn:
            self._stream.write(f"\r{' ' * self._drawn}\r")
            self._stream.flush()


def progress_text(progress: Progress, seconds: float, *, bar: bool) -> str:
    """Return one line: commits, rate, and with a bar, where the total is known, the time left.

    Who sees no bar does not watch, and is spared the counting of all.
    """
    total = progress.total if bar else None
    rate = progress.done / seconds if seconds > 0 else 0.0
    parts = [f"{progress.done:,} commits", f"{rate:,.0f}/s"]
    if total:
        parts[0] = f"{progress.done:,} of {total:,} commits"
        if rate:
            parts.append(f"{_clock_face((total - progress.done) / rate)} left")
    drawn = f" {_bar(progress.done / total)}" if total else ""
    return f"{one_line(progress.source)}:{drawn} {', '.join(parts)}"


def _bar(share: float) -> str:
    filled = round(_BAR * min(share, 1.0))
    return f"[{'#' * filled}{'.' * (_BAR - filled)}]"


def _clock_face(seconds: float) -> str:
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
