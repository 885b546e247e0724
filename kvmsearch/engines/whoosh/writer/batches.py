"""Commits on their way to another process: pickled, but as plain tuples.

To pickle the records themselves, and to read them, takes half as much time again.
"""

import pickle
from collections.abc import Iterable
from typing import IO

from kvmsearch.commit import Commit, Completeness, Moment, Person

_Seconds = tuple[int, int]
"""A moment."""

_Parents = tuple[str, ...] | None
_Row = tuple[str, str, Person, _Seconds, Person | None, _Seconds | None, _Parents, str | None, int]


def write_batch(commits: Iterable[Commit], file: IO[bytes]) -> None:
    """Write commits, but not where they are; no commits say that there are no more."""
    pickle.dump(list(map(_row, commits)), file, pickle.HIGHEST_PROTOCOL)
    file.flush()


def read_batch(file: IO[bytes]) -> list[Commit]:
    """Read commits.

    Raises:
        EOFError, pickle.UnpicklingError: the file ends before or within them.
    """
    rows: list[_Row] = pickle.load(file)  # noqa: S301 - from our own parent
    return list(map(_commit, rows))


def _row(commit: Commit) -> _Row:
    # All of a moment is a plain tuple.
    authored, committed = commit.authored[:], commit.committed and commit.committed[:]
    people = commit.author, authored, commit.committer, committed
    known = commit.parents, commit.url, int(commit.completeness)
    return (commit.id, commit.message, *people, *known)


def _commit(row: _Row) -> Commit:
    name, message, author, authored, committer, committed, parents, url, completeness = row
    dates = Moment(authored), committed and Moment(committed)
    known = parents, url, Completeness(completeness)
    return Commit(name, message, author, dates[0], committer, dates[1], *known)
