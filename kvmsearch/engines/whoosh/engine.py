"""The Engine protocol over an index in a folder.

Who searches needs neither Whoosh nor what writes: that is imported by who writes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from kvmsearch.analysis import VERSION
from kvmsearch.commit import Commit
from kvmsearch.engines import Answers, Question
from kvmsearch.engines.whoosh.generation import is_newest
from kvmsearch.engines.whoosh.ranker.bits import members
from kvmsearch.engines.whoosh.ranker.search import answer
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot, open_snapshot
from kvmsearch.errors import NoIndexError, OutdatedError
from kvmsearch.registry import Registry

if TYPE_CHECKING:
    from kvmsearch.engines.protocol import Lineage
    from kvmsearch.engines.whoosh.writer.transaction import WhooshTransaction


class WhooshEngine:
    """The index in one folder."""

    def __init__(self, location: str, *, create: bool) -> None:
        self._folder = location
        if create:
            from pathlib import Path  # noqa: PLC0415

            from kvmsearch.engines.whoosh.writer.folder import create_index  # noqa: PLC0415

            create_index(Path(location))
        elif not os.path.isdir(location):
            raise NoIndexError(f"{location}: there is no index here; `kvmsearch index` makes one")
        self._snapshot = open_snapshot(self._folder)

    @property
    def _current(self) -> Snapshot:
        """The newest generation."""
        if not is_newest(self._folder, self._snapshot.generation):
            # The old one is left to whoever still goes through its commits.
            self._snapshot = open_snapshot(self._folder)
        return self._snapshot

    @property
    def _analyzed(self) -> Snapshot:
        """The newest generation, whose terms are those that a query is turned into."""
        snapshot = self._current
        if any(segment.analysis != VERSION for segment in snapshot.manifest.segments):
            raise OutdatedError(
                f"{self._folder}: made by another version of the analysis; run `kvmsearch reindex`"
            )
        return snapshot

    def search(self, question: Question) -> Answers:
        """Answer a question."""
        return answer(self._analyzed, question)

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""
        snapshot = self._current
        document = snapshot.find(commit_id)
        return None if document is None else snapshot.commit(document)

    def ids(self, prefix: str, limit: int) -> Sequence[str]:
        """Return up to `limit` ids that begin with `prefix`, in order."""
        found: set[str] = set()
        for leaf in self._current.leaves:
            found.update(commit_id for commit_id, _ in islice(leaf.ids(prefix), limit))
        return sorted(found)[:limit]

    def has_trailer(self, key: str) -> bool:
        """Tell whether any commit has a trailer of this key, given in lower case."""
        return any(
            leaf.live >> document & 1
            for leaf in self._current.leaves
            for document in leaf.documents("trailer", f":{key}")
        )

    def lineage(self) -> "Lineage":
        """Return how the commits are related, as of now whatever is written meanwhile."""
        from kvmsearch.engines.whoosh.lineage import SnapshotLineage  # noqa: PLC0415

        return SnapshotLineage(self._analyzed)

    def registry(self) -> Registry:
        """Return the registered sources."""
        return self._current.manifest.registry

    def on_source(self, name: str) -> tuple[int, Commit | None]:
        """Return how many commits are on a ref of a source, and the newest of them."""
        snapshot = self._current
        refs = [ref for ref in snapshot.membership.refs() if ref.source == name]
        count, newest = 0, (0, -1)
        for leaf in snapshot.leaves:
            on = snapshot.membership.union(refs, leaf.id) & leaf.live
            dates = leaf.numbers("committer_date") if on else ()
            count += on.bit_count()
            newest = max([newest, *((dates[one], leaf.base + one) for one in members(on))])
        return count, snapshot.commit(newest[1]) if count else None

    def __len__(self) -> int:
        return len(self._current)

    def __iter__(self) -> Iterator[Commit]:
        snapshot = self._current
        return (
            snapshot.commit(leaf.base + document)
            for leaf in snapshot.leaves
            for document in members(leaf.live)
        )

    @contextmanager
    def transaction(self, jobs: int | None = None) -> Iterator["WhooshTransaction"]:
        """Begin to write; leaving the block commits, an exception in it drops the rest."""
        from pathlib import Path  # noqa: PLC0415

        from kvmsearch.engines.whoosh.writer.folder import locked  # noqa: PLC0415
        from kvmsearch.engines.whoosh.writer.transaction import WhooshTransaction  # noqa: PLC0415

        folder = Path(self._folder)
        with locked(folder), closing(WhooshTransaction(folder, jobs)) as transaction:
            yield transaction
            transaction.commit()

    def close(self) -> None:
        """Release files; the engine is not used after."""
        self._snapshot.close()
