"""The one table of fields that a query can name; parser, engines, help and docs read it."""

import enum

from kvmsearch.record import Record


class Kind(enum.Enum):
    """How the value after `field:` is understood."""

    TEXT = "words of the message"
    PEOPLE = "words of a name or e-mail address"
    TRAILER = "words of one kind of trailer"
    BRANCH = "a branch, or source/branch; globs allowed"
    SUBSYSTEM = "words of the title's prefix"
    REGEX = "a regular expression between slashes"
    ID = "a commit id, full or abbreviated"
    DATE = "a day, month or year, or a range FROM..TO"
    SINCE = "a date, as git's --since takes it"
    UNTIL = "a date, as git's --until takes it"


class Field(Record):
    """One field of the query language."""

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    help: str
    example: str


FIELDS = (
    Field("title", Kind.TEXT, ("subject", "s"), "the subject line", "title:deadlock"),
    Field(
        "body",
        Kind.TEXT,
        ("b",),
        "the message below the subject, without trailers",
        "body:slots_lock",
    ),
    Field(
        "subsystem",
        Kind.SUBSYSTEM,
        ("sub",),
        "the prefix of the subject line",
        "subsystem:x86/mmu",
    ),
    Field("author", Kind.PEOPLE, ("a", "from"), "who wrote the change", "author:seanjc"),
    Field("committer", Kind.PEOPLE, ("c",), "who committed it", "committer:bonzini"),
    Field(
        "trailer",
        Kind.TEXT,
        ("trailers", "t"),
        "any trailer, whatever its key",
        "trailer:syzkaller",
    ),
    Field("branch", Kind.BRANCH, ("ref",), "the branches it is on", "branch:linux-6.6.y"),
    Field("id", Kind.ID, ("commit",), "its object name", "id:94fe3e6515dd"),
    Field(
        "re", Kind.REGEX, (), "the whole message, by a regular expression", r"re:/lock(ed|ing)\b/"
    ),
    Field("date", Kind.DATE, ("d",), "when it was committed", "date:2026-01..2026-03"),
    Field("author-date", Kind.DATE, (), "when it was written", "author-date:2026-02"),
    Field(
        "since", Kind.SINCE, ("after",), "committed at this time or later", 'since:"2 weeks ago"'
    ),
    Field(
        "until", Kind.UNTIL, ("before",), "committed at this time or earlier", "until:2026-03-01"
    ),
)

BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
"""Every name and alias to its field. Trailer keys are fields, too; the index knows them."""
