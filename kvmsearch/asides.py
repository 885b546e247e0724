"""Which words of a message tell of another commit than its own; pure.

Who names a commit says what that one is about: its subject, in brackets behind the id (as git's
`--format=reference` and the kernel's submitting-patches.rst have it), and more in the same
sentence.
"""

import re
from collections.abc import Iterable, Iterator

from kvmsearch.relations import ids

WHOLE, HALF, NOTHING = 2, 1, 0
"""How much a word counts, in halves: one of this commit, of such a sentence, of a subject."""

Step = tuple[int, int]
"""An offset in a text, and how much the words count that begin there or behind."""

_SUBJECT = re.compile(
    r"[\s,:]{0,3}(\()\s{0,3}"
    r"(?:\"(.{1,250}?)\"\s?|(.{1,250}?),\s{1,3}\d{4}-\d\d-\d\d|([^()]{5,250}+))\)",
    re.DOTALL,
)
_END = re.compile(r"[.!?:]\s++(?=[A-Z\"(])|\n[^\S\n]*+\n")
"""Of a sentence."""

_REST_OF_WORD = re.compile(r"\S*+")


def asides(text: str) -> list[Step]:
    """Return where in a text words begin to count otherwise; if nowhere, all are WHOLE.

    A word, which is what has no white space in it, counts as its first character does.
    """
    named = tuple(ids(text))
    if not named:
        return []
    steps: list[Step] = []
    for offset, share in _snapped(text, _steps(text, named)):
        if steps and steps[-1][0] == offset:
            steps.pop()
        steps.append((offset, share))
    return steps


def _snapped(text: str, steps: Iterator[Step]) -> Iterator[Step]:
    """Yield steps, which are in order, so that none is within a word."""
    behind = 0
    for offset, share in steps:
        # A word is looked at once, however many steps are in it.
        if offset > behind:
            inside = not text[offset - 1].isspace()
            rest = _REST_OF_WORD.match(text, offset) if inside else None
            behind = rest.end() if rest else offset
        yield behind, share


def _steps(text: str, named: Iterable[re.Match[str]]) -> Iterator[Step]:
    """Yield steps in order, wherever they are."""
    read = end = 0
    for found in named:
        if found.start() < read:
            continue
        if found.start() >= end:
            yield end, WHOLE
            yield _begin(text, end, found.start()), HALF
        read = found.end()
        if subject := _SUBJECT.match(text, read):
            yield subject.start(1), NOTHING
            yield subject.end(subject.lastindex or 0), HALF
            read = subject.end()
        if read > end:
            ended = _END.search(text, read)
            end = ended.end() if ended else len(text)
    yield end, WHOLE


def _begin(text: str, earliest: int, within: int) -> int:
    """Return where the sentence begins that an offset is in."""
    begin = earliest
    for ended in _END.finditer(text, earliest, within):
        begin = ended.end()
    return begin
