"""Commits as people are told of them, in a line or two: who, when, where, and their copies."""

import itertools
from collections.abc import Iterator, Sequence

from kvmsearch.commit import Commit
from kvmsearch.output.harmless import one_line
from kvmsearch.output.line import ABBREVIATION, ID, PLAIN, REF, Line, Piece

_COPIES_SHOWN = 3


def head(commit: Commit) -> Line:
    """Return the abbreviated id, the date, the author and the refs of a commit."""
    author = one_line(commit.author.name or commit.author.email)
    return (
        (commit.id[:ABBREVIATION], ID),
        (f" {commit.date.date().isoformat()} {author} ", PLAIN),
        *ref_pieces(commit),
    )


def ref_pieces(commit: Commit) -> Iterator[Piece]:
    """Yield the refs that a commit is on, in brackets."""
    if not commit.refs:
        yield "(on no branch)", ID
        return
    yield "(", ID
    for number, ref in enumerate(commit.refs):
        if number:
            yield ", ", ID
        yield one_line(str(ref)), REF
    yield ")", ID


def copy_lines(copies: Sequence[Commit]) -> Iterator[Line]:
    """Yield a line for each of the first copies of a commit, and how many more there are."""
    for copy in itertools.islice(copies, _COPIES_SHOWN):
        yield (("also ", PLAIN), (copy.id[:ABBREVIATION], ID), (" ", PLAIN), *ref_pieces(copy))
    if len(copies) > _COPIES_SHOWN:
        yield ((f"and {len(copies) - _COPIES_SHOWN} more copies", PLAIN),)


def indented(lines: Iterator[Line], columns: int) -> Iterator[Line]:
    """Yield lines so many columns to the right."""
    for one in lines:
        yield ((" " * columns, PLAIN), *one)
