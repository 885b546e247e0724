"""`kvmsearch related`: what has to do with a commit."""

import click

import kvmsearch
from kvmsearch.cli.naming import candidates_listed, commit_id
from kvmsearch.cli.options import opens_index, prints
from kvmsearch.cli.parsing import Command
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.output import Printer

FOUND = 0
NOTHING = 1


@click.command("related", cls=Command)
@click.argument("wanted", metavar="ID", type=commit_id)
@prints
@opens_index
def command(index: kvmsearch.Index, wanted: str, printer: Printer) -> int:
    """Print what has to do with the commit ID (full or abbreviated).

    That is what it fixes and what fixes it, reverts both ways, its copies, its series,
    what has the same link, and what mentions it.
    """
    with candidates_listed(index):
        related = index.related(wanted)
    emit(printer.related(related))
    if not related.relations:
        tell("hint", "nothing in this index is related to it")
    return FOUND if related.relations else NOTHING
