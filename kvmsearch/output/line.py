"""A line for the terminal: pieces of harmless text, each knowing what it is and so its colour."""

import itertools
from collections.abc import Iterable, Iterator

from kvmsearch.output.harmless import harmless

Piece = tuple[str, str]
"""A text and what it is: PLAIN, ID, REF or MATCH."""

Line = tuple[Piece, ...]

PLAIN = ""
ID = "id"
REF = "ref"
MATCH = "match"

_CODES = {ID: "33", REF: "1;31", MATCH: "1;31"}
"""As git: yellow ids, remote branches in bold red; and git grep's matches."""

ABBREVIATION = 12
"""Digits of an abbreviated id, as the kernel's `Fixes:` lines have them."""

_CUT = ".."


def marked(text: str, matches: Iterable[tuple[int, int]]) -> Line:
    """Return the text as pieces, those of its matches marked.

    Matches are half-open offsets in code points of text, in order, not overlapping.
    """
    pieces = []
    end = 0
    for start, stop in matches:
        pieces += [(text[end:start], PLAIN), (text[start:stop], MATCH)]
        end = stop
    pieces.append((text[end:], PLAIN))
    return tuple((harmless(piece), kind) for piece, kind in pieces if piece)


def split_lines(line: Line) -> Iterator[Line]:
    """Cut pieces that hold newlines into lines, without the empty ones."""
    current: list[Piece] = []
    for text, kind in line:
        first, *others = text.split("\n")
        current.append((first, kind))
        for other in others:
            yield from _unless_empty(current)
            current = [(other, kind)]
    yield from _unless_empty(current)


def _unless_empty(pieces: list[Piece]) -> Iterator[Line]:
    if any(text.strip() for text, _ in pieces):
        yield tuple(piece for piece in pieces if piece[0])


def clip(line: Line, width: int) -> Line:
    """Cut a line to so many columns; where it is cut stands `..`, and its first match stays."""
    cells = [(char, kind) for text, kind in line for char in text.expandtabs()]
    if _columns(cells) <= width:
        return line
    indent = _indent(cells, width // 4)
    start = _first_shown(cells, width)
    kept = [*cells[:indent], (_CUT, PLAIN)] if start > indent else []
    room = width - len(_CUT) - sum(len(text) for text, _ in kept)
    for cell in cells[start if kept else 0 :]:
        room -= columns(cell[0])
        if room < 0:
            kept.append((_CUT, PLAIN))
            break
        kept.append(cell)
    return _joined(kept)


def _columns(cells: list[Piece]) -> int:
    return sum(columns(char) for char, _ in cells)


def _indent(cells: list[Piece], most: int) -> int:
    text = "".join(char for char, _ in cells[:most])
    return len(text) - len(text.lstrip(" "))


def _first_shown(cells: list[Piece], width: int) -> int:
    """Return which cell comes first, so that the first match shows with something before it."""
    kinds = [kind for _, kind in cells]
    if MATCH not in kinds:
        return 0
    first = kinds.index(MATCH)
    behind = next((end for end in range(first, len(cells)) if kinds[end] != MATCH), len(cells))
    fits = _columns(cells[:behind]) <= width - len(_CUT)
    return 0 if fits else max(0, first - width // 3)


def _joined(cells: Iterable[Piece]) -> Line:
    groups = itertools.groupby(cells, key=lambda cell: cell[1])
    return tuple(("".join(char for char, _ in group), kind) for kind, group in groups)


def columns(char: str) -> int:
    """Return how many columns a terminal gives a character."""
    if char.isascii():
        return 1
    import unicodedata  # noqa: PLC0415 - what is shown is mostly ASCII

    if unicodedata.combining(char) or char in "\u200c\u200d":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def render(line: Line, *, color: bool) -> str:
    """Return the line as a string, with colour escapes where asked for."""
    return "".join(_painted(text, kind) if color and kind else text for text, kind in line)


def _painted(text: str, kind: str) -> str:
    return f"\x1b[{_CODES[kind]}m{text}\x1b[m"
