"""One segment of a snapshot: what can be asked of it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from kvmsearch.commit import Commit, Completeness, Ref
from kvmsearch.engines.whoosh.generation import Folder, file_in
from kvmsearch.engines.whoosh.layout import (
    DENSE_FROM,
    DENSE_SHARE,
    RANKED,
    commit_of,
    completeness_of,
)
from kvmsearch.engines.whoosh.reader import columns
from kvmsearch.engines.whoosh.reader.damage import reading
from kvmsearch.engines.whoosh.reader.lookups import Dense, DenseTerms, Ids, Sorted, raw_id
from kvmsearch.engines.whoosh.reader.postings import Opened, Postings
from kvmsearch.engines.whoosh.reader.segmentfile import SegmentFile
from kvmsearch.engines.whoosh.reader.terms import Terms

if TYPE_CHECKING:
    from array import array

_LEAST = 32
"""Bytes that a document takes at the very least, in columns and look-ups of fixed width."""

_TERMS_KEPT = 64
"""Terms whose positions are asked for again and again, for a few documents at a time."""


class Leaf:
    """One segment; its documents are numbered from 0.

    What is read of it includes documents that are deleted, but for `find`, `find_many` and
    `ids`. A term is text as the analysis makes it. The file is open from the start, and each
    of its parts is looked at when first asked for. Everything raises StorageError, naming
    the file, where what is read makes no sense.
    """

    def __init__(
        self, folder: Folder, segment: str, base: int, count: int, deleted: int = 0
    ) -> None:
        self.id = segment
        self.base = base
        """What is added to a document's number to make it one of the snapshot."""

        self.count = count
        self.deleted = deleted
        """Bit n: document n is deleted."""

        self._place = file_in(folder, f"{segment}.seg")
        self._positioned: dict[tuple[str, str], Postings | None] = {}
        self._opened: Opened = {}
        self._raw: dict[str, memoryview] = {}
        self._columns: dict[str, array[int]] = {}
        with reading(self._place):
            self._file = SegmentFile(self._place)
            if count * _LEAST > self._file.size:
                raise ValueError("more documents than can be in a file of this size")

    @cached_property
    def live(self) -> int:
        """The documents that are not deleted: bit n is document n."""
        return ((1 << self.count) - 1) & ~self.deleted

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term in a field; no postings are read."""
        with reading(self._place):
            postings = self._postings(field, term)
            return postings.frequency if postings else 0

    def documents(self, field: str, term: str) -> list[int]:
        """Return the documents that have a term in a field, sorted."""
        with reading(self._place):
            postings = self._postings(field, term)
            return postings.documents() if postings else []

    def postings(self, term: str) -> tuple[list[int], bytes]:
        """Return the documents that have a term in `text`, sorted, and its codes in them."""
        with reading(self._place):
            postings = self._postings(RANKED, term)
            return postings.coded() if postings else ([], b"")

    def dense(self, term: str) -> Dense | None:
        """Return the bitset and weights of a term of `text`, where the segment keeps them."""
        if self.count < DENSE_FROM or self.frequency(RANKED, term) * DENSE_SHARE < self.count:
            return None
        with reading(self._place):
            return self._dense.get(_encoded(term))

    def positions(
        self, field: str, term: str, wanted: Collection[int]
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield (document, positions) of a term of `title`, `body` or `trailer`.

        Only the documents wanted are yielded, in order.
        """
        with reading(self._place):
            if postings := self._with_positions(field, term):
                yield from postings.positions(wanted)

    def places(self, field: str, term: str, wanted: Collection[int]) -> list[int]:
        """Return where a term is in the documents wanted: document << PLACE_BITS | position.

        As `positions`, of many documents at a time, sorted.
        """
        with reading(self._place):
            postings = self._with_positions(field, term)
            return postings.places(wanted) if postings else []

    def _with_positions(self, field: str, term: str) -> Postings | None:
        key = field, term
        if key not in self._positioned:
            if len(self._positioned) == _TERMS_KEPT:
                self._positioned.clear()
            self._positioned[key] = self._postings(field, term)
        return self._positioned[key]

    def expand(self, field: str, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the terms of a field that begin with a prefix and are not below `start`."""
        with reading(self._place):
            for term in self._terms.expand(field, _encoded(prefix), _encoded(start)):
                yield term.decode()

    def numbers(self, column: str) -> "array[int]":
        """Return a column whole, by document: `committer_date`, `author_date` or a key."""
        if column not in self._columns:
            with reading(self._place):
                self._columns[column] = columns.numbers(self._column(column), self.count)
        return self._columns[column]

    def number(self, column: str, document: int) -> int:
        """Return one number of a column."""
        known = self._columns.get(column)
        if known is not None:
            return known[document]
        with reading(self._place):
            return columns.number(self._column(column), document)

    def _column(self, name: str) -> memoryview:
        data = self._raw.get(name)
        if data is None:
            data = self._raw[name] = self._file[f".{name}.col"]
        return data

    def commit(self, document: int, refs: tuple[Ref, ...] = ()) -> Commit:
        """Return the commit of a document, which does not know the refs that it is on."""
        with reading(self._place):
            return commit_of(self._names[document].hex(), self._rows[document], refs)

    def completeness(self, document: int) -> Completeness:
        """Return how complete the record of a document is."""
        with reading(self._place):
            return completeness_of(self._rows[document])

    def name(self, document: int) -> str:
        """Return the id of the commit of a document."""
        with reading(self._place):
            return self._names[document].hex()

    def names(self, documents: Iterable[int]) -> list[str]:
        """Return the ids of the commits of many documents."""
        with reading(self._place):
            return [self._names[document].hex() for document in documents]

    def text(self, document: int) -> str:
        """Return the message of a document."""
        with reading(self._place):
            _, _, message = self._rows[document].partition(b"\n")
            return message.decode("utf-8", "surrogatepass")

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit."""
        raw = raw_id(commit_id)
        with reading(self._place):
            document = None if raw is None else self._ids.find(raw)
            return document if document is not None and self._lives(document) else None

    def find_many(self, commit_ids: Collection[str]) -> dict[str, int]:
        """Return the documents of those of the commits that are here."""
        wanted = {raw: name for name in commit_ids if (raw := raw_id(name)) is not None}
        with reading(self._place):
            found = self._ids.find_many(wanted)
            return {
                wanted[raw]: document for raw, document in found.items() if self._lives(document)
            }

    def ids(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the ids that begin with a prefix, in order, and their documents."""
        with reading(self._place):
            for commit_id, document in self._ids.beginning(prefix):
                if self._lives(document):
                    yield commit_id, document

    def written_by(self, author_key: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return author dates, sorted, and documents of the commits of one author."""
        with reading(self._place):
            dates, documents = self._series.rows(author_key)
            return dates, documents

    def copies(self, change_key: int) -> Sequence[int]:
        """Return the documents that have a change key, in order."""
        with reading(self._place):
            (documents,) = self._changes.rows(change_key)
            return documents

    def _lives(self, document: int) -> bool:
        if not 0 <= document < self.count:
            raise ValueError("no such document")
        return not self.deleted >> document & 1

    def _postings(self, field: str, term: str) -> Postings | None:
        entry = self._terms.get(field, _encoded(term))
        return None if entry is None else Postings(entry, self._blocks, self.count, self._opened)

    @cached_property
    def _terms(self) -> Terms:
        return Terms(self._file[".trm"])

    @cached_property
    def _blocks(self) -> memoryview:
        return self._file[".pst"]

    @cached_property
    def _dense(self) -> DenseTerms:
        return DenseTerms(self._file[".dense"], self.count)

    @cached_property
    def _names(self) -> columns.ShortRows:
        return columns.ShortRows(self._file[".id.col"], self.count)

    @cached_property
    def _rows(self) -> columns.CompressedRows:
        return columns.CompressedRows(self._file[".commit.col"], self._file[".blocks"])

    @cached_property
    def _ids(self) -> Ids:
        return Ids(self._file[".ids"])

    @cached_property
    def _series(self) -> Sorted:
        return Sorted(self._file[".series"], "qqI", self.count)

    @cached_property
    def _changes(self) -> Sorted:
        return Sorted(self._file[".changes"], "qI", self.count)


def _encoded(text: str) -> bytes:
    """Return a text in UTF-8; what is no Unicode, as of a terminal, becomes what is in no term."""
    return text.encode("utf-8", "replace")
