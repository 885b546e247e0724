"""A commit to rows of numbers: the words of its message, and what is noted of it besides."""

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, repeat

from kvmsearch.analysis import RUN, Analysis, analyzed, terms
from kvmsearch.asides import WHOLE, Step, asides
from kvmsearch.engines.whoosh.layout import MARK, TEXT_GAP
from kvmsearch.engines.whoosh.writer.lexicon import END, Lexicon, Numbered
from kvmsearch.message import Message, Trailer

_GAP = _TRAILER = "\n"
"""Stands for the gap behind a text; before and, as its gap, behind a trailer. Neither words, which
have no white space, nor trailers, which are unfolded, have any within."""

_NOTHING = "\0"
"""Between words: a message ends at its first one."""

_RUN_OR_END = re.compile(rf"({_TRAILER}[^:{_GAP}{_NOTHING}]++:|{_GAP}|{RUN})|{_NOTHING}")
"""Finds the runs of words, the key of a trailer as one and a gap as one, and END behind each."""

_AT_ONCE = 64
"""Words that are looked through together; there may be giant ones."""


class Notes:
    """What documents have without a place, such as persons: the terms of a field."""

    def __init__(self, terms: Callable[[str], Iterable[str]]) -> None:
        self.words, self.documents = array("I"), array("I")
        """The number of each that was noted, and of which document."""

        self._numbers = Numbered()
        self._terms = terms

    def note(self, text: str, document: int) -> None:
        """Note something, if it is anything, of a document; documents come in order."""
        if not text:
            return
        self.words.append(self._numbers[text])
        self.documents.append(document)

    def lexicon(self) -> Lexicon:
        """Return the words that were noted, with their terms."""
        words = zip(self._numbers.texts, repeat(END))
        return Lexicon(chain.from_iterable(words), self._analysis)

    def _analysis(self, text: str) -> Analysis:
        return _unplaced(dict.fromkeys(self._terms(text)))


class Texts:
    """The messages of all documents: subject, prose and trailers, each as a row of words.

    A gap behind each text, and behind each trailer, is a word or the end of one; a trailer is a
    word of its own.
    """

    def __init__(self) -> None:
        self.words = array("I")
        self.counts = array("I"), array("I"), array("I")
        """How many words, gaps included, each document has of each text."""

        self.asides = array("I")
        """Which words tell of other commits: first, behind the last, and how much they count."""

        self._numbers = Numbered()
        self._gap = self._numbers[_GAP]

    @property
    def distinct(self) -> int:
        """How many different words there are."""
        return len(self._numbers.texts)

    def post(self, message: Message, *, may_name: bool) -> None:
        """Post the next document; `may_name` tells whether it may name others by their ids."""
        words, number = self.words, self._numbers.__getitem__
        begun = len(words)
        words.extend(map(number, message.title.split()))
        words.append(self._gap)
        prose = len(words)
        self._post_prose(message.prose, asides(message.prose) if may_name else ())
        words.append(self._gap)
        trailers = len(words)
        words.extend([number(_written(trailer)) for trailer in message.trailers])
        titles, proses, others = self.counts
        titles.append(prose - begun)
        proses.append(trailers - prose)
        others.append(len(words) - trailers)

    def _post_prose(self, prose: str, steps: Sequence[Step]) -> None:
        words, number = self.words, self._numbers.__getitem__
        if not steps:
            words.extend(map(number, prose.split()))
            return
        begin, share = 0, WHOLE
        for offset, following in (*steps, (len(prose), WHOLE)):
            first = len(words)
            words.extend(map(number, prose[begin:offset].split()))
            if share != WHOLE:
                self.asides.extend((first, len(words), share))
            begin, share = offset, following

    def lexicon(self) -> Lexicon:
        """Return the words with their terms; no more is posted from then on."""
        self._numbers.clear()
        return Lexicon(chain.from_iterable(map(_runs, self._taken())), _analysis)

    def _taken(self) -> Iterator[Sequence[str]]:
        """Yield some words at once; none but trailers are kept, as their terms need the room."""
        texts = self._numbers.texts
        for begin in range(0, len(texts), _AT_ONCE):
            some = texts[begin : begin + _AT_ONCE]
            texts[begin : begin + _AT_ONCE] = [
                text if text.startswith(_TRAILER) else "" for text in some
            ]
            yield some

    def trailers(self) -> Lexicon:
        """Return the same of the field `trailer`, in which all but trailers are without terms."""
        words = [
            (text, END) if text.startswith(_TRAILER) and text != _GAP else (END,)
            for text in self._numbers.texts
        ]
        return Lexicon(chain.from_iterable(words), _as_trailer)


def _written(trailer: Trailer) -> str:
    """Return a trailer as one text: its key in lower case, a colon and its value."""
    return f"{_TRAILER}{trailer.key.lower()}:{trailer.value}{_GAP}"


def _runs(words: Sequence[str]) -> Sequence[str]:
    """Return the runs of some words, and END behind each word."""
    runs: list[str] = _RUN_OR_END.findall(_NOTHING.join((*words, "")))
    return runs


def _analysis(run: str) -> Analysis:
    if run == _GAP:
        return TEXT_GAP, (), ()
    if run.startswith(_TRAILER):
        return _unplaced((MARK, f"{MARK}{run[1:-1]}"))
    return analyzed(run)


def _as_trailer(text: str) -> Analysis:
    """Return the terms of the field `trailer`: `:key`, and `word:key` for each of the value."""
    key, _, value = text.strip(_TRAILER).partition(":")
    return _unplaced(dict.fromkeys([f"{MARK}{key}", *(f"{term}:{key}" for term in terms(value))]))


def _unplaced(terms: Collection[str]) -> Analysis:
    """Return the analysis of what has terms, but takes no position."""
    return 0, tuple(terms), ((0, 1),) * len(terms)
