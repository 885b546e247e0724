"""One generation of an index, open for reading; it stays whole whatever a writer does meanwhile.

Documents are numbered over all segments: a document's number is its number in its
segment plus the segment's base.
"""

from bisect import bisect_right
from itertools import accumulate

from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.generation import (
    Folder,
    Manifest,
    SegmentFacts,
    file_in,
    newest_generation,
    read_manifest,
)
from kvmsearch.engines.whoosh.reader.damage import reading
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.reader.membership import Membership, bits_of, contents
from kvmsearch.engines.whoosh.reader.opened import Opened
from kvmsearch.errors import NoIndexError, StorageError

_COMMITS_KEPT = 512
_LONGEST_KEPT = 16_384
"""Commits that are kept, with their parsed messages, and how long these are at most: who changes a
word of a query, or adds one, mostly meets the same commits again."""


class Snapshot:
    """All segments of one generation, with what belongs to them.

    All files are open, or read, from the start: a writer may take them away.
    """

    def __init__(self, folder: Folder, manifest: Manifest) -> None:
        facts = manifest.segments
        self.generation = manifest.generation
        self.manifest = manifest
        self._bases = list(accumulate([segment.count for segment in facts], initial=0))[:-1]
        opened = Opened()
        self.leaves = [
            Leaf(folder, segment.id, base, segment.count, _deleted(folder, segment), opened)
            for segment, base in zip(facts, self._bases, strict=True)
        ]
        counts = {segment.id: segment.count for segment in facts}
        self.membership = Membership(folder, manifest.bitmaps, counts)
        self._commits: dict[int, Commit] = {}

    def __len__(self) -> int:
        return sum(leaf.live.bit_count() for leaf in self.leaves)

    def leaf_of(self, document: int) -> Leaf:
        """Return the segment that holds a document."""
        return self.leaves[bisect_right(self._bases, document) - 1]

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, with its refs."""
        commit = self._commits.get(document)
        if commit is None:
            leaf = self.leaf_of(document)
            local = document - leaf.base
            commit = leaf.commit(local, self.membership.refs_of(leaf.id, local))
            if len(commit.message) <= _LONGEST_KEPT:
                if len(self._commits) == _COMMITS_KEPT:
                    del self._commits[next(iter(self._commits))]
                self._commits[document] = commit
        return commit

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit; newest segments are looked into first."""
        for leaf in reversed(self.leaves):
            document = leaf.find(commit_id)
            if document is not None:
                return leaf.base + document
        return None

    def close(self) -> None:
        """Let go of the segments; their files are closed with the last that is read of them."""
        self.leaves.clear()
        self._bases.clear()


def _deleted(folder: Folder, segment: SegmentFacts) -> int:
    if segment.deleted is None:
        return 0
    path = file_in(folder, segment.deleted)
    with reading(path):
        return bits_of(contents(path), segment.count)


def open_snapshot(folder: Folder) -> Snapshot:
    """Open the newest generation.

    Raises:
        NoIndexError: there is none.
        StorageError: it cannot be read.
    """
    while True:
        generation = newest_generation(folder)
        if generation < 0:
            raise NoIndexError(f"{folder}: there is no index here; `kvmsearch index` makes one")
        try:
            return Snapshot(folder, read_manifest(folder, generation))
        except OSError as error:
            # A writer that committed meanwhile may have taken files away: then we open again.
            if newest_generation(folder) == generation:
                raise StorageError(f"{folder}: the index cannot be read ({error})") from error
