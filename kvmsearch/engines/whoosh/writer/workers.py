"""Processes that build segments side by side, each from every so manyth batch of commits."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.writer.batches import write_batch

_MOST_UNDER_WAY = 2
"""Batches that a worker is sent ahead."""

_FULL = b"F"
_ENDED = b'["a process that was to build a segment has ended"]'


class Worker:
    """One process that builds a segment."""

    def __init__(self, folder: Path) -> None:
        # What is imported here can be imported there.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kvmsearch.engines.whoosh.writer.worker", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._under_way = 0
        self.ids: list[str] = []
        """Those of the commits of the segment, in order."""

        self.characters = 0
        """Of their messages."""

        self.full = False

    @property
    def is_busy(self) -> bool:
        """Whether it would let the next batch wait; looks at its answers."""
        while self._under_way and select.select([self._answers], [], [], 0)[0]:
            self._read_answer()
        return self._under_way >= _MOST_UNDER_WAY

    def fileno(self) -> int:
        """Return what can be waited for."""
        return self._answers.fileno()

    def send(self, commits: Sequence[Commit]) -> None:
        """Send a batch, which is not empty."""
        write_batch(commits, self._requests)
        self._under_way += 1
        self.ids += [commit.id for commit in commits]
        self.characters += sum([len(commit.message) for commit in commits])

    def begin_to_finish(self) -> None:
        """Have it write its segment."""
        write_batch((), self._requests)

    def finish(self) -> tuple[str, list[str]]:
        """Return the segment, and the ids of its commits in order.

        Raises:
            OSError: it could not be written.
        """
        while self._under_way:
            self._read_answer()
        reply = json.loads(self._answers.readline() or _ENDED)
        if isinstance(reply, list):
            raise OSError(*reply)
        ids, self.ids, self.characters, self.full = self.ids, [], 0, False
        return reply, ids

    def end(self) -> None:
        """End the process; what it has begun to write is cleaned away by the next commit."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # it may have ended with a batch half sent
            self._requests.close()
        self._answers.close()

    def _read_answer(self) -> None:
        answer = self._answers.read(1)
        if answer not in (b".", _FULL):
            raise OSError(*json.loads((answer + self._answers.readline()) or _ENDED))
        self._under_way -= 1
        self.full |= answer == _FULL


def idle(workers: Sequence[Worker]) -> Worker:
    """Return a worker that takes a batch, as soon as there is one.

    Of several it is the one with the least to write, so that all end at the same time.
    """
    while True:
        if free := [worker for worker in workers if not worker.is_busy]:
            return min(free, key=lambda worker: worker.characters)
        select.select(workers, [], [])
