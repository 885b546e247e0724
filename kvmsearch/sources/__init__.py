"""Where commits come from: feeds and repositories behind one protocol."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from kvmsearch.commit import Commit
from kvmsearch.record import Record
from kvmsearch.registry import SourceSpec

__all__ = ["RefGone", "RefUpdate", "Source", "SourceSpec"]


class RefUpdate(Record):
    """What changed on one ref since `state`; iterators are read once, in the order below."""

    branch: str
    state: str
    """Where to resume next time, opaque to all but the source (a repository: the tip's id)."""

    commits: Iterable[Commit]
    """Commits that may be new to the index, with their records."""

    joined: Iterable[str] | None
    """Ids now on the ref that were not at the last state; None: those of `commits`."""

    left: Iterable[str] = ()
    """Ids that were on the ref at the last state and are no more."""

    complete: bool = False
    """Whether the index then knows the whole history of the ref."""

    count: Callable[[], int | None] | None = None
    """Tells how many `commits` there are, None until it is known (for progress only).

    To find out takes time, and begins when it is first asked for.
    """


class RefGone(Record):
    """A ref that the source followed and that is no more."""

    branch: str


class Source(Protocol):
    """One place that commits come from."""

    spec: SourceSpec

    def check(self) -> None:
        """Make sure that what the spec names is there to be followed.

        Raises:
            SourceError: it is not, or the source cannot be read.
        """

    def prepare(self) -> None:
        """Do the slow, networked part ahead of `read`; called at most once, from any thread.

        Errors are kept and raised by `read`.
        """

    def read(self, states: Mapping[str, str]) -> Iterator[RefUpdate | RefGone]:
        """Yield what changed on each ref followed since `states` (branch -> RefUpdate.state).

        A source cut short yields what it has and then raises.

        Raises:
            SourceError: the source cannot be read, or not to its end. The text names the location.
        """
