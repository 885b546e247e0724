"""`kvmsearch show`: one commit, as `git show -s` prints it."""

import click

import kvmsearch
from kvmsearch.cli.naming import candidates_listed, commit_id
from kvmsearch.cli.options import opens_index, prints
from kvmsearch.cli.parsing import Command
from kvmsearch.cli.stdio import emit
from kvmsearch.output import Printer


@click.command("show", cls=Command)
@click.argument("wanted", metavar="ID", type=commit_id)
@prints
@opens_index
def command(index: kvmsearch.Index, wanted: str, printer: Printer) -> int:
    """Print the commit ID (full or abbreviated) as git show -s does."""
    with candidates_listed(index):
        emit(printer.commit(index.get(wanted)))
    return 0
