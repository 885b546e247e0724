"""`kvmsearch prune`: forget commits that are on no branch any more."""

import click

import kvmsearch
from kvmsearch.cli.options import opens_index
from kvmsearch.cli.parsing import Command
from kvmsearch.cli.stdio import emit
from kvmsearch.output.text import counted


@click.command("prune", cls=Command)
@opens_index
def command(index: kvmsearch.Index) -> int:
    """Remove the commits that are on no branch any more."""
    emit([f"removed {counted(index.prune(), 'commit')} on no branch"])
    return 0
