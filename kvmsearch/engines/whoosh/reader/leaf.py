"""One segment of a snapshot: what can be asked of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

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
from kvmsearch.engines.whoosh.reader.lookups import (
    Dense,
    DenseTerms,
    Ids,
    Ordered,
    begins_of,
    raw_id,
)
from kvmsearch.engines.whoosh.reader.opened import Opened
from kvmsearch.engines.whoosh.reader.postings import Postings
from kvmsearch.engines.whoosh.reader.segmentfile import SegmentFile
from kvmsearch.engines.whoosh.reader.terms import Terms
from kvmsearch.engines.whoosh.reader.values import Standing

if TYPE_CHECKING:
    from array import array

    from kvmsearch.engines.whoosh.reader.written import Written

_LEAST = 32
"""Bytes that a document takes at the very least, in columns and look-ups of fixed width."""

_OFTEN = 16
"""Times that a column is read in one place, before it is read whole."""

_TERMS_KEPT = 256
"""Terms that a query asks again and again for: how many, which, and where in a few documents."""


class Leaf:
    """One segment; its documents are numbered from 0.

    What is read of it includes documents that are deleted, but for `find` and `ids`. A term
    is text as the analysis makes it. The file is open from the start, and each of its parts
    is looked at when first asked for. Everything raises StorageError, naming the file, where
    what is read makes no sense.
    """

    def __init__(
        self,
        folder: Folder,
        segment: str,
        base: int,
        count: int,
        deleted: int = 0,
        opened: Opened | None = None,
    ) -> None:
        self.id = segment
        self.base = base
        """What is added to a document's number to make it one of the snapshot."""

        self.count = count
        self.deleted = deleted
        """Bit n: document n is deleted."""

        self.place = file_in(folder, f"{segment}.seg")
        """The file."""

        self.kept: dict[str, Any] = {}
        """What a ranker keeps of terms from one question to the next."""

        self._asked_for: dict[tuple[str, str], Postings | None] = {}
        self._opened = opened or Opened()
        self._raw: dict[str, memoryview] = {}
        self._columns: dict[str, array[int]] = {}
        self._asked: dict[str, int] = {}
        self._reading = reading(self.place)
        with self._reading:
            self._file = SegmentFile(self.place)
            if count * _LEAST > self._file.size:
                raise ValueError("more documents than can be in a file of this size")

    @cached_property
    def live(self) -> int:
        """The documents that are not deleted: bit n is document n."""
        return ((1 << self.count) - 1) & ~self.deleted

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term in a field; no postings are read."""
        with self._reading:
            postings = self._postings(field, term)
            return postings.frequency if postings else 0

    def documents(self, field: str, term: str) -> list[int]:
        """Return the documents that have a term in a field, sorted."""
        with self._reading:
            postings = self._postings(field, term)
            return postings.documents() if postings else []

    def among(self, field: str, term: str, documents: Sequence[int]) -> list[int]:
        """Return those of some documents, which are in order, that have a term in a field."""
        with self._reading:
            postings = self._postings(field, term)
            return postings.among(documents) if postings else []

    def postings(self, term: str) -> tuple[list[int], bytes]:
        """Return the documents that have a term anywhere in the message, sorted, and its codes."""
        with self._reading:
            postings = self._postings(RANKED, term)
            return postings.coded() if postings else ([], b"")

    def dense(self, term: str) -> Dense | None:
        """Return the bitset and weights of a term of messages, where the segment keeps them."""
        if self.count < DENSE_FROM or self.frequency(RANKED, term) * DENSE_SHARE < self.count:
            return None
        with self._reading:
            return self._dense.get(_encoded(term))

    def standing(self, term: str, wanted: Sequence[int]) -> Standing:
        """Return where a term of a message stands in the documents wanted, which are in order."""
        with self._reading:
            postings = self._postings(RANKED, term)
            return postings.standing(wanted) if postings else {}

    def begins(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return, by document, the positions where its prose begins, and where its trailers do."""
        with self._reading:
            return self._begins

    def expand(self, field: str, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the terms of a field that begin with a prefix and are not below `start`."""
        with self._reading:
            for term in self._terms.expand(field, _encoded(prefix), _encoded(start)):
                yield term.decode()

    def numbers(self, column: str) -> "array[int]":
        """Return a column whole, by document: `committer_date`, `author_date` or a key."""
        with self._reading:
            return self._whole(column)

    def number(self, column: str, document: int) -> int:
        """Return one number of a column."""
        with self._reading:
            return self._teller(column)(document)

    def numbers_in(self, column: str, documents: Sequence[int]) -> Sequence[int]:
        """Return the numbers in a column of some documents, in their order."""
        with self._reading:
            return list(map(self._teller(column), documents))

    def _teller(self, column: str) -> Callable[[int], int]:
        """Return what tells a number; a column that is asked for again and again is read whole."""
        if column not in self._columns:
            self._asked[column] = self._asked.get(column, 0) + 1
            if self._asked[column] <= _OFTEN:
                return partial(columns.number, self._column(column))
        return self._whole(column).__getitem__

    def _whole(self, column: str) -> "array[int]":
        if column not in self._columns:
            self._columns[column] = columns.numbers(self._column(column), self.count)
        return self._columns[column]

    def _column(self, name: str) -> memoryview:
        data = self._raw.get(name)
        if data is None:
            data = self._raw[name] = self._file[f".{name}.col"]
        return data

    def commit(self, document: int, refs: tuple[Ref, ...] = ()) -> Commit:
        """Return the commit of a document, which does not know the refs that it is on."""
        with self._reading:
            seconds = (
                self._teller("author_date")(document),
                self._teller("committer_date")(document),
            )
            name, row = self._names[document].hex(), self._rows[document]
            following = self._names[document + 1].hex() if document + 1 < self.count else ""
            return commit_of(name, row, seconds, following, refs)

    def completeness(self, document: int) -> Completeness:
        """Return how complete the record of a document is."""
        with self._reading:
            return completeness_of(self._rows[document])

    def name(self, document: int) -> str:
        """Return the id of the commit of a document."""
        with self._reading:
            return self._names[document].hex()

    def names(self, documents: Iterable[int]) -> list[str]:
        """Return the ids of the commits of many documents."""
        with self._reading:
            return [self._names[document].hex() for document in documents]

    def text(self, document: int) -> str:
        """Return the message of a document."""
        with self._reading:
            _, _, message = self._rows[document].partition(b"\n")
            return message.decode("utf-8", "surrogatepass")

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit."""
        raw = raw_id(commit_id)
        with self._reading:
            document = None if raw is None else self._ids.find(raw)
            return document if document is not None and self._lives(document) else None

    def ordered_ids(self) -> tuple[memoryview, Sequence[memoryview]]:
        """Return the column of the ids, and the documents in their order; each length apart."""
        with self._reading:
            return self._file[".id.col"], self._ids.groups()

    def let_go(self) -> None:
        """Have what was read of the file be no part of our memory until it is read again."""
        self._file.let_go()

    def ids(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the ids that begin with a prefix, in order, and their documents."""
        with self._reading:
            for commit_id, document in self._ids.beginning(prefix):
                if self._lives(document):
                    yield commit_id, document

    def written_by(self, author_key: int) -> Sequence[int]:
        """Return the documents of one author, in the order of their author dates."""
        with self._reading:
            return self._series.having(author_key, self._teller("author_key"))

    def written_between(self, asked: Iterable[tuple[int, int, int]]) -> dict[int, Sequence[int]]:
        """Return what authors wrote between two dates, by the number of who is asked about.

        For each one asked about: author key, first second, last second. Those are not told of
        who wrote nothing then.
        """
        with self._reading:
            return self._written.between(asked)

    def stretches(self, documents: Iterable[int]) -> list[Sequence[int]]:
        """Return what was written around some documents by their authors without a long gap.

        Each stretch is told once, in the order of the author dates.
        """
        with self._reading:
            return self._written.stretches(documents)

    def copies(self, change_key: int) -> Sequence[int]:
        """Return the documents that have a change key, in order."""
        with self._reading:
            return self._changes.having(change_key, self._teller("change_key"))

    def _lives(self, document: int) -> bool:
        if not 0 <= document < self.count:
            raise ValueError("no such document")
        return not self.deleted >> document & 1

    def _postings(self, field: str, term: str) -> Postings | None:
        key = field, term
        if key not in self._asked_for:
            if len(self._asked_for) == _TERMS_KEPT:
                self._asked_for.clear()
            self._asked_for[key] = self._looked_up(field, term)
        return self._asked_for[key]

    def _looked_up(self, field: str, term: str) -> Postings | None:
        entry = self._terms.get(field, _encoded(term))
        return (
            None
            if entry is None
            else Postings(entry, self._blocks, self.count, self.id, self._opened)
        )

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
        return Ids(self._file[".ids"], self._names)

    @cached_property
    def _series(self) -> Ordered:
        return Ordered(self._file[".series"], self.count)

    @cached_property
    def _written(self) -> "Written":
        # Of the few matches of a rare word the series are found without.
        from kvmsearch.engines.whoosh.reader.written import Written  # noqa: PLC0415

        return Written(self._series, self._teller, self.count)

    @cached_property
    def _changes(self) -> Ordered:
        return Ordered(self._file[".changes"], self.count)

    @cached_property
    def _begins(self) -> tuple[Sequence[int], Sequence[int]]:
        return begins_of(self._file[".texts"], self.count)


def _encoded(text: str) -> bytes:
    """Return a text in UTF-8; what is no Unicode, as of a terminal, becomes what is in no term."""
    return text.encode("utf-8", "replace")
