"""How answers look: one interface, a printer for each format. No click, no engine.

Highlights arrive as data (a text and its spans); markup and escaping happen here only.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from kvmsearch.commit import Commit
from kvmsearch.hits import Results
from kvmsearch.output.machine import IdPrinter, JsonLinesPrinter, JsonPrinter
from kvmsearch.output.text import TextPrinter
from kvmsearch.relatives import MissingFixes, Related


class Printer(Protocol):
    """One format; every method yields lines without their newline, safe for any terminal."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield one page of answers, of which the first has the rank `first`."""

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield one commit."""

    def related(self, related: Related) -> Iterator[str]:
        """Yield what is related to a commit."""

    def missing(self, missing: MissingFixes) -> Iterator[str]:
        """Yield the fixes that a branch lacks."""


PRINTERS: Mapping[str, Callable[[], Printer]] = {
    "text": TextPrinter,
    "json": JsonPrinter,
    "jsonl": JsonLinesPrinter,
    "ids": IdPrinter,
}
"""Each format's name and its printer with defaults (text: no colour, any width)."""
