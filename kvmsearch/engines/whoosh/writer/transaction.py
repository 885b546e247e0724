"""The transaction: documents, membership and registry, committed together by one rename."""

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from kvmsearch.analysis import VERSION
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.protocol import Put
from kvmsearch.engines.whoosh.generation import Manifest, SegmentFacts
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot, open_snapshot
from kvmsearch.engines.whoosh.writer import merging
from kvmsearch.engines.whoosh.writer.aliases import aliases
from kvmsearch.engines.whoosh.writer.generations import write_generation, writing
from kvmsearch.engines.whoosh.writer.known import located, sought
from kvmsearch.engines.whoosh.writer.marks import Marks, bits_of, by_ref, members
from kvmsearch.engines.whoosh.writer.memory import give_back, set_large_apart
from kvmsearch.engines.whoosh.writer.pending import Built, Pending
from kvmsearch.record import replace
from kvmsearch.registry import SourceState

_AT_ONCE = 50_000
"""Ids that are looked up together."""

_COMMITS_AT_ONCE = 4096
_CHARACTERS_AT_ONCE = 8_000_000
"""Commits that are looked up together, and the text at which there are fewer."""


class WhooshTransaction:
    """Writes to the index in a folder; the caller holds the write lock.

    Many commits are built into segments by `jobs` processes, None: one a core.
    """

    def __init__(self, folder: Path, jobs: int | None = None) -> None:
        self._folder = folder
        self._pending = Pending(folder, jobs or len(os.sched_getaffinity(0)))
        # Millions of objects are made here, in no circles, and looking for some takes a sixth
        # of the time.
        self._collects = gc.isenabled()
        gc.disable()
        set_large_apart()
        self._batch: Sequence[str] = ()
        self._there: list[str] = []
        self._refs: frozenset[Ref] = frozenset()
        self._open()
        self._old = set(self._facts)

    def _open(self) -> None:
        self._snapshot: Snapshot = open_snapshot(self._folder)
        manifest = self._snapshot.manifest
        self._marks = Marks(self._folder, self._snapshot)
        self._registry = dict(manifest.registry)
        self._facts = {facts.id: facts for facts in manifest.segments}
        self._aliases = set(manifest.aliases)
        self._places: dict[str, tuple[Leaf, int]] | None = None
        self._dirty = False

    # Documents

    def put(self, commit: Commit, refs: Iterable[Ref] = ()) -> Put:
        """Store a commit unless an as complete record is there, and have it on `refs`."""
        (put,) = self.put_all((commit,), refs)
        return put

    def put_all(self, commits: Iterable[Commit], refs: Iterable[Ref]) -> Iterator[Put]:
        """Put many commits, which is quicker than one by one; tell of each what became of it.

        What `commits` raises is raised when all before it is put.
        """
        on = frozenset(refs)
        for some in _batches(commits):
            with writing(self._folder):
                puts = self._put_batch(some, on)
            yield from puts

    def _put_batch(self, commits: list[Commit], refs: frozenset[Ref]) -> list[Put]:
        """Put commits, of which the list is empty then: each is let go of once it is put."""
        self._batch = [commit.id for commit in commits]
        self._refs = refs
        self._places = None
        puts = []
        commits.reverse()
        while commits:
            commit = commits.pop()
            puts.append(self._put(commit, refs))
            if puts[-1] is Put.UNCHANGED:
                self._there.append(commit.id)
            if self._pending.full:
                self.commit()
                give_back()
        self._settle()
        return puts

    def _settle(self) -> None:
        """Have what was there already of the batch on its refs, all at once."""
        if self._there:
            there, self._there = self._there, []
            for ref in self._refs:
                self._have_on(ref, there)

    def _put(self, commit: Commit, refs: frozenset[Ref]) -> Put:
        """Store a commit of the batch, unless it is there."""
        if commit.id in self._pending:
            if self._pending.completeness(commit.id) >= commit.completeness:
                return Put.UNCHANGED
            self.commit()
        place = self._place(commit.id)
        if place is None:
            self._add(commit, refs)
            return Put.NEW
        leaf, document = place
        if leaf.completeness(document) >= commit.completeness:
            return Put.UNCHANGED
        on = {ref for ref in self._marks.refs() if self._marks.bits(ref, leaf.id) >> document & 1}
        self._marks.delete(leaf.id, 1 << document)
        self._add(commit, refs | on)
        return Put.UPDATED

    def _add(self, commit: Commit, refs: frozenset[Ref]) -> None:
        self._pending.add(commit, refs)
        self._dirty = True

    def _place(self, commit_id: str) -> tuple[Leaf, int] | None:
        """Return where a commit of the batch is; all of them are looked up at once."""
        if self._places is None:
            self._places = {}
            wanted = sought(self._batch)
            for leaf in self._snapshot.leaves:
                for name, document in located(leaf, wanted).items():
                    if not self._marks.deleted[leaf.id] >> document & 1:
                        self._places[name] = leaf, document
        return self._places.get(commit_id)

    # Membership

    def join(self, ref: Ref, ids: Iterable[str]) -> int:
        """Have the commits on a ref; ids that the index does not hold are passed over.

        Return how many came onto it, without those that this transaction put into the index.
        """
        self._dirty = True
        return self._have_on(ref, ids)

    def _have_on(self, ref: Ref, ids: Iterable[str]) -> int:
        self._marks.add_ref(ref)
        came = 0
        for leaf, documents in self._located(ref, ids, on=True):
            before = self._marks.bits(ref, leaf.id)
            if more := documents & ~before:
                self._marks.set(ref, leaf.id, before | more)
                self._dirty = True
                came += more.bit_count() if leaf.id in self._old else 0
        return came

    def leave(self, ref: Ref, ids: Iterable[str]) -> None:
        """Have the commits on the ref no more."""
        for leaf, documents in self._located(ref, ids, on=False):
            self._marks.set(ref, leaf.id, self._marks.bits(ref, leaf.id) & ~documents)
            self._dirty = True

    def _located(self, ref: Ref, ids: Iterable[str], *, on: bool) -> Iterator[tuple[Leaf, int]]:
        """Yield the documents of commits, many at once; those not yet written are marked."""
        left = iter(ids)
        while some := set(islice(left, _AT_ONCE)):
            for commit_id in [name for name in some if name in self._pending]:
                self._pending.mark(ref, commit_id, on=on)
                some.discard(commit_id)
                self._dirty = True
            wanted = sought(some)
            for leaf in self._snapshot.leaves:
                found = located(leaf, wanted)
                documents = bits_of(found.values(), leaf.count) & ~self._marks.deleted[leaf.id]
                if documents:
                    yield leaf, documents

    def drop(self, ref: Ref) -> None:
        """Forget a ref; its commits stay."""
        self._marks.drop(ref)
        self._pending.drop(ref)
        self._dirty = True

    # Registry

    def set_source(self, state: SourceState) -> None:
        """Register a source, or replace what is known of it."""
        self._registry[state.spec.name] = state
        self._dirty = True

    def remove_source(self, name: str) -> None:
        """Forget a source and its refs; its commits stay."""
        self._registry.pop(name, None)
        for ref in self._marks.refs():
            if ref.source == name:
                self.drop(ref)
        self._dirty = True

    # Upkeep

    def prune(self) -> int:
        """Remove the commits that are on no ref; return how many."""
        self.commit()
        gone = 0
        for leaf in self._snapshot.leaves:
            documents = leaf.live & ~self._marks.union(leaf.id)
            if documents:
                self._marks.delete(leaf.id, documents)
                gone += documents.bit_count()
                self._dirty = True
        return gone

    def rebuild(self) -> Iterator[int]:
        """Analyze all commits anew from what is stored; yield the number done, now and then."""
        self.commit()
        done = 0
        for name in [leaf.id for leaf in self._snapshot.leaves]:
            leaf = next(leaf for leaf in self._snapshot.leaves if leaf.id == name)
            self._replace([leaf])
            done += leaf.live.bit_count()
            self._write()
            yield done

    def commit(self) -> None:
        """Make everything durable and visible, then merge segments of like size."""
        self._settle()
        if self._dirty:
            self._write()
        while similar := merging.due(self._snapshot.leaves):
            self._replace(similar)
            self._write(merging=True)

    def close(self) -> None:
        """Let go of the files."""
        if self._collects:
            gc.enable()
        self._pending.abandon()
        self._snapshot.close()

    def _replace(self, leaves: Sequence[Leaf]) -> None:
        """Put the documents of some segments into the segment that is being built."""
        for leaf in leaves:
            live = leaf.live & ~self._marks.deleted[leaf.id]
            on = {ref: self._marks.bits(ref, leaf.id) for ref in self._marks.refs()}
            for document in members(live):
                refs = [ref for ref, bits in on.items() if bits >> document & 1]
                with writing(self._folder):
                    self._add(leaf.commit(document), frozenset(refs))
            del self._facts[leaf.id]
        self._dirty = True

    # One generation

    def _write(self, *, merging: bool = False) -> None:
        with writing(self._folder):
            generation = self._snapshot.generation + 1
            for built in self._pending.finish():
                self._take(built)
                if not merging:
                    new = Leaf(self._folder, built.id, 0, len(built.refs))
                    self._aliases |= aliases(new, self._snapshot.leaves)
            self._drop_empty()
            bitmaps, deleted = self._marks.write(generation, self._facts)
            segments = [replace(f, deleted=deleted[f.id]) for f in self._facts.values()]
            manifest = Manifest(
                generation, tuple(segments), bitmaps, tuple(sorted(self._aliases)), self._registry
            )
            gone = {name: members(self._marks.deleted[name]) for name in self._facts}
            write_generation(self._folder, manifest, gone)
        self._snapshot.close()
        self._open()

    def _take(self, built: Built) -> None:
        """Make a segment one of the next generation."""
        count = len(built.refs)
        self._facts[built.id] = SegmentFacts(built.id, count, VERSION)
        self._marks.deleted[built.id] = 0
        for ref, bits in by_ref(built.refs, count).items():
            self._marks.set(ref, built.id, bits)

    def _drop_empty(self) -> None:
        for name, facts in list(self._facts.items()):
            if self._marks.deleted[name].bit_count() == facts.count:
                del self._facts[name]


def _batches(commits: Iterable[Commit]) -> Iterator[list[Commit]]:
    """Yield commits, many at once; an error comes when all before it are yielded."""
    batch: list[Commit] = []
    size = 0
    try:
        for commit in commits:
            batch.append(commit)
            size += len(commit.message)
            if len(batch) == _COMMITS_AT_ONCE or size > _CHARACTERS_AT_ONCE:
                yield batch
                batch, size = [], 0
    except Exception:
        yield batch
        raise
    yield batch
