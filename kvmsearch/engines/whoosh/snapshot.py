"""One generation of an index, open for reading; it stays whole whatever a writer does meanwhile.

Documents are numbered over all segments: a document's number is its number in its
segment plus the segment's base.
"""

import sys
from array import array
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Segment
from whoosh.filedb.filestore import FileStorage
from whoosh.formats import Positions
from whoosh.index import TOC, EmptyIndexError, IndexError, IndexVersionError  # noqa: A004
from whoosh.reading import SegmentReader, TermNotFound
from whoosh.util.numeric import byte_to_length

from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.damage import reading
from kvmsearch.engines.whoosh.manifest import Manifest, read_manifest
from kvmsearch.engines.whoosh.membership import Membership
from kvmsearch.engines.whoosh.postings import Block, read_blocks
from kvmsearch.engines.whoosh.schema import SCHEMA, loaded
from kvmsearch.engines.whoosh.segment import INDEX_NAME
from kvmsearch.errors import NoIndexError, StorageError
from kvmsearch.record import Record, replace

_LENGTHS = [byte_to_length(byte) for byte in range(256)]


class Location(Record):
    """Where a commit's document is."""

    segment: str
    document: int
    """Its number in the segment."""


class Leaf:
    """One segment of a snapshot."""

    def __init__(self, folder: Path, reader: SegmentReader, segment: W3Segment, base: int) -> None:
        self.reader = reader
        self.id: str = segment.segment_id()
        self.place = folder / self.id
        self.base = base
        self.count: int = segment.doc_count_all()
        self.deleted = frozenset(segment.deleted_docs())

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit, unless it is deleted."""
        try:
            # Ids are unique among the documents of a segment: the first posting is the only one.
            with reading(self.place):
                document = self.reader.term_info("id", _encodable(commit_id)).min_id()
        except TermNotFound:
            return None
        return None if document is None or document in self.deleted else document

    def frequencies(self, field: str, term: str) -> Iterator[tuple[int, int]]:
        """Yield (document, frequency) of a term; documents are numbered in the segment."""
        for block in self._blocks(field, term):
            for document, frequency in zip(block.documents, block.frequencies, strict=True):
                if document not in self.deleted:
                    yield document, frequency

    def _blocks(self, field: str, term: str) -> Iterator[Block]:
        with reading(self.place):
            for block in read_blocks(self.reader, field, _encodable(term)):
                if not 0 <= block.documents[0] <= block.documents[-1] < self.count:
                    raise ValueError("no such document")
                yield block

    def positions(
        self, field: str, term: str, wanted: Container[int]
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield (document, positions) of a term in the documents wanted."""
        decode = Positions().decode_positions
        for block in self._blocks(field, term):
            for document, encoded in zip(block.documents, block.positions, strict=True):
                if document in wanted:
                    yield document, decode(encoded)

    def expand(self, field: str, prefix: str) -> Iterator[str]:
        """Yield the terms of a field that begin with a prefix, in order."""
        with reading(self.place):
            for term in self.reader.expand_prefix(field, _encodable(prefix)):
                yield bytes(term).decode()

    def numbers(self, column: str) -> "array[int]":
        """Return the values of a column by document."""
        kind: Any = SCHEMA[column].column_type
        with reading(self.place):
            rows: Any = self.reader.column_reader(column, translate=False)
            # Rows of eight bytes, big-endian; those at the end that equal the default are left out.
            data = rows._dbfile.get(rows._basepos, rows._count * 8)  # noqa: SLF001 - one read for all rows
            values = array("q", bytes(data))
        if sys.byteorder == "little":
            values.byteswap()
        values.extend([kind.default_value()] * (self.count - len(values)))
        return values

    def lengths(self, field: str) -> list[int]:
        """Return the parts of a field by document, as Whoosh keeps them: in one byte, rounded."""
        perdoc: Any = self.reader._perdoc  # noqa: SLF001 - one read for all rows
        column = f"_{field}_len"
        if not perdoc.has_column(column):
            return [0] * self.count
        with reading(self.place):
            file, start, size = perdoc._get_column_file(column)  # noqa: SLF001
            kept = [_LENGTHS[byte] for byte in bytes(file.get(start, min(size, self.count)))]
        return kept + [0] * (self.count - len(kept))

    def length(self, field: str, document: int) -> int:
        """Return the parts of a field of one document; as `lengths`."""
        with reading(self.place):
            return self.reader.doc_field_length(document, field, 0) or 0

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, without its refs."""
        with reading(self.place):
            return loaded(self.reader.stored_fields(document))


def _encodable(text: str) -> str:
    """Return a text with a mark that no term has for what is no Unicode, as of a terminal."""
    return text.encode("utf-8", "replace").decode()


class Snapshot:
    """All segments of one generation, with what belongs to them."""

    def __init__(self, folder: Path, storage: FileStorage, toc: TOC, manifest: Manifest) -> None:
        self.generation: int = toc.generation
        self.manifest = manifest
        self.membership = Membership(folder, manifest.files)
        self.membership.hold()
        self.leaves: list[Leaf] = []
        self._columns: dict[str, array[int]] = {}
        self._lengths: dict[str, list[int]] = {}
        self.segments = {segment.segment_id(): segment for segment in toc.segments}
        if self.segments.keys() != manifest.segments.keys():
            raise ValueError("segments and manifest are not of one generation")
        base = 0
        for segment in toc.segments:
            reader = SegmentReader(storage, SCHEMA, segment, generation=toc.generation)
            self.leaves.append(Leaf(folder, reader, segment, base))
            base += segment.doc_count_all()

    def __len__(self) -> int:
        return sum(leaf.count - len(leaf.deleted) for leaf in self.leaves)

    def leaf_of(self, document: int) -> Leaf:
        """Return the segment that holds a document."""
        return next(leaf for leaf in reversed(self.leaves) if leaf.base <= document)

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, with its refs."""
        leaf = self.leaf_of(document)
        local = document - leaf.base
        refs = self.membership.refs_of(leaf.id, local)
        return replace(leaf.commit(local), refs=refs)

    def locate(self, commit_id: str) -> Location | None:
        """Return where the document of a commit is, newest segments first."""
        for leaf in reversed(self.leaves):
            document = leaf.find(commit_id)
            if document is not None:
                return Location(leaf.id, document)
        return None

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit."""
        location = self.locate(commit_id)
        if location is None:
            return None
        return self.leaf(location.segment).base + location.document

    def leaf(self, segment: str) -> Leaf:
        """Return a segment by its id."""
        return next(leaf for leaf in self.leaves if leaf.id == segment)

    def documents(self) -> Iterator[int]:
        """Yield all documents that are not deleted."""
        for leaf in self.leaves:
            for document in range(leaf.count):
                if document not in leaf.deleted:
                    yield leaf.base + document

    def column(self, name: str) -> "array[int]":
        """Return the values of a column by document."""
        if name not in self._columns:
            values = array("q")
            for leaf in self.leaves:
                values.extend(leaf.numbers(name))
            self._columns[name] = values
        return self._columns[name]

    def lengths(self, field: str) -> list[int]:
        """Return the parts of a field by document."""
        if field not in self._lengths:
            self._lengths[field] = [
                length for leaf in self.leaves for length in leaf.lengths(field)
            ]
        return self._lengths[field]

    def average_length(self, field: str) -> float:
        """Return the mean number of parts of a field, rounded as `lengths`, where it has any."""
        documents = parts = 0
        for facts in self.manifest.segments.values():
            having, total = facts.statistics[field]
            documents += having
            parts += total
        return parts / documents if documents else 0.0

    def close(self) -> None:
        """Release the files."""
        for leaf in self.leaves:
            leaf.reader.close()


def newest_generation(storage: FileStorage) -> int:
    """Return the number of the last commit, -1 where there is no index."""
    generation: int = TOC._latest_generation(storage, INDEX_NAME)  # noqa: SLF001 - Whoosh offers no other
    return generation


def open_snapshot(folder: Path, storage: FileStorage) -> Snapshot:
    """Open the newest generation.

    Raises:
        NoIndexError: there is none.
        StorageError: it cannot be read.
    """
    while True:
        generation = newest_generation(storage)
        try:
            with reading(folder):
                toc = TOC.read(storage, INDEX_NAME)
                return Snapshot(folder, storage, toc, read_manifest(folder, toc.generation))
        except EmptyIndexError:
            raise NoIndexError(
                f"{folder}: there is no index here; `kvmsearch index` makes one"
            ) from None
        except (IndexError, IndexVersionError) as error:
            raise StorageError(f"{folder}: {error}") from error
        except OSError as error:
            # A writer that committed meanwhile may have taken files away: then we open again.
            if newest_generation(storage) == generation:
                raise StorageError(f"{folder}: the index cannot be read ({error})") from error
