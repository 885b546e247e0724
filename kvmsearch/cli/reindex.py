"""`kvmsearch reindex`: build the index anew from what it stores."""

import sys

import click

import kvmsearch
from kvmsearch.cli.options import jobs_option, opens_index
from kvmsearch.cli.parsing import Command
from kvmsearch.cli.progress import ProgressLine
from kvmsearch.cli.stdio import emit
from kvmsearch.output.text import counted
from kvmsearch.registry import Progress


@click.command("reindex", cls=Command)
@jobs_option
@opens_index
def command(index: kvmsearch.Index, jobs: int | None) -> int:
    """Build the index anew from the commits that it stores, without their sources."""
    total = len(index)
    with ProgressLine(sys.stderr) as line:
        count = index.reindex(lambda done: line(Progress("reindex", done, lambda: total)), jobs)
    emit([f"reindexed {counted(count, 'commit')}"])
    return 0
