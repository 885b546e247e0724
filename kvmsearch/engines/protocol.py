"""What an engine is to the index: what it reads, what it writes, how its commits are related.

Who searches imports none of it, as protocols take a while to be made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kvmsearch.commit import Commit, Ref
from kvmsearch.engines import Answers, Question
from kvmsearch.registry import Registry, SourceState

if TYPE_CHECKING:
    from kvmsearch.link import Kind


class Known(NamedTuple):
    """A commit that the index has, and which change it is of."""

    id: str
    change: int
    """Equal for commits of one title (marks aside), author address and author date."""


class Put(Enum):
    """What became of a commit that was put into the index."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Transaction(Protocol):
    """Changes to an index; documents, membership and registry become visible together.

    What was put is made durable now and then on the way, always in step, and at `commit`;
    what came after the last of these is gone if the process dies.
    """

    def put(self, commit: Commit, refs: Iterable[Ref] = ()) -> Put:
        """Store a commit unless an as complete record is there, and have it on `refs`."""

    def put_all(self, commits: Iterable[Commit], refs: Iterable[Ref]) -> Iterator[Put]:
        """Put many commits, which is quicker than one by one; tell of each what became of it.

        What `commits` raises is raised when all before it is put.
        """

    def join(self, ref: Ref, ids: Iterable[str]) -> int:
        """Have the commits on a ref; ids that the index does not hold are passed over.

        Return how many came onto it, without those that this transaction put into the index.
        """

    def leave(self, ref: Ref, ids: Iterable[str]) -> None:
        """Have the commits on the ref no more."""

    def drop(self, ref: Ref) -> None:
        """Forget a ref; its commits stay."""

    def set_source(self, state: SourceState) -> None:
        """Register a source, or replace what is known of it."""

    def remove_source(self, name: str) -> None:
        """Forget a source and its refs; its commits stay."""

    def prune(self) -> int:
        """Remove the commits that are on no ref; return how many."""

    def rebuild(self) -> Iterator[int]:
        """Analyze all commits anew from what is stored; yield the number done, now and then."""

    def commit(self) -> None:
        """Make everything durable and visible."""


class Lineage(Protocol):
    """How the commits of an index are related, at one time."""

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""

    def registry(self) -> Registry:
        """Return the registered sources."""

    def refs(self) -> Sequence[Ref]:
        """Return all refs that commits are on, in order."""

    def on(self, refs: Iterable[Ref]) -> Iterator[Known]:
        """Yield the commits that are on any of the refs, each once."""

    def find(self, prefixes: Iterable[str]) -> Mapping[str, Sequence[Known]]:
        """Return the commits whose ids begin with each prefix, in order of their ids.

        A prefix that none begins with is left out.
        """

    def linked(self, kind: "Kind", prefix: str = "") -> Iterator[tuple[str, Known]]:
        """Yield the links of a kind whose values begin with a prefix, in order of the values.

        Each is the value (see kvmsearch.relations) and the commit whose message has it.
        """

    def of_change(self, change: int) -> Sequence[Known]:
        """Return the commits of one change."""

    def series(self, commit: Commit) -> Sequence[Known]:
        """Return the commits of the series that a commit of the index is in, in order of time.

        A series is what one author (by address) wrote without a pause of more than
        SERIES_GAP seconds (kvmsearch.ranking) by the author dates.
        """

    def titled(self, title: str) -> Sequence[Known]:
        """Return the commits whose title has the key (`title_key`) of this one."""


class Engine(Protocol):
    """An index of commits. Readers see the newest commit of a transaction, whole."""

    def search(self, question: Question) -> Answers:
        """Answer a question.

        Raises:
            OutdatedError: the index needs to be rebuilt first.
        """

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""

    def ids(self, prefix: str, limit: int) -> Sequence[str]:
        """Return up to `limit` ids that begin with `prefix`, in order."""

    def has_trailer(self, key: str) -> bool:
        """Tell whether any commit has a trailer of this key, given in lower case."""

    def lineage(self) -> Lineage:
        """Return how the commits are related, as of now whatever is written meanwhile.

        Raises:
            OutdatedError: the index needs to be rebuilt first.
        """

    def registry(self) -> Registry:
        """Return the registered sources."""

    def on_source(self, name: str) -> tuple[int, Commit | None]:
        """Return how many commits are on a ref of a source, and the newest of them."""

    def __len__(self) -> int:
        """Return the number of commits."""

    def __iter__(self) -> Iterator[Commit]:
        """Yield all commits, in no particular order."""

    def transaction(self, jobs: int | None = None) -> AbstractContextManager[Transaction]:
        """Begin to write; leaving the block commits, an exception in it drops the rest.

        Many commits may be analyzed by so many processes at a time; None: one a core.

        Raises:
            LockedError: another process is writing.
        """

    def close(self) -> None:
        """Release files; the engine is not used after."""
