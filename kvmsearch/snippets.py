"""Which pieces of a commit show best why it matched, and where in them; pure.

A word is marked where all of it stands, in any spelling; only if it stands nowhere whole
are those of its parts marked that helped to find the commit. What is excluded is not
marked.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, islice

from kvmsearch.analysis import Token, fold, is_stop_word, tokenize
from kvmsearch.commit import Commit
from kvmsearch.hits import Snippet
from kvmsearch.matching import Pattern, Span, merged, occurrences, pattern
from kvmsearch.query.tree import And, Node, Or, Phrase, Prefix, Trailer, Word, Words

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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One word or phrase of the query, and the field it is asked for in."""

    pattern: Pattern
    field: str | None
    key: str | None = None
    """The key of the trailers that are asked for, lower case."""

    in_parts: bool = False
    """Whether its parts count where all of it stands nowhere."""

    prefix: str = ""
    """What terms begin with, where that is enough."""

    def asks(self, text: "_Text") -> bool:
        """Whether it is asked for in a text."""
        if self.key is not None:
            return text.key == self.key
        return self.field is None or text.field.startswith(self.field)

    def spans(self, text: "_Text") -> Iterator[Span]:
        """Yield where it stands in a text."""
        yield from occurrences(self.pattern, text.tokens)
        if self.prefix:
            yield from (
                (token.start, token.end)
                for token in text.tokens
                if token.term.startswith(self.prefix)
            )

    def spans_of_parts(self, text: "_Text") -> Iterator[Span]:
        """Yield where parts of it stand in a text."""
        return (
            (token.start, token.end)
            for token in text.tokens
            if token.term in self.pattern.terms and not is_stop_word(token.term)
        )


@dataclass(frozen=True, slots=True)
class _Text:
    """One text of a commit that is looked into."""

    field: str
    key: str | None
    text: str
    tokens: list[Token]


class _Marked:
    """A text with the spans that matched, in order, each with the number of what it is of."""

    def __init__(self, source: _Text, matches: Iterable[tuple[Span, int]]) -> None:
        self.source = source
        self.matches = sorted(matches)
        self._starts = [start for (start, _), _ in self.matches]
        self._furthest = list(accumulate((end for (_, end), _ in self.matches), max))

    def inside(self, start: int, end: int) -> list[tuple[Span, int]]:
        """Return the matches of which some is in text[start:end]."""
        first = bisect_right(self._furthest, start)
        return [
            match
            for match in self.matches[first : bisect_left(self._starts, end)]
            if match[0][1] > start
        ]


def highlight(commit: Commit, query: Node) -> tuple[tuple[Span, ...], tuple[Snippet, ...]]:
    """Return where a query matches in the title, and the best snippets of the rest, best first.

    Where only the title matches, the one snippet is the title.
    """
    wanted = [*_wanted(query)]
    title, *others = _marked(wanted, [*_texts(commit, wanted)])
    windows = _best_windows(others) or _best_windows([title])[:1]
    spans = merged(span for span, _ in title.matches)
    return spans, tuple(window.snippet() for window in windows)


# --- What is looked for ------------------------------------------------------------------------


def _wanted(node: Node) -> Iterator[_Wanted]:
    match node:
        case Words(parts):
            kept = [part for part in parts if not _is_stop(part)] or parts
            for part in kept:
                yield from _free(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)
        case Word(text, field) | Phrase(text, field):
            yield _Wanted(pattern(text), field)
        case Trailer(key, text):
            yield _Wanted(pattern(text), "trailer", key=key.lower())
        case Prefix(text, field):
            yield _prefix(text, field)


def _free(part: Node) -> Iterator[_Wanted]:
    """Yield what one of several free words looks for: a part of it may be what was found."""
    if isinstance(part, Word):
        yield _Wanted(pattern(part.text), part.field, in_parts=True)
    else:
        yield from _wanted(part)


def _is_stop(part: Node) -> bool:
    return isinstance(part, Word) and part.field is None and is_stop_word(part.text)


def _prefix(text: str, field: str | None) -> _Wanted:
    """Return what a prefix looks for: a stem may be shorter than what was typed."""
    parts = (token for token in tokenize(text) if token.width == 1)
    start = "".join(fold(text[part.start : part.end]) for part in parts)
    whole = pattern(text)
    return _Wanted(whole if whole.length == 1 else pattern(""), field, prefix=start)


# --- Where it stands ---------------------------------------------------------------------------


