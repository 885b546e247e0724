"""The query tree: what is asked, free of any engine; immutable and printable.

Nodes combine with `&`, `|` and `~`, and `str()` prints a query that parses to the same tree
(of a tree made by hand: one that asks the same).
"""

from datetime import datetime, timedelta

from kvmsearch.commit import Commit
from kvmsearch.query.syntax import (
    ESCAPE,
    fuzzy_text,
    is_pasted,
    is_plain,
    is_value,
    quoted,
    regex_text,
)
from kvmsearch.record import Record


class Node(Record):
    """Base of all nodes."""

    def __and__(self, other: "Node") -> "And":
        return And((self, other))

    def __or__(self, other: "Node") -> "Or":
        return Or((self, other))

    def __invert__(self) -> "Not":
        return Not(self)

    def __str__(self) -> str:
        return _written(self, operators=False)


class Word(Node):
    """One word as typed: stems and spellings meet; an identifier is its whole, or its parts."""

    text: str
    field: str | None = None
    """`title`, `body` or `trailer`; None: any of them."""


class Prefix(Node):
    """`word*`: every word that begins so."""

    text: str
    field: str | None = None


class Phrase(Node):
    """Words side by side in this order."""

    text: str
    field: str | None = None


class Fuzzy(Node):
    """`word~`: the word, or one that differs from it by a slip of the keyboard or two.

    An identifier is compared as its whole, the parts joined (see analysis). Words that begin
    with another letter are others.
    """

    text: str
    field: str | None = None
    distance: int = 1
    """Letters added, left out or exchanged: 1 or 2."""


class Near(Node):
    """`"a b"~5`: all words of `text`, in any order, near each other in one field."""

    text: str
    distance: int
    """Positions from the first to the last of them, at most; see matching.reach()."""

    field: str | None = None


class Regex(Node):
    """A regular expression of Python's matches in the message; `^` and `$` match at every line."""

    pattern: str
    ignore_case: bool = False


class Subsystem(Node):
    """All words of `text` in the prefix of the title: `KVM: x86` of `KVM: x86: Fix a lock`."""

    text: str


class Person(Node):
    """All words of `text` in the name or address of an author or committer."""

    text: str
    role: str = "author"
    """`author` or `committer`."""


class Trailer(Node):
    """All words of `text`, side by side, in one trailer of this key; no text: any such trailer."""

    key: str
    text: str = ""


class On(Node):
    """On a branch (a glob, see fnmatch), or on `source/branch`."""

    ref: str


class Id(Node):
    """The commits whose id begins so."""

    prefix: str


