"""A commit named on the command line: an id, full or abbreviated."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

import kvmsearch
from kvmsearch.cli.stdio import tell
from kvmsearch.errors import AmbiguousCommitError
from kvmsearch.output.line import ABBREVIATION


def commit_id(text: str) -> str:
    """Return an id, full or abbreviated to 4 digits or more as git has it, in lower case."""
    if not re.fullmatch("[0-9a-f]{4,64}", text.lower()):
        raise click.BadParameter(f"'{text}' is no commit id (4 to 64 hexadecimal digits)")
    return text.lower()


@contextmanager
def candidates_listed(index: kvmsearch.Index) -> Iterator[None]:
    """List what an ambiguous id may mean, as git does, before the error is told."""
    try:
        yield
    except AmbiguousCommitError as error:
        for candidate in error.candidates:
            commit = index.get(candidate)
            day = commit.date.date().isoformat()
            tell("hint", f"{candidate[:ABBREVIATION]} {day} {commit.title}")
        raise
