"""A commit as `git show -s --decorate` prints it; its refs stand where git has branches.

What the source did not tell is left out. See pretty.c of git.
"""

from collections.abc import Iterator
from datetime import datetime

from kvmsearch.commit import Commit
from kvmsearch.output.harmless import harmless, one_line
from kvmsearch.output.line import ABBREVIATION, ID, PLAIN, REF, Line, Piece

_GIT_SPACE = " \t\r\n"


def show_lines(commit: Commit) -> Iterator[Line]:
    """Yield the lines of one commit."""
    yield ((f"commit {commit.id}", ID), *_decoration(commit))
    if commit.parents is not None and len(commit.parents) > 1:
        parents = " ".join(parent[:ABBREVIATION] for parent in commit.parents)
        yield ((f"Merge: {parents}", PLAIN),)
    yield ((f"Author: {one_line(str(commit.author))}", PLAIN),)
    yield ((f"Date:   {git_date(commit.author_date)}", PLAIN),)
    message = [((harmless(f"    {line}"), PLAIN),) for line in _message_lines(commit.message)]
    if message:
        yield ()
        yield from message


def git_date(date: datetime) -> str:
    """Return a date in git's default format, `Mon Mar 2 10:11:12 2026 +0100`."""
    # ctime is English in every locale, and pads the day with a space where git does not.
    return f"{' '.join(date.ctime().split())} {date:%z}"


def _decoration(commit: Commit) -> Iterator[Piece]:
    opening = " ("
    for ref in commit.refs:
        yield opening, ID
        yield one_line(str(ref)), REF
        opening = ", "
    if commit.refs:
        yield ")", ID


def _message_lines(message: str) -> Iterator[str]:
    """Yield the message as git prints it: outer blank lines and white space at line ends go."""
    lines = [line.rstrip(_GIT_SPACE).expandtabs(8) for line in message.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    first = next((number for number, line in enumerate(lines) if line), 0)
    yield from lines[first:]
