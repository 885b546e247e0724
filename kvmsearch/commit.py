"""A commit as the index knows it: one immutable record."""

import enum
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property, lru_cache

from kvmsearch.kept import Kept
from kvmsearch.message import Message, Trailer, parse_message
from kvmsearch.record import Record

_MARKS = r"^(?:\s*(?:\[PATCH[^\]]*\]|(?:UPSTREAM|BACKPORT|FROMLIST|FROMGIT):))*\s*"
_FIRST_OF_MARKS = ("[PATCH", "UPSTREAM:", "BACKPORT:", "FROMLIST:", "FROMGIT:")
_WORD = r"[^\s:]++(?::++[^\s:]++)*+"
# A search compiles it only where it asks for the subsystem.
_SUBSYSTEM = rf"(?:{_WORD}(?: {_WORD}){{0,2}}+: ++)+"


class Person(Record):
    """An author or committer as the commit names them."""

    name: str
    email: str

    def __init__(self, name: str, email: str) -> None:
        # As of a commit.
        values = self.__dict__
        values["name"] = name
        values["email"] = email

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


class Moment(tuple[int, int]):
    """A second as a clock somewhere in the world showed it.

    The seconds since the epoch, and the minutes that the clock is ahead of UTC.
    """

    __slots__ = ()

    @classmethod
    def of(cls, date: datetime) -> "Moment":
        """Return the moment of a datetime, which is aware."""
        offset = date.utcoffset() or timedelta()
        return cls((int(date.timestamp()), round(offset.total_seconds() / 60)))

    @property
    def seconds(self) -> int:
        """Since the epoch, in UTC."""
        return self[0]

    @property
    def date(self) -> datetime:
        """The same as a datetime."""
        seconds, minutes = self
        return datetime.fromtimestamp(seconds, _zone(minutes))


@lru_cache(maxsize=256)
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _moment(date: datetime | Moment) -> Moment:
    return date if isinstance(date, Moment) else Moment.of(date)


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

    __match_args__ = (
        *("id", "message", "author", "author_date", "committer", "committer_date"),
        *("parents", "url", "completeness", "refs"),
    )

    id: str
    """The full object name: 40 (sha1) or 64 (sha256) lower-case hexadecimal digits."""

    message: str
    """The whole message, as written."""

    author: Person
    authored: Moment
    """What `author_date` is made of when asked for, which is slow."""

    committer: Person | None
    committed: Moment | None
    parents: tuple[str, ...] | None
    url: str | None
    """A page that shows the commit, where the source names one."""

    completeness: Completeness
    refs: tuple[Ref, ...]
    """Where the index knows the commit to be, sorted; empty on a commit that a source yields."""

    def __init__(  # noqa: PLR0913, PLR0917 - its fields
        self,
        id: str,  # noqa: A002 - the name of the field
        message: str,
        author: Person,
        author_date: datetime | Moment,
        committer: Person | None = None,
        committer_date: datetime | Moment | None = None,
        parents: tuple[str, ...] | None = None,
        url: str | None = None,
        completeness: Completeness = Completeness.REPOSITORY,
        refs: tuple[Ref, ...] = (),
    ) -> None:
        # That of all records takes twice the time, and a history has millions of commits.
        values = self.__dict__
        values["id"] = id
        values["message"] = message
        values["author"] = author
        values["authored"] = _moment(author_date)
        values["committer"] = committer
        values["committed"] = committer_date and _moment(committer_date)
        values["parents"] = parents
        values["url"] = url
        values["completeness"] = completeness
        values["refs"] = refs

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
        title = self.title.lstrip()
        return re.sub(_MARKS, "", title) if title.startswith(_FIRST_OF_MARKS) else title

    @property
    def subsystem(self) -> str:
        """What the subject begins with: `KVM: x86/mmu` of `KVM: x86/mmu: Fix x`, or nothing.

        Between two colons are at most three words: what is longer is prose.
        """
        title = self.change_title.removeprefix('Revert "')
        return _SUBSYSTEMS[title[: title.rfind(": ") + 2]] if ": " in title else ""

    @property
    def author_date(self) -> datetime:
        """When the author wrote it, to the second."""
        return self.authored.date

    @property
    def committer_date(self) -> datetime | None:
        """When it was committed, to the second."""
        return self.committed and self.committed.date

    @property
    def date(self) -> datetime:
        """The committer date, or where a source hid it the author date."""
        return (self.committed or self.authored).date


def _subsystem(beginning: str) -> str:
    """Return the subsystem of a subject, of which all up to its last colon is given."""
    found = re.match(_SUBSYSTEM, beginning)
    return found[0].rstrip(" ").removesuffix(":") if found else ""


_SUBSYSTEMS = Kept(_subsystem)
