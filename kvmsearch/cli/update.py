"""`kvmsearch update`: read what is new in the sources."""

import click

import kvmsearch
from kvmsearch.cli import outcomes
from kvmsearch.cli.options import jobs_option, opens_index
from kvmsearch.cli.parsing import Command
from kvmsearch.errors import UnknownSourceError, UsageError


@click.command("update", cls=Command)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@jobs_option
@opens_index
def command(index: kvmsearch.Index, names: tuple[str, ...], jobs: int | None) -> int:
    """Read what is new in all sources, or in those named."""
    if not names and not index.sources():
        raise UsageError("there are no sources; add one with 'kvmsearch index SOURCE'")
    read_once = {status.spec.name for status in index.sources() if status.spec.location == "-"}
    for name in read_once.intersection(names):
        raise UsageError(f"{name}: standard input is read by 'kvmsearch index - --name {name}'")
    try:
        return outcomes.exit_code(outcomes.update(index, names, jobs))
    except UnknownSourceError as error:
        raise click.UsageError(str(error)) from error
