"""Puts one generation in place: what it names is on the disk before one rename commits it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import RamStorage
from whoosh.index import TOC

from kvmsearch.engines.whoosh.generation import Manifest, SegmentFacts, path_of, write_manifest
from kvmsearch.engines.whoosh.layout import INDEX_NAME
from kvmsearch.engines.whoosh.writer.schema import SCHEMA
from kvmsearch.errors import StorageError


@contextmanager
def writing(place: object) -> Iterator[None]:
    """Have a StorageError name the place that cannot be written to."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{place}: the index cannot be written ({error})") from error


def write_generation(folder: Path, manifest: Manifest, gone: Mapping[str, Iterable[int]]) -> None:
    """Commit a generation, and take away what no generation needs any more.

    Its segments and bitmaps are in the folder and on the disk; `gone` has the documents
    that are deleted by segment.
    """
    write_manifest(folder, manifest)
    name = f"_{INDEX_NAME}_{manifest.generation}.toc"
    scratch = folder / f"{name}.{os.getpid()}"
    write_durably(scratch, _table_of_contents(manifest, gone))
    scratch.replace(folder / name)
    _sync(folder)
    _clean(folder, manifest, name)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file, and return when it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Return when the names of a folder's files are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _table_of_contents(manifest: Manifest, gone: Mapping[str, Iterable[int]]) -> bytes:
    """Return what Whoosh knows of a generation, in its own form."""
    segments = [_segment(facts, gone.get(facts.id, ())) for facts in manifest.segments]
    memory = RamStorage()
    TOC(SCHEMA, segments, manifest.generation).write(memory, INDEX_NAME)
    files: dict[str, Any] = memory.files
    (data,) = files.values()
    return bytes(data)


def _segment(facts: SegmentFacts, deleted: Iterable[int]) -> W3Segment:
    identity = facts.id.removeprefix(f"{INDEX_NAME}_")
    documents = set(deleted) or None
    segment = W3Segment(W3Codec(), INDEX_NAME, facts.count, identity, documents)
    segment.compound = True
    # Whoosh's own writer of documents sets it; no field of ours has lengths.
    vars(segment)["_fieldlengths"] = {}
    return segment


def _clean(folder: Path, manifest: Manifest, toc: str) -> None:
    """Remove what older generations and killed writers left.

    No other process writes meanwhile, and readers hold open what they have begun with.
    """
    needed = {toc, Path(path_of(folder, manifest.generation)).name, f"{INDEX_NAME}_WRITELOCK"}
    for facts in manifest.segments:
        needed.update({f"{facts.id}.seg", facts.deleted or ""})
    for files in manifest.bitmaps.values():
        needed.update(files.values())
    ours = (f"{INDEX_NAME}_", f"_{INDEX_NAME}_", "kvmsearch_")
    # The older of two tables of contents first: see generation.is_newest.
    for path in sorted(folder.iterdir(), key=_by_number):
        if path.name not in needed and path.name.startswith(ours):
            path.unlink(missing_ok=True)


def _by_number(path: Path) -> tuple[int, str]:
    """Order names that differ by a number alone."""
    return len(path.name), path.name
