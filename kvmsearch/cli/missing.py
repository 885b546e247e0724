"""`kvmsearch missing`: the fixes that a branch lacks."""

import click

import kvmsearch
from kvmsearch.cli.options import opens_index, prints
from kvmsearch.cli.parsing import Command
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.output import Printer
from kvmsearch.output.relatives import doubt

FOUND = 0
NOTHING = 1


@click.command("missing", cls=Command)
@click.option(
    "--in",
    "in_branch",
    required=True,
    metavar="BRANCH",
    help="The branch to look at: NAME or SOURCE/NAME.",
)
@click.option(
    "--from",
    "from_branch",
    metavar="BRANCH",
    help="Only fixes on this branch, globs allowed [default: all in the index].",
)
@prints
@opens_index
def command(
    index: kvmsearch.Index, in_branch: str, from_branch: str | None, printer: Printer
) -> int:
    """Print the fixes that a branch lacks, in the order in which they were committed.

    A fix is missing where what it fixes, or a copy of that, is on the branch, no copy of
    the fix is, and neither was reverted there.
    """
    missing = index.missing(in_branch, from_branch)
    emit(printer.missing(missing))
    if not missing.fixes:
        tell("hint", "no fix is missing that this index knows of")
    if reason := doubt(missing):
        tell("hint", reason)
    return FOUND if missing.fixes else NOTHING
