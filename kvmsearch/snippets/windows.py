"""What is shown of a commit: short stretches of its texts, those with most of the matches."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import NamedTuple

from kvmsearch.hits import Snippet
from kvmsearch.matching import Span, merged
from kvmsearch.snippets.wanted import Text

LONGEST = 240
"""Code points of a snippet, but for one longer match."""

LINES = 3
AT_MOST = 2
"""Snippets of one commit."""

_CONSIDERED = 500
"""Windows of one text that are weighed, so that a giant message costs no more."""

_CONTEXT = 80
"""Code points shown before the first match of a line that is cut."""

_LONGEST_WORD = 30
"""Code points that a cut moves, so that it parts no word."""


class Marked:
    """A text with the spans that matched, in order, each with the number of what it is of."""

    def __init__(self, source: Text, matches: Iterable[tuple[Span, int]]) -> None:
        self.source = source
        self.matches = sorted(matches)
        self._starts = [start for (start, _), _ in self.matches]
        self._furthest = list(accumulate((end for (_, end), _ in self.matches), max))

    def inside(self, number: int, start: int, end: int) -> list[tuple[Span, int]]:
        """Return the matches of which some is in text[start:end], given one that is."""
        behind = bisect_left(self._starts, end, number)
        first = bisect_right(self._furthest, start, 0, number)
        if first == number and start <= self._starts[number]:
            return self.matches[number:behind]
        return [match for match in self.matches[first:behind] if match[0][1] > start]


class Window(NamedTuple):
    """A candidate for a snippet: a stretch of a text, and the matches in it.

    A tuple, as it is made quicker than a record, and most windows are not shown.
    """

    source: Text
    start: int
    end: int
    matches: list[tuple[Span, int]]

    def worth(self) -> tuple[int, bool, int]:
        """Order windows: by words of the query in them, prose before trailers, by matches."""
        matches = self.matches
        words = len({number for _, number in matches}) if len(matches) > 1 else 1
        return words, self.source.field == "body", len(matches)

    def snippet(self) -> Snippet:
        """Return the stretch with its matches, each cut to it."""
        spans = merged(
            (max(start, self.start) - self.start, min(end, self.end) - self.start)
            for (start, end), _ in self.matches
        )
        return Snippet(self.source.field, self.source.text[self.start : self.end], spans)


def best_windows(texts: Iterable[Marked]) -> list[Window]:
    """Return the best windows, none over another, best first; of equals the earlier."""
    windows = (window for text in texts for window in islice(_windows(text), _CONSIDERED))
    chosen: list[Window] = []
    for window in sorted(windows, key=Window.worth, reverse=True):
        if all(other.source is not window.source or _apart(window, other) for other in chosen):
            chosen.append(window)
        if len(chosen) == AT_MOST:
            break
    return chosen


def _apart(one: Window, other: Window) -> bool:
    return one.end <= other.start or other.end <= one.start


def _windows(marked: Marked) -> Iterator[Window]:
    """Yield a window for each line with a match: that line and the next few."""
    text = marked.source.text
    covered = 0
    for number, ((start, end), _) in enumerate(marked.matches):
        if end <= covered:
            continue
        begin = _begin(text, start, end, covered)
        behind = max(end, _end(text, begin, end))
        inside = marked.inside(number, begin, behind)
        cut = [at for (at, stop), _ in inside if stop > behind]
        if cut:
            # It ends before a match that it would cut, but not before the one it is for.
            behind = max(end, min([at for at in cut if at >= end], default=behind))
            inside = marked.inside(number, begin, behind)
        if text[behind - 1].isspace():
            behind = max(end, begin + len(text[begin:behind].rstrip()))
        line_end = text.find("\n", end)
        covered = behind if line_end < 0 else min(line_end, behind)
        yield Window(marked.source, begin, behind, inside)


def _begin(text: str, start: int, end: int, covered: int) -> int:
    """Return where a window for text[start:end] begins: with the line, or with a word of it."""
    line = text.rfind("\n", 0, start) + 1
    context = start - line if end - line <= LONGEST else min(_CONTEXT, LONGEST - (end - start))
    begin = min(start, max(line, covered, start - max(0, context)))
    if begin == line or text[begin - 1].isspace():
        return begin
    space = text.find(" ", begin, start)
    return begin if space < 0 else space + 1


def _end(text: str, begin: int, end: int) -> int:
    """Return where a window ends: with a paragraph, a line, or a word where it is full."""
    behind = begin
    paragraph = text.find("\n\n", begin)
    furthest = len(text) if paragraph < 0 else paragraph
    for _ in range(LINES):
        stop = text.find("\n", behind + (behind > begin), furthest)
        if stop < 0:
            stop = furthest
        if stop - begin > LONGEST:
            return behind if behind > begin else _end_of_word(text, end, begin + LONGEST)
        behind = stop
        if behind == furthest:
            break
    return behind


def _end_of_word(text: str, end: int, cut: int) -> int:
    space = text.rfind(" ", max(end, cut - _LONGEST_WORD), cut + 1)
    return cut if space < 0 else space
