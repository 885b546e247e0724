"""The processes of worker.py, from outside."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.speed.cost import ROOT, environment
from kvmsearch import KvmsearchError


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that holds one engine open."""

    engine: str
    process: subprocess.Popen[str]
    complaints: IO[str]

    def do(self, deed: str, **told: object) -> dict[str, float]:
        """Have it do something; return what that cost.

        Raises:
            KvmsearchError: it cannot.
        """
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": deed, **told}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait()
            self.complaints.seek(0)
            said = self.complaints.read().strip().splitlines() or ["it ended, and says nothing"]
            raise KvmsearchError(f"{self.engine}: {said[-1]}")
        measured: dict[str, float] = json.loads(answer)
        return measured


@contextmanager
def hired(engine: str, folder: Path, profile: Path | None = None) -> Iterator[Worker]:
    """Hold an engine open on an index; a profile of what it does is written at the end."""
    command = [sys.executable, "-m", "bench.speed.worker", engine, str(folder)]
    if profile:
        command.append(str(profile))
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as process,
    ):
        yield Worker(engine, process, complaints)
