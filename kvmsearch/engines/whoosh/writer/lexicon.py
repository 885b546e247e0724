"""Words to numbers, and numbers to terms.

What people write comes again and again: words, trailers, names. Each has a number, so that messages
are but rows of numbers until all are in. Then each is analyzed, once.
"""

from array import array
from collections.abc import Callable, Iterable

from kvmsearch.analysis import Analysis

PART_BITS = 6
"""A term stands for at most 64 parts: each gives it a letter (kvmsearch.analysis.LONGEST_TERM)."""

_LONGEST_KEPT = 200
"""Characters of what is known when it comes again."""


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


class Lexicon(dict[str, int]):
    """Words by number, each a row of runs; and runs by number, each with its width and its terms.

    Terms are numbered as well. A run is analyzed once, however many words have it.
    """

    def __init__(self, analyzed: Callable[[str], Analysis]) -> None:
        super().__init__()
        self._analyzed = analyzed
        self.terms = Terms()
        self.words = array("I")
        """The runs of the words, one behind the other."""

        self.word_ends = array("Q", (0,))
        """Where in these each word ends, behind a 0."""

        self.widths = array("I")
        """How many positions each run takes."""

        self.numbers, self.shifts = array("I"), array("Q")
        """By term of a run, one run behind the other: its number; and how many positions behind
        the beginning of the run it stands, and in the lower PART_BITS for how many, less one."""

        self.run_ends = array("Q", (0,))
        """Where in these each run ends, behind a 0."""

    def add(self, runs: Iterable[str]) -> None:
        """Add the next word, which has these runs."""
        self.words.extend(map(self.__getitem__, runs))
        self.word_ends.append(len(self.words))

    def __missing__(self, run: str) -> int:
        width, terms, ranges = self._analyzed(run)
        self.numbers.extend(map(self.terms.__getitem__, terms))
        self.shifts.extend([at << PART_BITS | behind - at - 1 for at, behind in ranges])
        self.run_ends.append(len(self.numbers))
        number = len(self.widths)
        self.widths.append(width)
        if len(run) <= _LONGEST_KEPT:
            self[run] = number
        return number
