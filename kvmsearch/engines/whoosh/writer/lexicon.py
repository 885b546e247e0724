"""Words to numbers, and numbers to terms.

What people write comes again and again: words, trailers, names. Each has a number, so that messages
are but rows of numbers until all are in. Then each is analyzed, once.
"""

from array import array
from collections.abc import Callable, Iterable
from itertools import chain

from kvmsearch.analysis import Analysis

PART_BITS = 6
"""A term stands for at most 64 parts: each gives it a letter (kvmsearch.analysis.LONGEST_TERM)."""

END = ""
"""Behind the runs of a word. None of them is empty."""

_LONGEST_KEPT = 200
"""Characters of what is known when it comes again."""

_AT_ONCE = 4096
"""Runs that are analyzed, and then numbered: a call for each of them would cost more."""


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
    """Words by number, each a row of runs; and runs by number, each with its width and its terms.

    Terms are numbered as well. A run is analyzed once, however many words have it.
    """

    def __init__(self, words: Iterable[str], analyzed: Callable[[str], Analysis]) -> None:
        """Take the runs of the words, one behind the other, with an END behind each word."""
        self.terms = Terms()
        runs = Numbered()
        self.end = runs[END]
        """The number of the run that ends a word, which has no width and no terms."""

        self.words = array("I", map(runs.__getitem__, words))
        """The runs of the words."""

        self.widths, self.run_sizes = array("I"), array("I")
        """How many positions each run takes, and how many terms it has."""

        self.numbers, self.shifts = array("I"), array("Q")
        """By term of a run, one run behind the other: its number; and how many positions behind
        the beginning of the run it stands, and in the lower PART_BITS for how many, less one."""

        # Each is let go of as soon as it can be: its terms take as much room.
        texts = runs.texts
        runs.clear()
        self._analyze([(0, (), ())])
        for start in range(self.end + 1, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            texts[start : start + _AT_ONCE] = [""] * len(some)
            self._analyze(map(analyzed, some))

    def _analyze(self, runs: Iterable[Analysis]) -> None:
        widths, terms, ranges = zip(*runs, strict=True)
        self.widths.extend(widths)
        self.run_sizes.extend(map(len, terms))
        self.numbers.extend(map(self.terms.__getitem__, chain.from_iterable(terms)))
        places = chain.from_iterable(ranges)
        self.shifts.extend([at << PART_BITS | behind - at - 1 for at, behind in places])
