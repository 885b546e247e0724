"""Which pieces of a commit show best why it matched, and where in them; pure.

A word is marked where all of it stands, in any spelling; only if it stands nowhere whole
are those of its parts marked that helped to find the commit. What is excluded is not
marked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import islice

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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One word or phrase of the query, and the field it is asked for in."""

    pattern: Pattern
    field: str | None
    whole: bool
    """Whether only all of it counts, not its parts."""


@dataclass(slots=True)
class _Text:
    """One text of a commit that is looked into."""

    field: str
    text: str
    tokens: list[Token]
    matches: list[tuple[Span, int]] = dataclass_field(default_factory=list)
    """Spans, each with the number of the wanted word that it is of."""


def highlight(commit: Commit, query: Node) -> tuple[tuple[Span, ...], tuple[Snippet, ...]]:
    """Return where a query matches in the title, and the best snippets of the rest, best first.

    Where only the title matches, the one snippet is the title.
    """
    texts = _texts(commit)
    title, body, *trailers = texts
    wanted = list(_wanted(query))
    prefixes = list(_prefixes(query))
    for number, want in enumerate(wanted):
        _mark(want, number, texts)
    for number, prefix in enumerate(prefixes, len(wanted)):
        _mark_prefix(prefix, number, texts)
    _mark_trailers(query, len(wanted) + len(prefixes), trailers)
    title_spans = merged(span for span, _ in title.matches)
    snippets = tuple(window.snippet() for window in _best_windows([body, *trailers]))
    if not snippets and title_spans:
        snippets = (Snippet("title", title.text, title_spans),)
    return title_spans, snippets


def _texts(commit: Commit) -> list[_Text]:
    texts = [
        _Text("title", commit.title, list(tokenize(commit.title))),
        _Text("body", commit.parts.prose, list(tokenize(commit.parts.prose))),
    ]
    for trailer in commit.trailers:
        line = f"{trailer.key}: {trailer.value}"
        shift = len(line) - len(trailer.value)
        tokens = [
            Token(token.term, token.start + shift, token.end + shift, token.position, token.width)
            for token in tokenize(trailer.value)
        ]
        texts.append(_Text("trailers", line, tokens))
    return texts


def _wanted(node: Node) -> Iterator[_Wanted]:
    match node:
        case Words(parts):
            kept = [part for part in parts if not _is_stop(part)] or parts
            for part in kept:
                yield from _wanted(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)
        case Word(text, field):
            yield _Wanted(pattern(text), field, whole=False)
        case Phrase(text, field):
            yield _Wanted(pattern(text), field, whole=True)


def _is_stop(part: Node) -> bool:
    return isinstance(part, Word) and part.field is None and is_stop_word(part.text)


def _prefixes(node: Node) -> Iterator[Prefix]:
    match node:
        case Words(parts) | And(parts) | Or(parts):
            for part in parts:
                yield from _prefixes(part)
        case Prefix():
            yield node


def _mark(want: _Wanted, number: int, texts: list[_Text]) -> None:
    looked_into = [text for text in texts if _asked(want.field, text)]
    found = False
    for text in looked_into:
        for span in occurrences(want.pattern, text.tokens):
            text.matches.append((span, number))
            found = True
    if found or want.whole:
        return
    for text in looked_into:
        for token in text.tokens:
            if token.term in want.pattern.terms and not is_stop_word(token.term):
                text.matches.append(((token.start, token.end), number))


def _asked(field: str | None, text: _Text) -> bool:
    return field is None or text.field.startswith(field)


def _mark_prefix(prefix: Prefix, number: int, texts: list[_Text]) -> None:
    stems = pattern(prefix.text).terms
    start = "".join(
        fold(prefix.text[t.start : t.end]) for t in tokenize(prefix.text) if t.width == 1
    )
    for text in texts:
        if not _asked(prefix.field, text):
            continue
        for token in text.tokens:
            if token.term.startswith(start) or token.term in stems:
                text.matches.append(((token.start, token.end), number))


def _mark_trailers(query: Node, number: int, trailers: list[_Text]) -> None:
    for asked in _trailers_asked(query):
        for text in trailers:
            if text.text.lower().startswith(f"{asked.key.lower()}: "):
                for span in occurrences(pattern(asked.text), text.tokens):
                    text.matches.append((span, number))


def _trailers_asked(node: Node) -> Iterator[Trailer]:
    match node:
        case Words(parts) | And(parts) | Or(parts):
            for part in parts:
                yield from _trailers_asked(part)
        case Trailer():
            yield node


@dataclass(frozen=True, slots=True)
class _Window:
    """A candidate for a snippet: a stretch of a text."""

    source: _Text
    start: int
    end: int

    def _inside(self) -> list[tuple[Span, int]]:
        return [
            match
            for match in self.source.matches
            if match[0][0] < self.end and match[0][1] > self.start
        ]

    def worth(self) -> tuple[int, bool, int]:
        """Order windows: by words of the query in them, prose before trailers, by matches."""
        inside = self._inside()
        words = len({number for _, number in inside})
        return words, self.source.field == "body", len(inside)

    def snippet(self) -> Snippet:
        spans = merged(
            (max(start, self.start) - self.start, min(end, self.end) - self.start)
            for (start, end), _ in self._inside()
        )
        return Snippet(self.source.field, self.source.text[self.start : self.end], spans)


def _best_windows(texts: Iterable[_Text]) -> list[_Window]:
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


def _windows(source: _Text) -> Iterator[_Window]:
    """Yield a window for each line with a match: that line and the next few."""
    covered = -1
    for (start, end), _ in sorted(source.matches):
        if end <= covered:
            continue
        line = source.text.rfind("\n", 0, start) + 1
        begin = line if end - line <= LONGEST else max(line, start - _CONTEXT)
        covered = source.text.find("\n", end)
        covered = len(source.text) if covered < 0 else covered
        window_end = max(end, _end_of_lines(source.text, begin))
        covered = min(covered, window_end)
        yield _Window(source, begin, window_end)


def _end_of_lines(text: str, start: int) -> int:
    """Return where a window that begins at `start` ends: with a paragraph, or when it is full."""
    end = start
    for _ in range(LINES):
        newline = text.find("\n", end + 1 if end > start else end)
        stop = len(text) if newline < 0 else newline
        if stop - start > LONGEST:
            return end if end > start else start + LONGEST
        end = stop
        if text.startswith("\n\n", end) or end == len(text):
            break
    return end
