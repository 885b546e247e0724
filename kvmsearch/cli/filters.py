"""The options that narrow what is found; each becomes a node of the query tree."""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from kvmsearch.errors import UsageError
from kvmsearch.query import Author, Dated, Node, On, Or, Regex
from kvmsearch.query.regex import compile_regex

T = TypeVar("T")


def date(text: str) -> datetime:
    """Return the date meant, as git has it."""
    from kvmsearch.dates import parse_date  # noqa: PLC0415 - slow to import, and rarely needed

    try:
        # Naive, so that dates are read by all rules of the system's time zone.
        return parse_date(text, datetime.now())  # noqa: DTZ005
    except UsageError as error:
        raise click.BadParameter(str(error)) from error


def regex(text: str) -> str:
    """Return a regular expression as given, if it is one."""
    try:
        compile_regex(text, ignore_case=False)
    except UsageError as error:
        raise click.BadParameter(str(error)) from error
    return text


def filters(function: Callable[..., T]) -> Callable[..., T]:
    """Add the filter options and call the command with `filters`, a list of nodes."""

    @click.option("--author", multiple=True, help="Who wrote it: words of the name or address.")
    @click.option("--since", "--after", type=date, help="Committed at this time or later.")
    @click.option("--until", "--before", type=date, help="Committed at this time or earlier.")
    @click.option(
        "--author-date", is_flag=True, help="Compare the author date instead of the committer's."
    )
    @click.option(
        "--branch",
        multiple=True,
        metavar="NAME",
        help="On this branch: NAME or SOURCE/NAME, globs allowed; several: on any of them.",
    )
    @click.option(
        "--grep",
        multiple=True,
        type=regex,
        metavar="PATTERN",
        help="The message matches a regular expression, as re:/PATTERN/; several: any of them.",
    )
    @click.option(
        "-i", "--regexp-ignore-case", "ignore_case", is_flag=True, help="Let --grep ignore case."
    )
    @functools.wraps(function)
    def command(
        *args: Any,
        author: tuple[str, ...],
        since: datetime | None,
        until: datetime | None,
        author_date: bool,
        branch: tuple[str, ...],
        grep: tuple[str, ...],
        ignore_case: bool,
        **kwargs: Any,
    ) -> T:
        nodes = [
            *any_of(map(Author, author)),
            *dated(since, until, "author" if author_date else "committer"),
            *any_of(map(On, branch)),
            *any_of(Regex(pattern, ignore_case) for pattern in grep),
        ]
        return function(*args, filters=nodes, **kwargs)

    return command


def any_of(nodes: Iterable[Node]) -> list[Node]:
    """Return one node that matches what any of the nodes matches; none of none."""
    given = tuple(nodes)
    return list(given) if len(given) < 2 else [Or(given)]


def dated(since: datetime | None, until: datetime | None, which: str) -> list[Node]:
    """Return the node of a range of time with both ends in it, as git has them."""
    if since is None and until is None:
        return []
    behind = until and until + timedelta(seconds=1)
    return [Dated(since, behind, which)]
