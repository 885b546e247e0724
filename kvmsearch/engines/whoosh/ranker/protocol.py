"""What the ranker asks of an index: of one generation, and of each of its segments."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.whoosh.generation import Manifest
from kvmsearch.engines.whoosh.reader.values import Standing

if TYPE_CHECKING:
    from array import array


class Dense(Protocol):
    """A term of messages that a good part of a segment's documents have."""

    @property
    def bits(self) -> int:
        """The documents that have it: bit n is document n."""

    @property
    def weights(self) -> bytes:
        """Its code by document; 0: the document lacks it."""


class Leaf(Protocol):
    """One segment; documents are numbered from 0, and deleted ones are told unless said."""

    @property
    def id(self) -> str:
        """The name of the segment."""

    @property
    def base(self) -> int:
        """What makes a document's number one of the snapshot."""

    @property
    def count(self) -> int:
        """Documents, deleted ones included."""

    @property
    def live(self) -> int:
        """Bit n: document n is there and not deleted."""

    @property
    def deleted(self) -> int:
        """Bit n: document n is deleted."""

    @property
    def kept(self) -> dict[str, Any]:
        """What is kept of its terms from one question to the next."""

    def frequency(self, field: str, term: str) -> int:
        """Return how many documents have a term, without reading them."""

    def documents(self, field: str, term: str) -> list[int]:
        """Return the documents that have a term, sorted."""

    def among(self, field: str, term: str, documents: Sequence[int]) -> list[int]:
        """Return those of some documents, which are in order, that have a term."""

    def postings(self, term: str) -> tuple[list[int], bytes]:
        """Return the documents with a term in the message, sorted, and its codes."""

    def dense(self, term: str) -> Dense | None:
        """Return the bits and weights of a term of messages, where they are kept."""

    def standing(self, term: str, wanted: Sequence[int]) -> Standing:
        """Return where a term of messages stands in the documents wanted, which are in order."""

    def begins(self) -> tuple[Sequence[int], Sequence[int]]:
        """Return by document the positions where its prose begins, and its trailers."""

    def expand(self, field: str, prefix: str, start: str = "") -> Iterator[str]:
        """Yield the terms of a field that begin with a prefix, in order."""

    def numbers(self, column: str) -> "array[int]":
        """Return a column of numbers, whole."""

    def number(self, column: str, document: int) -> int:
        """Return one number of a column."""

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, without its refs."""

    def name(self, document: int) -> str:
        """Return the id of the commit of a document."""

    def text(self, document: int) -> str:
        """Return the message of a document."""

    def ids(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the ids that begin with a prefix, and their documents; none deleted."""

    def numbers_in(self, column: str, documents: Sequence[int]) -> Sequence[int]:
        """Return the numbers in a column of some documents, in their order."""

    def written_between(self, asked: Iterable[tuple[int, int, int]]) -> dict[int, Sequence[int]]:
        """Return what authors wrote between two dates, by the number of who is asked about.

        For each one asked about: author key, first second, last second. Those are not told of
        who wrote nothing then.
        """

    def stretches(self, documents: Iterable[int]) -> list[Sequence[int]]:
        """Return what was written around some documents by their authors without a long gap.

        Each stretch is told once, in the order of the author dates.
        """

    def copies(self, change_key: int) -> Sequence[int]:
        """Return the documents that have a change key, in order."""


class Membership(Protocol):
    """Which documents are on which ref."""

    def refs(self) -> list[Ref]:
        """Return all refs."""

    def union(self, refs: Iterable[Ref], segment: str) -> int:
        """Return the bits of the documents of a segment that are on any of the refs."""


class Snapshot(Protocol):
    """One generation of an index; a document's number is that in its leaf plus the base."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """The segments, by base."""

    @property
    def membership(self) -> Membership:
        """What is on which ref."""

    @property
    def manifest(self) -> Manifest:
        """What is known of all segments."""

    def commit(self, document: int) -> Commit:
        """Return the commit of a document, with its refs."""

    def __len__(self) -> int:
        """Return the number of live documents."""