class Dated(Node):
    """since <= date < until; None is open. `until` is exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    which: str = "committer"
    """`committer` (where that is unknown: the author date) or `author`."""


class Named(Node):
    """The commit that a paste names, by any of these; only ever a part of Words.

    That commit matches, whatever words it has, and ranks first.
    """

    ids: tuple[str, ...] = ()
    """Ids, full or abbreviated to 7 digits or more, in lower case."""

    title: str = ""
    """Its subject; of punctuation some may be lost, so ask `has_title`."""

    link: str = ""
    """The id of the mail that it was sent in, without brackets, or an address that it links to;
    as `kvmsearch.relations.read_link` has both."""

    def has_title(self, commit: Commit) -> bool:
        """Whether a commit has that title: letters and digits count, marks of a patch do not."""
        wanted = _letters(self.title)
        return wanted != "" and wanted in (_letters(commit.title), _letters(commit.change_title))


class Words(Node):
    """Free words, phrases and the like: any may match or all must, as the search asks."""

    parts: tuple[Node, ...]


class And(Node):
    """All parts match."""

    parts: tuple[Node, ...]


class Or(Node):
    """At least one part matches."""

    parts: tuple[Node, ...]


class Not(Node):
    """The part does not match."""

    part: Node


class Everything(Node):
    """Every commit; the empty query."""


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, title.casefold()))


# --- Printing: `operators` tells that AND, OR or NOT stand somewhere in the query ---------------


def _written(node: Node, *, operators: bool) -> str:
    """Return the query that asks for a node."""
    match node:
        case Words(parts):
            # What a paste names is read out of its words again.
            words = [part for part in parts if not isinstance(part, Named)] or parts
            return " ".join(_written(part, operators=operators) for part in words)
        case And(parts):
            return _all_written(parts, operators=operators)
        case Or(parts):
            return " OR ".join(_written(part, operators=True) for part in parts)
        case Not():
            # NOT stands between two operands only: `*`, every commit, is the first.
            return f"* AND {_operand(node, operators=True)}"
        case Word(text, None):
            plain = is_plain(text) and not (operators and is_pasted(text))
            return text if plain else ESCAPE + text
        case _:
            return _leaf(node)


def _leaf(node: Node) -> str:
    match node:
        case Word() | Prefix() | Fuzzy() | Phrase() | Near():
            return f"{node.field}:{_text(node)}" if node.field else _text(node)
        case Person(text, role):
            return f"{role}:{_value(text)}"
        case Subsystem(text):
            return f"subsystem:{_value(text)}"
        case Trailer(key, text):
            return f"{key}:{_value(text or '*')}"
        case On(ref):
            return f"branch:{_value(ref)}"
        case Id(prefix):
            return f"id:{prefix}"
        case Dated():
            return _dated(node)
        case Regex(pattern, ignore_case):
            return regex_text(pattern, ignore_case=ignore_case)
        case Named(ids, title, link):
            return " ".join(filter(None, (*ids, title, link)))
        case _:
            return "*"


def _text(node: Word | Prefix | Fuzzy | Phrase | Near) -> str:
    match node:
        case Prefix(text):
            return f"{text}*"
        case Fuzzy(text, _, distance):
            return fuzzy_text(text, distance)
        case Phrase(text):
            return quoted(text)
        case Near(text, distance):
            return f"{quoted(text)}~{distance}"
        case _:
            return node.text


def _dated(node: Dated) -> str:
    """Write a span: what stands behind the dots is the last second in, as parse_span has it."""
    since = node.since.isoformat(timespec="seconds") if node.since else ""
    last = node.until - timedelta(seconds=1) if node.until else None
    until = last.isoformat(timespec="seconds") if last else ""
    return f"{'author-date' if node.which == 'author' else 'date'}:{since}..{until}"


def _all_written(parts: tuple[Node, ...], *, operators: bool) -> str:
    """Write And: filters stand beside the free words where that says the same."""
    first, *others = parts
    if isinstance(first, Not) or any(map(_needs_and, others)):
        every = "* AND " if isinstance(first, Not) else ""
        return every + " AND ".join(_operand(part, operators=True) for part in parts)
    operators = operators or any(isinstance(part, And | Or) for part in parts)
    return " ".join(_operand(part, operators=operators) for part in parts)


def _needs_and(part: Node) -> bool:
    """Whether a part of And would be one with the words before it, or is hard to read so."""
    return is_free(part) or isinstance(part, Words | Not)


def is_free(node: Node) -> bool:
    """Whether a node is a word, phrase or the like that is asked for in no one field."""
    return isinstance(node, Word | Prefix | Fuzzy | Phrase | Near) and node.field is None


def _operand(part: Node, *, operators: bool) -> str:
    match part:
        case Not(Words() | And() | Or() | Not() as inner):
            return f"NOT {_grouped(inner)}"
        case Not(inner):
            return f"NOT {_written(inner, operators=True)}"
        case And() | Or():
            return _grouped(part)
        case _:
            return _written(part, operators=operators)


def _grouped(node: Node) -> str:
    """Put a node in parentheses; the last word must not take ours for its own."""
    inner = _written(node, operators=True)
    return f"({inner} )" if "(" in inner.split()[-1] else f"({inner})"


def _value(text: str) -> str:
    return text if is_value(text) else quoted(text)
