"""Words to numbers, and numbers to terms.

What people write comes again and again: words, trailers, names. Each has a number, so that messages
are but rows of numbers until all are in. Then each is analyzed, once.
"""

from array import array
from collections.abc import Iterable

from kvmsearch.analysis import Analysis

PART_BITS = 6
"""A term stands for at most 64 parts: each gives it a letter (kvmsearch.analysis.LONGEST_TERM)."""

_LONGEST_KEPT = 200
"""Characters of a text that is known when it comes again."""


class Numbered(dict[str, int]):
    """Texts -> their numbers, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        """By number; a giant one each time that it came."""

    def __missing__(self, text: str) -> int:
        number = len(self.texts)
        self.texts.append(text)
        if len(text) <= _LONGEST_KEPT:
            self[text] = number
        return number


class Terms(dict[str, int]):
    """Terms -> their numbers, in the order in which they came; however long, each has but one."""

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self)
        return number


class Lexicon:
    """Words by number: how many positions each takes, and its terms, which are numbered as well."""

    def __init__(self) -> None:
        self.terms = Terms()
        self.widths = array("I")
        self.ends = array("Q", (0,))
        """Where the terms of each word end in the following two, behind a 0."""

        self.numbers, self.shifts = array("I"), array("Q")
        """By term of a word, one word behind the other: its number; and how many positions behind
        the beginning of the word it stands, and in the lower PART_BITS for how many, less one."""

    def add(self, runs: Iterable[Analysis], marks: Iterable[str] = (), gap: int = 0) -> int:
        """Add a word of these runs; return its number.

        Marks are terms where it begins; the gap is positions behind it that it takes besides.
        """
        terms, post, shift = self.terms, self.numbers.append, self.shifts.append
        for mark in marks:
            post(terms[mark])
            shift(0)
        position = 0
        for width, tokens in runs:
            for term, _, _, at, parts in tokens:
                post(terms[term])
                shift(position + at << PART_BITS | parts - 1)
            position += width
        self.ends.append(len(self.numbers))
        self.widths.append(position + gap)
        return len(self.widths) - 1
