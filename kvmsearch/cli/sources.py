"""`kvmsearch sources`: the sources that an index follows."""

import click

import kvmsearch
from kvmsearch.cli.options import opens_index
from kvmsearch.cli.parsing import DefaultGroup
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.errors import UnknownSourceError
from kvmsearch.output.harmless import one_line
from kvmsearch.output.sources import source_lines
from kvmsearch.record import replace
from kvmsearch.registry import SourceStatus
from kvmsearch.sources.location import shown


@click.group(
    "sources",
    cls=DefaultGroup,
    default="list",
    bare="list",
    subcommand_metavar="[list | remove NAME]",
)
def command() -> None:
    """List the sources that the index follows, or remove one."""


@command.command("list")
@opens_index
def list_sources(index: kvmsearch.Index) -> int:
    """List the sources: commits, the newest one, last update, refs and last error."""
    statuses = index.sources()
    if statuses:
        emit(source_lines([*map(_without_secrets, statuses)]))
    else:
        tell("hint", "there are no sources; add one with 'kvmsearch index SOURCE'")
    return 0


def _without_secrets(status: SourceStatus) -> SourceStatus:
    """Return the status with a location that shows no password or token."""
    return replace(status, spec=replace(status.spec, location=shown(status.spec.location)))


@command.command("remove")
@click.argument("name")
@opens_index
def remove(index: kvmsearch.Index, name: str) -> int:
    """Stop following the source NAME; its commits stay until 'kvmsearch prune'."""
    try:
        index.remove(name)
    except UnknownSourceError as error:
        raise click.UsageError(str(error)) from error
    emit([f"removed source {one_line(name)}"])
    return 0
