"""A commit as the index knows it: one immutable record."""

import enum
import re
from datetime import datetime
from functools import cached_property

from kvmsearch.message import Message, Trailer, parse_message
from kvmsearch.record import Record

_MARKS = r"^(?:\s*(?:\[PATCH[^\]]*\]|(?:UPSTREAM|BACKPORT|FROMLIST|FROMGIT):))*\s*"
_WORD = r"[^\s:]++(?::++[^\s:]++)*+"
# A search compiles it only where it asks for the subsystem.
_SUBSYSTEM = rf"(?:{_WORD}(?: {_WORD}){{0,2}}+: ++)+"


class Person(Record):
    """An author or committer as the commit names them."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


class Ref(Record):
    """A branch or tag of a source."""

    source: str
    branch: str

    def __str__(self) -> str:
        return f"{self.source}/{self.branch}"

    def __lt__(self, other: "Ref") -> bool:
        return (self.source, self.branch) < (other.source, other.branch)


class Completeness(enum.IntEnum):
    """How much of a commit its teller knew; a record replaces only a less complete one."""

    FEED = 1
    """Dates in UTC, no parents, mostly no committer, a message that may have been altered."""

    REPOSITORY = 2
    """All that the commit object says."""


class Commit(Record):
    """One commit.

    Datetimes are aware. A committer of None, a committer date of None and parents
    of None are unknown; parents of () are those of a root commit.
    """

    id: str
    """The full object name: 40 (sha1) or 64 (sha256) lower-case hexadecimal digits."""

    message: str
    """The whole message, as written."""

    author: Person
    author_date: datetime
    committer: Person | None = None
    committer_date: datetime | None = None
    parents: tuple[str, ...] | None = None
    url: str | None = None
    """A page that shows the commit, where the source names one."""

    completeness: Completeness = Completeness.REPOSITORY
    refs: tuple[Ref, ...] = ()
    """Where the index knows the commit to be, sorted; empty on a commit that a source yields."""

    def _key(self) -> tuple[object, ...]:
        # A commit is what it is wherever it is.
        return super()._key()[:-1]

    @cached_property
    def parts(self) -> Message:
        """The message split by git's rules."""
        return parse_message(self.message)

    @property
    def title(self) -> str:
        """The subject line, git's `%s`."""
        return self.parts.title

    @property
    def body(self) -> str:
        """All after the subject, git's `%b`: prose and trailers."""
        return self.parts.body

    @property
    def trailers(self) -> tuple[Trailer, ...]:
        """The trailers in order, as `git log --format='%(trailers:only,unfold)'` prints them."""
        return self.parts.trailers

    @property
    def change_title(self) -> str:
        """The subject without the marks of a patch or a backport: that of all copies alike."""
        return re.sub(_MARKS, "", self.title)

    @property
    def subsystem(self) -> str:
        """What the subject begins with: `KVM: x86/mmu` of `KVM: x86/mmu: Fix x`, or nothing.

        Between two colons are at most three words: what is longer is prose.
        """
        found = re.match(_SUBSYSTEM, self.change_title.removeprefix('Revert "'))
        return found[0].rstrip(" ").removesuffix(":") if found else ""

    @property
    def date(self) -> datetime:
        """The committer date, or where a source hid it the author date."""
        return self.committer_date or self.author_date
