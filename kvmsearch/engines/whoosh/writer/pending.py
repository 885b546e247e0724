"""The commits that were put and are not yet in a segment that is named by a generation."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from kvmsearch.commit import Commit, Completeness, Ref
from kvmsearch.engines.whoosh.writer.builder import SegmentBuilder
from kvmsearch.record import Record


class Built(Record):
    """A segment that is on the disk."""

    id: str
    refs: tuple[frozenset[Ref], ...]
    """The refs of each document, in order."""


class Pending:
    """Commits under way into segments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
        return self._builder is not None and self._builder.full

    def completeness(self, commit_id: str) -> Completeness:
        """Return how complete the record is that was put."""
        return self._states[commit_id][0]

    def add(self, commit: Commit, refs: Iterable[Ref]) -> None:
        """Take a commit."""
        if self._builder is None:
            self._builder = SegmentBuilder(self._folder)
        self._builder.add(commit)
        self._set(commit.id, commit.completeness, frozenset(refs))

    def mark(self, ref: Ref, commit_id: str, *, on: bool) -> None:
        """Have a commit on a ref, or not."""
        completeness, refs = self._states[commit_id]
        self._set(commit_id, completeness, refs | {ref} if on else refs - {ref})

    def drop(self, ref: Ref) -> None:
        """Have no commit on a ref."""
        for commit_id, (_, refs) in list(self._states.items()):
            if ref in refs:
                self.mark(ref, commit_id, on=False)

    def finish(self) -> Iterator[Built]:
        """Write what there is as segments, and forget it."""
        builder, states = self._builder, self._states
        self._builder, self._states = None, {}
        if builder is not None:
            segment = builder.finish()
            yield Built(segment.segment_id(), tuple(refs for _, refs in states.values()))

    def abandon(self) -> None:
        """Forget all."""
        if self._builder is not None:
            self._builder.abandon()
            self._builder = None
        self._states = {}

    def _set(self, commit_id: str, completeness: Completeness, refs: frozenset[Ref]) -> None:
        # There are few different ones, and as many commits as fit into the memory.
        state = (completeness, refs)
        self._states[commit_id] = self._shared.setdefault(state, state)
