"""What a process costs, and what a folder takes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kvmsearch import KvmsearchError

ROOT = Path(__file__).parents[2]
"""The checkout, where `python -m` finds what is measured."""

_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and all that it started and waited for needed."""

    cpu: float
    """Seconds, user and system."""

    wall: float
    """Seconds."""

    memory: int
    """Bytes: the peak of the largest one but git; 0 if they were too quick to be seen."""


def cost_of(command: Sequence[str | Path]) -> Cost:
    """Run a command to its end, its output thrown away.

    Raises:
        KvmsearchError: it failed; the text is the last line that it complained.
    """
    launched = subprocess.run(
        [sys.executable, "-I", "-S", str(_LAUNCH), *command],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if launched.returncode:
        said = launched.stderr.strip().splitlines() or ["it failed, and says nothing"]
        raise KvmsearchError(f"{' '.join(map(str, command))}: {said[-1]}")
    cpu, wall, memory = launched.stdout.split()
    return Cost(float(cpu), float(wall), int(memory) * 1024)


def environment() -> dict[str, str]:
    """Return what measured processes see: all that is here, but compiled modules are kept."""
    unwanted = ("PYTHONDONTWRITEBYTECODE", "KVMSEARCH_INDEX")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def size(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
