"""`kvmsearch show`: one commit, as `git show -s` prints it."""

import re

import click

import kvmsearch
from kvmsearch.cli.options import opens_index, prints
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.errors import AmbiguousCommitError
from kvmsearch.output import Printer
from kvmsearch.output.line import ABBREVIATION


def commit_id(text: str) -> str:
    """Return an id, full or abbreviated to 4 digits or more as git has it, in lower case."""
    if not re.fullmatch("[0-9a-f]{4,64}", text.lower()):
        raise click.BadParameter(f"'{text}' is no commit id (4 to 64 hexadecimal digits)")
    return text.lower()


@click.command("show")
@click.argument("wanted", metavar="ID", type=commit_id)
@prints
@opens_index
def command(index: kvmsearch.Index, wanted: str, printer: Printer) -> int:
    """Print the commit ID (full or abbreviated) as git show -s does."""
    try:
        emit(printer.commit(index.get(wanted)))
    except AmbiguousCommitError as error:
        _list_candidates(index, error.candidates)
        raise
    return 0


def _list_candidates(index: kvmsearch.Index, candidates: tuple[str, ...]) -> None:
    for candidate in candidates:
        commit = index.get(candidate)
        day = commit.date.date().isoformat()
        tell("hint", f"{candidate[:ABBREVIATION]} {day} {commit.title}")
