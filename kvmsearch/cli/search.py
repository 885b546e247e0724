"""`kvmsearch search`: find commits; the command that is meant where none is named."""

from typing import Literal, TypedDict, Unpack

import click

import kvmsearch
from kvmsearch.cli.filters import filters as filter_options
from kvmsearch.cli.options import opens_index, prints
from kvmsearch.cli.parsing import QueryCommand
from kvmsearch.cli.stdio import emit, tell
from kvmsearch.output import Printer
from kvmsearch.output.text import nothing
from kvmsearch.query import And, Node

FOUND = 0
NOTHING = 1


class How(TypedDict):
    """The arguments of Index.search that options set."""

    limit: int
    skip: int
    sort: Literal["relevance", "newest", "oldest"]
    group: bool
    explain: bool


@click.command("search", cls=QueryCommand, beside={"ignore_case": "grep"})
@click.argument("words", metavar="[QUERY]...", nargs=-1, type=click.UNPROCESSED)
@filter_options
@click.option(
    "-n",
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Most hits.",
)
@click.option(
    "--skip", metavar="N", type=click.IntRange(min=0), default=0, help="Leave out the first hits."
)
@click.option(
    "--sort",
    type=click.Choice(["relevance", "newest", "oldest"]),
    default="relevance",
    show_default=True,
    help="Best first, or by date; by date needs all words.",
)
@click.option("--all", "match", flag_value="all", help="All words must match.")
@click.option("--any", "match", flag_value="any", help="Any of the words may match.")
@click.option(
    "--no-group",
    "group",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Show copies of one change (as on stable branches) each by itself.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Tell how the query was understood, and why each hit ranks where it does.",
)
@prints
@opens_index
def command(
    index: kvmsearch.Index,
    words: tuple[str, ...],
    filters: list[Node],
    printer: Printer,
    match: Literal["all", "any"] | None,
    **how: Unpack[How],
) -> int:
    """Find commits whose message matches QUERY, best first.

    An argument that is not exactly one of the options below is part of the query,
    also where it begins with a dash; what follows -- is query too.
    """
    query = narrowed(index, " ".join(words), filters)
    results = index.search(query, match=match or "auto", **how)
    emit(printer.results(results, how["skip"] + 1))
    if not results.hits:
        tell("hint", nothing(results))
    if results.suggestion:
        tell("hint", f"did you mean '{results.suggestion}'?")
    return FOUND if results.hits else NOTHING


def narrowed(index: kvmsearch.Index, text: str, filters: list[Node]) -> str | Node:
    """Return the query together with the filters that options gave."""
    if not filters:
        return text
    parsed = [index.parse(text)] if text.strip() else []
    nodes = (*parsed, *filters)
    return And(nodes) if len(nodes) > 1 else nodes[0]
