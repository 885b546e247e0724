"""One segment of a snapshot: what can be asked of it."""

from array import array
from collections.abc import Collection, Container, Iterator, Sequence
from typing import Protocol

from kvmsearch.commit import Commit


class Dense(Protocol):
    """A term of the field `text` that a good part of the documents have."""

    @property
    def bits(self) -> int:
        """Return the documents that have it: bit n is document n."""

    @property
    def weights(self) -> bytes:
        """Return its code by document, one byte each; 0: the document lacks it."""


class Leaf(Protocol):
    """One segment; its documents are numbered from 0.

    What is read of it includes documents that are deleted, but for `find`, `find_many` and
    `ids`. A term is text as the analysis makes it. Everything raises StorageError, naming
    the file, where what is read makes no sense.
    """

    id: str
    base: int
    """What is added to a document's number to make it one of the snapshot."""

    count: int
    deleted: int
    """Bit n: document n is deleted."""

    live: int
    """Bit n: document n is there and is not deleted."""

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term in a field; no postings are read."""

    def documents(self, field: str, term: str) -> list[int]:
        """Return the documents that have a term in a field, sorted."""

    def postings(self, term: str) -> tuple[list[int], bytes]:
        """Return the documents that have a term in `text`, sorted, and its codes in them."""

    def dense(self, term: str) -> Dense | None:
        """Return the bitset and weights of a term of `text`, where the segment keeps them."""

    def positions(
        self, field: str, term: str, wanted: Container[int]
    ) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield (document, positions) of a term of `title`, `body` or `trailer`.

        Only the documents wanted are yielded, in order.
        """

    def expand(self, field: str, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the terms of a field that begin with a prefix and are not below `start`."""

    def numbers(self, column: str) -> "array[int]":
        """Return a column whole, by document: `committer_date`, `author_date` or a key."""

    def number(self, column: str, document: int) -> int:
        """Return one number of a column."""

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, without its refs."""

    def text(self, document: int) -> str:
        """Return the message of a document."""

    def find(self, commit_id: str) -> int | None:
        """Return the document of a commit."""

    def find_many(self, commit_ids: Collection[str]) -> dict[str, int]:
        """Return the documents of those of the commits that are here."""

    def ids(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the ids that begin with a prefix, in order, and their documents."""

    def written_by(self, author_key: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return author dates, sorted, and documents of the commits of one author."""

    def copies(self, change_key: int) -> Iterator[int]:
        """Yield the documents that have a change key, in order."""
