"""A line for the terminal: pieces of harmless text, each with its colour."""

import itertools
import unicodedata
from collections.abc import Iterable, Iterator

from kvmsearch.output.harmless import harmless

Piece = tuple[str, str]
"""A text and the parameters of its colour escape; an empty colour is the terminal's own."""

Line = tuple[Piece, ...]

PLAIN = ""
ID = "33"
REF = "1;31"
MATCH = "1;31"
"""As git: yellow ids, remote branches in bold red; and git grep's matches."""

ABBREVIATION = 12
"""Digits of an abbreviated id, as the kernel's `Fixes:` lines have them."""

_CUT = ".."


def marked(text: str, matches: Iterable[tuple[int, int]], color: str = PLAIN) -> Line:
    """Return the text as pieces, its matches in the colour of matches.

    Args:
        matches: half-open offsets in code points of text, in order, not overlapping.
        color: the colour of what did not match.
    """
    pieces = []
    end = 0
    for start, stop in matches:
        pieces += [(text[end:start], color), (text[start:stop], MATCH)]
        end = stop
    pieces.append((text[end:], color))
    return tuple((harmless(piece), color) for piece, color in pieces if piece)


def split_lines(line: Line) -> Iterator[Line]:
    """Cut pieces that hold newlines into lines, without the empty ones."""
    current: list[Piece] = []
    for text, color in line:
        first, *others = text.split("\n")
        current.append((first, color))
        for other in others:
            yield from _unless_empty(current)
            current = [(other, color)]
    yield from _unless_empty(current)


def _unless_empty(pieces: list[Piece]) -> Iterator[Line]:
    if any(text.strip() for text, _ in pieces):
        yield tuple(piece for piece in pieces if piece[0])


def clip(line: Line, width: int) -> Line:
    """Cut a line to so many columns; where it is cut stands `..`, and its first match stays."""
    cells = [(char, color) for text, color in line for char in text.expandtabs()]
    if sum(columns(char) for char, _ in cells) <= width:
        return line
    start = _first_shown(cells, width)
    kept = [(_CUT, PLAIN)] if start else []
    room = width - len(_CUT) * (len(kept) + 1)
    for cell in cells[start:]:
        room -= columns(cell[0])
        if room < 0:
            kept.append((_CUT, PLAIN))
            break
        kept.append(cell)
    return _joined(kept)


def _first_shown(cells: list[Piece], width: int) -> int:
    """Return which cell comes first, so that the first match shows with something before it."""
    matching = [index for index, (_, color) in enumerate(cells) if color == MATCH]
    if not matching or matching[0] < width * 2 // 3:
        return 0
    return matching[0] - width // 3


def _joined(cells: Iterable[Piece]) -> Line:
    groups = itertools.groupby(cells, key=lambda cell: cell[1])
    return tuple(("".join(char for char, _ in group), color) for color, group in groups)


def columns(char: str) -> int:
    """Return how many columns a terminal gives a character."""
    if unicodedata.combining(char) or char in "\u200c\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def render(line: Line, *, color: bool) -> str:
    """Return the line as a string, with colour escapes where asked for."""
    return "".join(_painted(text, code) if color and code else text for text, code in line)


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[m"
