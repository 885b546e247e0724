"""Options that several commands share, each declared once."""

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

import kvmsearch
from kvmsearch.cli.stdio import wants_color
from kvmsearch.output import FORMATS, Printer, printer_of

P = ParamSpec("P")
T = TypeVar("T")

_WIDTH = 80
"""Columns where the terminal does not tell."""


def index_option(function: Callable[P, T]) -> Callable[P, T]:
    """Add `--index`, passed as `location`."""
    return click.option(
        "--index",
        "location",
        metavar="LOCATION",
        help="The index to use [default: $KVMSEARCH_INDEX, else an index/ that kvmsearch made "
        "in or above the current folder, else one in the user's data folder].",
    )(function)


def jobs_option(function: Callable[P, T]) -> Callable[P, T]:
    """Add `--jobs`."""
    return click.option(
        "-j",
        "--jobs",
        metavar="N",
        type=click.IntRange(min=1),
        help="Analyze many commits by so many processes at a time [default: one a core].",
    )(function)


def opens_index(
    function: Callable[Concatenate[kvmsearch.Index, P], T],
) -> Callable[..., T]:
    """Add `--index` and call the command with the index open."""

    @index_option
    @functools.wraps(function)
    def command(location: str | None, *args: P.args, **kwargs: P.kwargs) -> T:
        with kvmsearch.open(kvmsearch.default_location(location)) as index:
            return function(index, *args, **kwargs)

    return command


def prints(function: Callable[..., T]) -> Callable[..., T]:
    """Add `--format` and `--color` and call the command with a `printer`."""

    @click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How to print; see docs/output.md for the JSON.",
    )
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Whether text has colour; auto: on a terminal, where NO_COLOR is not set.",
    )
    @functools.wraps(function)
    def command(*args: Any, form: str, color: str, **kwargs: Any) -> T:
        return function(*args, printer=_printer(form, color), **kwargs)

    return command


def _columns() -> int:
    """Return the width of the terminal; COLUMNS counts first, as for git."""
    # As shutil.get_terminal_size, which imports compressors that nobody needs here.
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except OSError:
        return _WIDTH


def _printer(form: str, color: str) -> Printer:
    if form != "text":
        return printer_of(form)
    from kvmsearch.output.text import TextPrinter  # noqa: PLC0415 - the other formats need none of it

    width = _columns() if sys.stdout.isatty() else None
    return TextPrinter(wants_color(color, sys.stdout, os.environ), width)
