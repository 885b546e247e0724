"""What `related` and `missing` answer: immutable records, free of markup."""

from collections.abc import Iterator
from typing import Literal

from kvmsearch.commit import Commit, Ref
from kvmsearch.link import Link
from kvmsearch.record import Record

RelationKind = Literal[
    "fixes",
    "fixed-by",
    "reverts",
    "reverted-by",
    "copy",
    "series",
    "same-link",
    "mentions",
    "mentioned-by",
]
"""How a commit is related to the one asked for, in the order in which they are told."""


class Relation(Record):
    """One change that is related to a commit, shown by one of its commits."""

    kind: RelationKind
    commit: Commit
    of: str
    """The full id of what it is so related to: the commit asked for, or of a fix to a fix
    (of a revert to a revert) the one that is fixed (reverted)."""

    copies: tuple[Commit, ...] = ()
    """The other commits of the same change, the one committed first at the beginning."""


class Related(Record):
    """A commit, and what the index has that is related to it."""

    commit: Commit
    relations: tuple[Relation, ...]
    """In order of their kinds. A fix to a fix comes right behind that one."""

    unknown: tuple[Link, ...] = ()
    """What the message names, as written, and the index has not."""

    def __iter__(self) -> Iterator[Relation]:
        return iter(self.relations)

    def __len__(self) -> int:
        return len(self.relations)


class MissingFix(Record):
    """A fix that a branch lacks."""

    commit: Commit
    """The fix; of its copies the first that was committed (of those on the branch to take
    it from, where one is named)."""

    fixes: tuple[Commit, ...]
    """What it fixes, as it is on the branch."""

    copies: tuple[Commit, ...] = ()
    """The other commits of the same change."""


class MissingFixes(Record):
    """The fixes that a branch lacks."""

    branch: Ref
    complete: bool
    """Whether the index has the whole history of the branch. Where it has not, the fixes may be
    there all the same: whether they are missing is unknown."""

    fixes: tuple[MissingFix, ...]
    """The first that was committed at the beginning: the order in which to apply them."""

    def __iter__(self) -> Iterator[MissingFix]:
        return iter(self.fixes)

    def __len__(self) -> int:
        return len(self.fixes)
