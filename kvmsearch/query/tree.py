"""The query tree: what is asked, free of any syntax or engine; immutable and printable.

Nodes combine with `&`, `|` and `~`, and `str()` prints a query that parses to the same tree.
"""

from dataclasses import dataclass
from datetime import datetime


class Node:
    """Base of all nodes."""

    __slots__ = ()

    def __and__(self, other: "Node") -> "And":
        return And((self, other))

    def __or__(self, other: "Node") -> "Or":
        return Or((self, other))

    def __invert__(self) -> "Not":
        return Not(self)


@dataclass(frozen=True, slots=True)
class Word(Node):
    """One word as typed: stems and spellings meet; an identifier is its whole, or its parts in order."""

    text: str
    field: str | None = None
    """`title`, `body` or `trailer`; None: any of them."""


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """`word*`: every word that begins so."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words side by side in this order."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Person(Node):
    """All words of `text` in the name or address of an author or committer."""

    text: str
    role: str = "author"
    """`author` or `committer`."""


@dataclass(frozen=True, slots=True)
class Trailer(Node):
    """All words of `text`, side by side, in one trailer of this key; no text: any such trailer."""

    key: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class On(Node):
    """On a branch (a glob, see fnmatch), or on `source/branch`."""

    ref: str


@dataclass(frozen=True, slots=True)
class Id(Node):
    """The commits whose id begins so."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Dated(Node):
    """since <= date < until; None is open. `until` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    which: str = "committer"
    """`committer` (where that is unknown: the author date) or `author`."""


@dataclass(frozen=True, slots=True)
class Words(Node):
    """Free words, phrases and prefixes side by side: any may match or all must, as the search asks."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class And(Node):
    """All parts match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """At least one part matches."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The part does not match."""

    part: Node


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """Every commit; the empty query."""
