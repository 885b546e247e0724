"""What is shown of a commit: short stretches of its texts, those with most of the matches."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kvmsearch.hits import Snippet
from kvmsearch.matching import merged
from kvmsearch.snippets.marked import Marked, Match
from kvmsearch.snippets.wanted import Text

LONGEST = 240
"""Code points of a snippet, but for one longer match."""

LINES = 3
_PARAGRAPH = re.compile(rf"[^\n]++(?:\n[^\n]++){{0,{LINES - 1}}}+")
AT_MOST = 2
"""Snippets of one commit."""

_CONSIDERED = 500
"""Windows of one text that are weighed, so that a giant message costs no more."""

_CONTEXT = 80
"""Code points shown before the first match of a line that is cut."""

_LONGEST_WORD = 30
"""Code points that a cut moves, so that it parts no word."""


class Window(NamedTuple):
    """A candidate for a snippet: a stretch of a text, and the matches in it.

    A tuple, as it is made quicker than a record, and most windows are not shown.
    """

    source: Text
    start: int
    end: int
    matches: Sequence[Match]

    def worth(self) -> tuple[int, bool, int]:
        """Order windows: by words of the query in them, prose before trailers, by matches."""
        words = len({number for _, number in self.matches})
        return words, self.source.field == "body", len(self.matches)

    def snippet(self) -> Snippet:
        """Return the stretch with its matches, each cut to it."""
        begin, behind = self.start, self.end
        length = behind - begin
        spans = [
            (max(start - begin, 0), min(end - begin, length)) for (start, end), _ in self.matches
        ]
        return Snippet(self.source.field, self.source.text[begin:behind], merged(spans))


def best_windows(marked: Iterable[Marked]) -> list[Window]:
    """Return the best windows, none over another, best first; of equals the earlier."""
    windows: list[Window] = []
    for text, matches in marked:
        windows += _windows(text, matches)
    if len(windows) > 1:
        windows.sort(key=Window.worth, reverse=True)
    chosen = windows[:1]
    for window in windows[1:]:
        if len(chosen) == AT_MOST:
            break
        if not any(_overlap(window, other) for other in chosen):
            chosen.append(window)
    return chosen


def _overlap(one: Window, other: Window) -> bool:
    return one.source is other.source and one.start < other.end and other.start < one.end


def _windows(source: Text, matches: Sequence[Match]) -> list[Window]:
    """Return a window for each line with a match: that line and the next few."""
    text = source.text
    windows: list[Window] = []
    covered = first = 0
    for number, ((start, end), _) in enumerate(matches):
        if end <= covered:
            continue
        begin = _begin(text, start, end, covered)
        behind = max(end, _end(text, begin, end))
        last = bisect_left(matches, ((behind, 0), 0), number)
        # It ends before a match that it would cut, but not before the one it is for.
        for cut in range(number + 1, last):
            (at, stop), _ = matches[cut]
            if stop > behind and at >= end:
                behind = at
                last = bisect_left(matches, ((at, 0), 0), number, cut)
                break
        if text[behind - 1].isspace():
            behind = max(end, begin + len(text[begin:behind].rstrip()))
        # No window begins before one that came earlier.
        while matches[first][0][1] <= begin:
            first += 1
        inside = [match for match in matches[first:last] if match[0][1] > begin]
        line_end = text.find("\n", end, behind)
        covered = behind if line_end < 0 else line_end
        windows.append(Window(source, begin, behind, inside))
        if len(windows) == _CONSIDERED:
            break
    return windows


def _begin(text: str, start: int, end: int, covered: int) -> int:
    """Return where a window for text[start:end] begins: with the line, or with a word of it."""
    line = text.rfind("\n", 0, start) + 1
    if covered <= line and end - line <= LONGEST:
        return line
    context = start - line if end - line <= LONGEST else min(_CONTEXT, LONGEST - (end - start))
    begin = min(start, max(line, covered, start - max(0, context)))
    if begin == line or text[begin - 1].isspace():
        return begin
    space = text.find(" ", begin, start)
    return begin if space < 0 else space + 1


def _end(text: str, begin: int, end: int) -> int:
    """Return where a window ends: with a paragraph, a line, or a word where it is full."""
    lines = _PARAGRAPH.match(text, begin, begin + LONGEST + 1)
    behind = lines.end() if lines else begin
    if behind - begin <= LONGEST:
        return behind
    line = text.rfind("\n", begin, behind)
    return line if line > begin else _end_of_word(text, end, begin + LONGEST)


def _end_of_word(text: str, end: int, cut: int) -> int:
    space = text.rfind(" ", max(end, cut - _LONGEST_WORD), cut + 1)
    return cut if space < 0 else space
