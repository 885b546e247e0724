"""The transaction: documents, membership and registry, committed together by one rename."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, clean_files

from kvmsearch.analysis import VERSION
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines import Put
from kvmsearch.engines.whoosh.damage import writing
from kvmsearch.engines.whoosh.manifest import (
    Manifest,
    SegmentFacts,
    manifests,
    path_of,
    write_manifest,
)
from kvmsearch.engines.whoosh.membership import Membership
from kvmsearch.engines.whoosh.schema import SCHEMA
from kvmsearch.engines.whoosh.segment import INDEX_NAME, SegmentBuilder
from kvmsearch.engines.whoosh.snapshot import Leaf, Location, Snapshot, open_snapshot
from kvmsearch.record import replace
from kvmsearch.registry import SourceState

MERGE_FACTOR = 8
"""So many segments of like size, within a power of it, are merged into one."""

LARGEST_MERGE = 200_000
"""Commits that a merge makes at most: what a segment under construction takes of memory."""


class WhooshTransaction:
    """Writes to the index in a folder; the caller holds the write lock."""

    def __init__(self, folder: Path, storage: FileStorage) -> None:
        self._folder = folder
        self._storage = storage
        self._open()

    def _open(self) -> None:
        self._snapshot: Snapshot = open_snapshot(self._folder, self._storage)
        self._membership = Membership(self._folder, self._snapshot.manifest.files)
        self._registry = dict(self._snapshot.manifest.registry)
        self._segments: dict[str, W3Segment] = dict(self._snapshot.segments)
        self._facts = dict(self._snapshot.manifest.segments)
        self._builder: SegmentBuilder | None = None
        self._pending: dict[str, int] = {}
        self._pending_refs: dict[int, set[Ref]] = defaultdict(set)
        self._pending_commits: dict[int, int] = {}
        self._dirty = False

    # Documents

    def put(self, commit: Commit, refs: Iterable[Ref] = ()) -> Put:
        """Store a commit unless an as complete record is there, and have it on `refs`."""
        put = self._store(commit)
        for ref in refs:
            self.join(ref, (commit.id,))
        if self._builder and self._builder.full:
            self.commit()
        return put

    def _store(self, commit: Commit) -> Put:
        if commit.id in self._pending:
            return self._store_again(commit)
        old = self._locate(commit.id)
        if old is None:
            self._add(commit)
            return Put.NEW
        if (
            self._snapshot.leaf(old.segment).commit(old.document).completeness
            >= commit.completeness
        ):
            return Put.UNCHANGED
        refs = self._membership.refs_of(old.segment, old.document)
        self._delete(old)
        document = self._add(commit)
        self._pending_refs[document].update(refs)
        return Put.UPDATED

    def _store_again(self, commit: Commit) -> Put:
        """Store a commit that this transaction has not yet committed."""
        document = self._pending[commit.id]
        if self._pending_commits[document] >= commit.completeness:
            return Put.UNCHANGED
        self.commit()
        return self._store(commit)

    def _add(self, commit: Commit) -> int:
        with writing(self._folder):
            if self._builder is None:
                self._builder = SegmentBuilder(self._storage)
            document = self._builder.add(commit)
        self._pending[commit.id] = document
        self._pending_commits[document] = commit.completeness
        self._dirty = True
        return document

    def _delete(self, location: Location) -> None:
        for ref in self._membership.refs_of(location.segment, location.document):
            self._membership.set(ref, location.segment, location.document, on=False)
        self._remove(self._snapshot.leaf(location.segment), location.document)

    def _remove(self, leaf: Leaf, document: int) -> None:
        """Delete a document, and take it out of what ranking knows of its segment."""
        self._segments[leaf.id].delete_document(document)
        facts = self._facts[leaf.id]
        statistics = {}
        for name, (having, parts) in facts.statistics.items():
            length = leaf.length(name, document)
            statistics[name] = [having - bool(length), parts - length]
        self._facts[leaf.id] = replace(facts, statistics=statistics)
        self._dirty = True

    def _locate(self, commit_id: str) -> Location | None:
        """Return where a commit's document is, unless this transaction has deleted it."""
        location = self._snapshot.locate(commit_id)
        if location and self._segments[location.segment].is_deleted(location.document):
            return None
        return location

    # Membership

    def join(self, ref: Ref, ids: Iterable[str]) -> None:
        """Have the commits on a ref; ids that the index does not hold are passed over."""
        self._membership.add_ref(ref)
        for commit_id in ids:
            self._mark(ref, commit_id, on=True)

    def leave(self, ref: Ref, ids: Iterable[str]) -> None:
        """Have the commits on the ref no more."""
        for commit_id in ids:
            self._mark(ref, commit_id, on=False)

    def _mark(self, ref: Ref, commit_id: str, *, on: bool) -> None:
        self._dirty = True
        document = self._pending.get(commit_id)
        if document is not None:
            (self._pending_refs[document].add if on else self._pending_refs[document].discard)(ref)
            return
        location = self._locate(commit_id)
        if location is not None:
            self._membership.set(ref, location.segment, location.document, on=on)

    def drop(self, ref: Ref) -> None:
        """Forget a ref; its commits stay."""
        self._membership.drop(ref)
        for refs in self._pending_refs.values():
            refs.discard(ref)
        self._dirty = True

    # Registry

    def set_source(self, state: SourceState) -> None:
        """Register a source, or replace what is known of it."""
        self._registry[state.spec.name] = state
        self._dirty = True

    def remove_source(self, name: str) -> None:
        """Forget a source and its refs; its commits stay."""
        self._registry.pop(name, None)
        for ref in self._membership.refs():
            if ref.source == name:
                self.drop(ref)
        self._dirty = True

    # Upkeep

    def prune(self) -> int:
        """Remove the commits that are on no ref; return how many."""
        self.commit()
        gone = 0
        for leaf in self._snapshot.leaves:
            on_some = self._membership.union(self._membership.refs(), leaf.id)
            for document in range(leaf.count):
                if document not in leaf.deleted and not on_some >> document & 1:
                    self._remove(leaf, document)
                    gone += 1
        return gone

    def rebuild(self) -> Iterator[int]:
        """Analyze all commits anew from what is stored; yield the number done, now and then."""
        self.commit()
        done = 0
        for name in [leaf.id for leaf in self._snapshot.leaves]:
            self._replace([self._snapshot.leaf(name)])
            done += self._builder.count if self._builder else 0
            self._write()
            yield done

    def commit(self) -> None:
        """Make everything durable and visible, then merge segments of like size."""
        if self._dirty:
            self._write()
        while similar := self._similar():
            self._replace(similar)
            self._write()

    def close(self) -> None:
        """Let go of the files."""
        if self._builder is not None:
            self._builder.abandon()
        self._snapshot.close()

    # One generation

    def _write(self) -> None:
        with writing(self._folder):
            self._write_generation()
        self._snapshot.close()
        self._open()

    def _write_generation(self) -> None:
        builder, self._builder = self._builder, None
        if builder is not None:
            self._finish_segment(builder)
        for name in [name for name, segment in self._segments.items() if _is_empty(segment)]:
            del self._segments[name], self._facts[name]
        generation = self._snapshot.generation + 1
        files = self._membership.write(generation, self._segments)
        write_manifest(self._folder, generation, Manifest(self._facts, files, self._registry))
        segments = list(self._segments.values())
        TOC(SCHEMA, segments, generation).write(self._storage, INDEX_NAME)
        self._clean(generation, segments, {name for by in files.values() for name in by.values()})

    def _finish_segment(self, builder: SegmentBuilder) -> None:
        segment = builder.finish()
        name = segment.segment_id()
        self._segments[name] = segment
        self._facts[name] = SegmentFacts(VERSION, builder.statistics())
        for document, refs in self._pending_refs.items():
            for ref in refs:
                self._membership.set(ref, name, document, on=True)

    def _clean(self, generation: int, segments: list[W3Segment], bitmaps: set[str]) -> None:
        clean_files(self._storage, INDEX_NAME, generation, segments)
        for manifest in manifests(self._folder):
            if manifest != path_of(self._folder, generation):
                manifest.unlink(missing_ok=True)
        for path in self._folder.glob(f"{INDEX_NAME}_*.refs*"):
            if path.name not in bitmaps:
                path.unlink(missing_ok=True)
        # What a process that was killed leaves: files to be renamed, and those of column writers.
        for pattern in ("kvmsearch_*.tmp", f"_{INDEX_NAME}_*.toc.*"):
            for path in self._folder.glob(pattern):
                path.unlink(missing_ok=True)
        shutil.rmtree(self._folder / f"{INDEX_NAME}.tmp", ignore_errors=True)

    def _replace(self, leaves: list[Leaf]) -> None:
        """Put the documents of some segments into the segment that is being built."""
        for leaf in leaves:
            for document in range(leaf.count):
                if document in leaf.deleted:
                    continue
                commit = leaf.commit(document)
                refs = self._membership.refs_of(leaf.id, document)
                self._pending_refs[self._add(replace(commit, refs=()))].update(refs)
            del self._segments[leaf.id], self._facts[leaf.id]
        self._dirty = True

    def _similar(self) -> list[Leaf]:
        """Return segments of like size that are due for a merge, or none."""
        tiers = defaultdict(list)
        for leaf in self._snapshot.leaves:
            tiers[_tier(leaf.count - len(leaf.deleted))].append(leaf)
        due = (tier for tier in tiers.values() if len(tier) >= MERGE_FACTOR)
        return next((tier for tier in due if sum(leaf.count for leaf in tier) <= LARGEST_MERGE), [])


def _tier(count: int) -> int:
    tier = 0
    while count >= MERGE_FACTOR:
        count //= MERGE_FACTOR
        tier += 1
    return tier


def _is_empty(segment: W3Segment) -> bool:
    return bool(segment.deleted_count() == segment.doc_count_all())
