"""The commits that were put and are not yet in a segment that is named by a generation."""

from collections.abc import Iterable
from pathlib import Path

from kvmsearch.commit import Commit, Completeness, Ref
from kvmsearch.engines.whoosh.writer.builder import SegmentBuilder
from kvmsearch.engines.whoosh.writer.workers import Worker, idle
from kvmsearch.record import Record

_MANY = 2000
"""Commits from which the start of more processes pays."""

_BATCH = 50
"""Commits that are sent to one of them at once: about what a pipe holds."""


class Built(Record):
    """A segment that is on the disk."""

    id: str
    refs: tuple[frozenset[Ref], ...]
    """The refs of each document, in order."""


class Pending:
    """Commits under way into segments: a few in this process, many in several."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder = folder
        self._jobs = jobs
        self._waiting: list[Commit] = []
        self._workers: list[Worker] = []
        self._builder: SegmentBuilder | None = None
        self._states: dict[str, tuple[Completeness, frozenset[Ref]]] = {}
        self._shared: dict[tuple[Completeness, frozenset[Ref]], tuple[Completeness, frozenset[Ref]]]
        self._shared = {}

    def __contains__(self, commit_id: str) -> bool:
        return commit_id in self._states

    def __len__(self) -> int:
        return len(self._states)

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        if self._builder is not None:
            return self._builder.full
        return any(worker.full for worker in self._workers)

    def completeness(self, commit_id: str) -> Completeness:
        """Return how complete the record is that was put."""
        return self._states[commit_id][0]

    def add(self, commit: Commit, refs: Iterable[Ref]) -> None:
        """Take a commit."""
        self._set(commit.id, commit.completeness, frozenset(refs))
        if self._jobs == 1:
            self._build((commit,))
            return
        self._waiting.append(commit)
        if len(self._waiting) >= (_BATCH if self._workers else _MANY):
            self._send()

    def _build(self, commits: Iterable[Commit]) -> None:
        if self._builder is None:
            self._builder = SegmentBuilder(self._folder)
        for commit in commits:
            self._builder.add(commit)

    def _send(self) -> None:
        if not self._workers:
            self._workers = [Worker(self._folder) for _ in range(self._jobs)]
        for start in range(0, len(self._waiting), _BATCH):
            idle(self._workers).send(self._waiting[start : start + _BATCH])
        self._waiting.clear()

    def mark(self, ref: Ref, commit_id: str, *, on: bool) -> None:
        """Have a commit on a ref, or not."""
        completeness, refs = self._states[commit_id]
        self._set(commit_id, completeness, refs | {ref} if on else refs - {ref})

    def drop(self, ref: Ref) -> None:
        """Have no commit on a ref."""
        for commit_id, (_, refs) in list(self._states.items()):
            if ref in refs:
                self.mark(ref, commit_id, on=False)

    def finish(self) -> list[Built]:
        """Write what there is as segments, and forget it."""
        if self._workers and self._waiting:
            self._send()
        busy = [worker for worker in self._workers if worker.ids]
        for worker in busy:
            worker.begin_to_finish()
        finished = [worker.finish() for worker in busy]
        if not busy and self._states:
            finished.append(self._finish_here())
        states, self._states = self._states, {}
        return [Built(name, tuple(states[one][1] for one in ids)) for name, ids in finished]

    def _finish_here(self) -> tuple[str, list[str]]:
        if self._waiting:
            self._build(self._waiting)
            self._waiting = []
        builder, self._builder = self._builder, None
        assert builder
        return builder.finish().segment_id(), list(self._states)

    def abandon(self) -> None:
        """Forget all."""
        for worker in self._workers:
            worker.end()
        if self._builder is not None:
            self._builder.abandon()
        self._workers, self._builder, self._states = [], None, {}
        self._waiting = []

    def _set(self, commit_id: str, completeness: Completeness, refs: frozenset[Ref]) -> None:
        # There are few different ones, and as many commits as fit into the memory.
        state = (completeness, refs)
        self._states[commit_id] = self._shared.setdefault(state, state)
