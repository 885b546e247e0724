"""How answers look: one interface, a printer for each format. No click, no engine.

Highlights arrive as data (a text and its spans); markup and escaping happen here only.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from kvmsearch.commit import Commit
from kvmsearch.hits import Results

if TYPE_CHECKING:
    from kvmsearch.relatives import MissingFixes, Related


class Printer(Protocol):
    """One format; every method yields lines without their newline, safe for any terminal."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield one page of answers, of which the first has the rank `first`."""

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield one commit."""

    def related(self, related: "Related") -> Iterator[str]:
        """Yield what is related to a commit."""

    def missing(self, missing: "MissingFixes") -> Iterator[str]:
        """Yield the fixes that a branch lacks."""


_HOMES = {
    "text": ("text", "TextPrinter"),
    "json": ("machine", "JsonPrinter"),
    "jsonl": ("machine", "JsonLinesPrinter"),
    "ids": ("machine", "IdPrinter"),
}

FORMATS = tuple(_HOMES)
"""The names of the formats, the one for people first."""


def printer_of(form: str) -> Printer:
    """Return the printer of a format with its defaults (text: no colour, any width).

    Its module is imported here: no format waits for another.
    """
    module, name = _HOMES[form]
    return cast("Printer", getattr(import_module(f"{__name__}.{module}"), name)())