def _texts(commit: Commit, wanted: list[_Wanted]) -> Iterator[_Text]:
    """Yield the title, the prose and the trailers, with those of their tokens that may match."""
    terms = frozenset(term for want in wanted for term in want.pattern.terms)
    prefixes = tuple(want.prefix for want in wanted if want.prefix)

    def keep(term: str) -> bool:
        return term in terms or term.startswith(prefixes)

    prose = commit.parts.prose
    yield _Text("title", None, commit.title, [*tokenize(commit.title, keep)])
    yield _Text("body", None, prose, [*tokenize(prose, keep)])
    for trailer in commit.trailers:
        start = f"{trailer.key}: "
        tokens = [_moved(token, len(start)) for token in tokenize(trailer.value, keep)]
        yield _Text("trailers", trailer.key.lower(), start + trailer.value, tokens)


def _moved(token: Token, by: int) -> Token:
    return Token(token.term, token.start + by, token.end + by, token.position, token.width)


def _marked(wanted: Iterable[_Wanted], texts: list[_Text]) -> list[_Marked]:
    """Return the texts with the matches in them."""
    found: list[list[tuple[Span, int]]] = [[] for _ in texts]
    for number, want in enumerate(wanted):
        for index, span in _found(want, texts):
            found[index].append((span, number))
    return [_Marked(text, matches) for text, matches in zip(texts, found, strict=True)]


def _found(want: _Wanted, texts: list[_Text]) -> list[tuple[int, Span]]:
    """Return where a word stands, or if that is nowhere and they count, where its parts do."""
    asked = [(index, text) for index, text in enumerate(texts) if want.asks(text)]
    whole = [(index, span) for index, text in asked for span in want.spans(text)]
    if whole or not want.in_parts:
        return whole
    return [(index, span) for index, text in asked for span in want.spans_of_parts(text)]


# --- What is shown of it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    """A candidate for a snippet: a stretch of a text, and the matches in it."""

    source: _Text
    start: int
    end: int
    matches: list[tuple[Span, int]]

    def worth(self) -> tuple[int, bool, int]:
        """Order windows: by words of the query in them, prose before trailers, by matches."""
        words = len({number for _, number in self.matches})
        return words, self.source.field == "body", len(self.matches)

    def snippet(self) -> Snippet:
        spans = merged(
            (max(start, self.start) - self.start, min(end, self.end) - self.start)
            for (start, end), _ in self.matches
        )
        return Snippet(self.source.field, self.source.text[self.start : self.end], spans)


def _best_windows(texts: Iterable[_Marked]) -> list[_Window]:
    """Return the best windows, none over another, best first; of equals the earlier."""
    windows = (window for text in texts for window in islice(_windows(text), _CONSIDERED))
    chosen: list[_Window] = []
    for window in sorted(windows, key=_Window.worth, reverse=True):
        if all(other.source is not window.source or _apart(window, other) for other in chosen):
            chosen.append(window)
        if len(chosen) == AT_MOST:
            break
    return chosen


def _apart(one: _Window, other: _Window) -> bool:
    return one.end <= other.start or other.end <= one.start


def _windows(marked: _Marked) -> Iterator[_Window]:
    """Yield a window for each line with a match: that line and the next few."""
    text = marked.source.text
    covered = 0
    for (start, end), _ in marked.matches:
        if end <= covered:
            continue
        begin = _begin(text, start, end, covered)
        behind = _before_cut_match(marked, begin, end, max(end, _end(text, begin, end)))
        line_end = text.find("\n", end)
        covered = behind if line_end < 0 else min(line_end, behind)
        yield _Window(marked.source, begin, behind, marked.inside(begin, behind))


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
    for _ in range(LINES):
        newline = text.find("\n", behind + 1 if behind > begin else behind)
        stop = len(text) if newline < 0 else newline
        if stop - begin > LONGEST:
            return behind if behind > begin else _end_of_word(text, end, begin + LONGEST)
        behind = stop
        if text.startswith("\n\n", behind) or behind == len(text):
            break
    return behind


def _end_of_word(text: str, end: int, cut: int) -> int:
    space = text.rfind(" ", max(end, cut - _LONGEST_WORD), cut + 1)
    return cut if space < 0 else space


def _before_cut_match(marked: _Marked, begin: int, end: int, behind: int) -> int:
    """Move the end of a window before a match that it would cut, but not before `end`."""
    cut = (start for (start, stop), _ in marked.inside(begin, behind) if stop > behind)
    start = min((start for start in cut if start >= end), default=behind)
    return max(end, begin + len(marked.source.text[begin:start].rstrip()))
