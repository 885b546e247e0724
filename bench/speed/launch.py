"""Runs the command of its arguments and prints what it cost: a script of its own.

It prints CPU and wall time in seconds, and in KiB the peak memory of the largest process but git:
git maps whole packs, which the system counts as its own although it may drop them at any time.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_NO_OUTPUT = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
_PERIOD = 0.02
"""Seconds between two looks at memory; as the system keeps peaks, none is missed but the last."""


def main() -> None:
    """Run the command; exit as it does."""
    begun = time.perf_counter()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[_NO_OUTPUT])
    peaks = [0]
    threading.Thread(target=_watch, args=(child, peaks), daemon=True).start()
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    print(used.ru_utime + used.ru_stime, wall, max(peaks))  # noqa: T201
    sys.exit(os.waitstatus_to_exitcode(status))


def _watch(child: int, peaks: list[int]) -> None:
    """Note the peak memory of a process and of all that it started, until it ends."""
    while True:
        time.sleep(_PERIOD)
        for process in _family(Path("/proc", str(child))):
            # It may have ended by now.
            with contextlib.suppress(OSError, IndexError):
                status = (process / "status").read_text(encoding="utf-8", errors="replace")
                if not status.startswith("Name:\tgit\n"):
                    peaks[0] = max(peaks[0], int(status.split("VmHWM:")[1].split()[0]))


def _family(process: Path) -> Iterator[Path]:
    yield process
    for file in process.glob("task/*/children"):
        with contextlib.suppress(OSError):
            for child in file.read_text(encoding="ascii").split():
                yield from _family(Path("/proc", child))


if __name__ == "__main__":
    main()
