"""What lies where in an index: the names that writer and reader share. docs/index-format.md.

Nothing here imports Whoosh: searching does without it.
"""

import json
from json.encoder import encode_basestring_ascii as _quoted

from kvmsearch.commit import Commit, Completeness, Moment, Person, Ref

INDEX_NAME = "MAIN"

RANKED = "body"
"""All terms of a message, with their positions and each with its weight there as a code."""

TEXTS = ("title", "body", "trailer")
"""What a message is made of, in the order of kvmsearch.ranking.FIELD_WEIGHTS, and of positions."""

BARE = ("title", "trailer", "author", "committer", "subsystem", "link")
"""The fields whose postings tell nothing but the document."""

FIELDS = tuple(sorted((RANKED, *BARE)))
"""Every indexed field; its place here is its number in the term dictionary."""

NUMBERS = ("committer_date", "author_date", "author_key", "change_key")
"""The numeric columns: seconds since the epoch, and keys that are equal for equal things.

The committer date is the author date where it is unknown. `author_key` stands for an author's
address, `change_key` for a change: all commits of one title by one author at one second.
"""

TEXT_GAP = 8
"""Positions between one text of a message (subject, prose, each trailer) and the next, so that
no phrase runs over both."""

MARK = ":"
"""A term that no word is: it stands where any trailer begins, and with a key behind it where
one of that key does."""

MOST_DOCUMENTS = 1 << 23
"""More than a segment of four million words can have: each text of a message counts as one."""

DENSE_FROM = 4096
"""Documents of the smallest segment that keeps dense terms."""

DENSE_SHARE = 32
"""A term is dense that more than one in so many documents has."""
_FIRST, _LAST = -62135596800, 253402300799
"""The seconds that are within the years of datetime."""


_read = json.JSONDecoder().raw_decode
_COMPLETENESS = {int(one): one for one in Completeness}

FOLLOWING = 1
"""In a row, the parents of a commit whose only one is that of the next document, as most are."""


def record_of(commit: Commit, following: str | None) -> bytes:
    """Return a row of the column `commit`: JSON, a newline, the message.

    The id and the seconds of the dates have columns of their own; `following` is the id of the
    next document.
    """
    parents = commit.parents
    author = _row_of(commit.author, commit.authored)
    committer = _row_of(commit.committer, commit.committed)
    if parents is None:
        before = "null"
    elif parents == (following,):
        before = str(FOLLOWING)
    else:
        before = f"[{','.join(map(_quoted, parents))}]"
    url = "null" if commit.url is None else _quoted(commit.url)
    row = f"[{author},{committer},{before},{url},{int(commit.completeness)}]\n{commit.message}"
    return row.encode("utf-8", "surrogatepass")


def _row_of(person: Person | None, moment: Moment | None) -> str:
    who = f"[{_quoted(person.name)},{_quoted(person.email)}]" if person else "null"
    return f"{who},{moment[1]}" if moment else f"{who},null"


def commit_of(
    commit_id: str, row: bytes, seconds: tuple[int, int], following: str, refs: tuple[Ref, ...] = ()
) -> Commit:
    """Return the commit of a row of the column `commit`, given what has columns of its own.

    `seconds` are those of the author date and of the committer date.
    """
    head, _, message = row.decode("utf-8", "surrogatepass").partition("\n")
    (author, authored, committer, committed, parents, url, completeness), end = _read(head)
    if end != len(head):
        raise ValueError("more in a row than a commit")
    if parents == FOLLOWING:
        parents = (following,)
    return Commit(
        commit_id,
        message,
        Person(*author),
        _moment(seconds[0], authored),
        None if committer is None else Person(*committer),
        None if committed is None else _moment(seconds[1], committed),
        None if parents is None else tuple(parents),
        url,
        _COMPLETENESS[completeness],
        refs,
    )


def completeness_of(row: bytes) -> Completeness:
    """Return how complete the commit of a row is, without reading all of it."""
    head, _, _ = row.partition(b"\n")
    return Completeness(int(head[head.rindex(b",") + 1 : -1]))


def _moment(seconds: int, minutes: int) -> Moment:
    on_clock = seconds + minutes * 60
    if not (_FIRST <= seconds <= _LAST and _FIRST <= on_clock <= _LAST and abs(minutes) < 1440):
        raise ValueError("no such date")
    return Moment((seconds, minutes))
