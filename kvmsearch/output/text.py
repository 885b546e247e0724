"""The format for people: ranked hits with their matches, and commits as git shows them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kvmsearch.commit import Commit
from kvmsearch.hits import Hit, Results, Snippet
from kvmsearch.output import line
from kvmsearch.output.commitline import copy_lines, head, indented
from kvmsearch.output.line import PLAIN, Line, marked
from kvmsearch.record import Record

if TYPE_CHECKING:
    from kvmsearch.relatives import MissingFixes, Related


class TextPrinter(Record):
    """For eyes."""

    color: bool = False
    width: int | None = None
    """Columns that a line of a hit is cut to; None: lines stay whole."""

    def results(self, results: Results, first: int) -> Iterator[str]:
        """Yield the hits, a blank line behind each, and how many answers there are.

        Where it was asked how the query was understood, that comes first, and the score of
        each hit is told.
        """
        if results.understood:
            from kvmsearch.output.explanation import understood_lines  # noqa: PLC0415 - as all here

            yield from understood_lines(results)
            yield ""
        for rank, hit in enumerate(results.hits, first):
            yield from map(self._render, hit_lines(rank, hit, scored=bool(results.understood)))
            yield ""
        if results.hits:
            yield summary(results, first)

    def commit(self, commit: Commit) -> Iterator[str]:
        """Yield the lines of `git show -s`."""
        from kvmsearch.output.gitshow import show_lines  # noqa: PLC0415 - a search needs none of it

        return (line.render(one, color=self.color) for one in show_lines(commit))

    def related(self, related: "Related") -> Iterator[str]:
        """Yield the commit and what is related to it, a heading for each kind of relation."""
        from kvmsearch.output.relatives import related_lines  # noqa: PLC0415

        return map(self._render, related_lines(related))

    def missing(self, missing: "MissingFixes") -> Iterator[str]:
        """Yield the fixes, a blank line behind each, and how many there are."""
        from kvmsearch.output.relatives import missing_lines  # noqa: PLC0415

        return map(self._render, missing_lines(missing))

    def _render(self, one: Line) -> str:
        shown = one if self.width is None else line.clip(one, self.width)
        return line.render(shown, color=self.color)


def hit_lines(rank: int, hit: Hit, *, scored: bool) -> Iterator[Line]:
    """Yield the lines of one hit: who and when, the title, snippets, copies, and its score."""
    yield ((f"{rank:>2}. ", PLAIN), *head(hit.commit))
    yield (("    ", PLAIN), *marked(hit.commit.title, hit.title_matches))
    snippets = [snippet for snippet in hit.snippets if snippet.field != "title"]
    for number, snippet in enumerate(snippets):
        if number:
            yield (("      --", PLAIN),)
        yield from _snippet_lines(snippet)
    yield from indented(copy_lines(hit.copies), 4)
    if scored:
        from kvmsearch.output.explanation import score_lines  # noqa: PLC0415

        yield from (((f"    {text}", PLAIN),) for text in score_lines(hit))


def _snippet_lines(snippet: Snippet) -> Iterator[Line]:
    for one in line.split_lines(marked(snippet.text, snippet.matches)):
        yield (("      ", PLAIN), *one)


def summary(results: Results, first: int) -> str:
    """Return how many answers there are, of how many commits, and how many have all words."""
    last = first + len(results.hits) - 1
    shown = f"{first:,}" if first == last else f"{first:,}-{last:,}"
    total = counted(results.total, "answer")
    commits = counted(results.total_commits, "commit")
    copies = f" ({commits})" if results.total_commits > results.total else ""
    return f"{shown} of {total}{copies}, {results.with_all_words:,} with all words"


def nothing(results: Results) -> str:
    """Return what to say where a page has no hits."""
    return f"no more answers: there are {results.total:,}" if results.total else "nothing found"


def counted(number: int, thing: str) -> str:
    """Return a number and its noun."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
