"""A commit to rows of numbers: the words of its message, and what is noted of it besides."""

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence

from kvmsearch.analysis import Analysis, analyzed, runs, terms
from kvmsearch.asides import WHOLE, asides
from kvmsearch.engines.whoosh.layout import MARK, TEXT_GAP
from kvmsearch.engines.whoosh.writer.lexicon import Lexicon, Numbered
from kvmsearch.message import Message, Trailer

_GAP = " "
"""Stands for the gap behind a text."""

_TRAILER = "\n"
"""Before a trailer among words, which have no white space."""


class Notes:
    """What documents have without a place, such as persons: the terms of a field."""

    def __init__(self, terms: Callable[[str], Iterable[str]]) -> None:
        self.words, self.documents = array("I"), array("I")
        """The number of each that was noted, and of which document."""

        self._numbers = Numbered()
        self._terms = terms

    def note(self, text: str, document: int) -> None:
        """Note something of a document; documents come in order."""
        self.words.append(self._numbers[text])
        self.documents.append(document)

    def lexicon(self) -> Lexicon:
        """Return the words that were noted, with their terms."""
        return Lexicon(((text,) for text in self._numbers.texts), self._analysis)

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

    def post(self, message: Message) -> None:
        """Post the next document."""
        words, number = self.words, self._numbers.__getitem__
        begun = len(words)
        words.extend(map(number, message.title.split()))
        words.append(self._gap)
        prose = len(words)
        self._post_prose(message.prose)
        words.append(self._gap)
        trailers = len(words)
        words.extend([number(_written(trailer)) for trailer in message.trailers])
        titles, proses, others = self.counts
        titles.append(prose - begun)
        proses.append(trailers - prose)
        others.append(len(words) - trailers)

    def _post_prose(self, prose: str) -> None:
        words, number = self.words, self._numbers.__getitem__
        steps = asides(prose)
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
        return Lexicon(map(_runs, self._numbers.texts), _analysis)

    def trailers(self) -> Lexicon:
        """Return the same of the field `trailer`, in which all but trailers are without terms."""
        texts = self._numbers.texts
        return Lexicon(
            ((text,) if text.startswith(_TRAILER) else () for text in texts), _as_trailer
        )


def _written(trailer: Trailer) -> str:
    """Return a trailer as one text: its key in lower case, a colon and its value."""
    return f"{_TRAILER}{trailer.key.lower()}:{trailer.value}"


def _key_and_value(trailer: str) -> tuple[str, str]:
    key, _, value = trailer.removeprefix(_TRAILER).partition(":")
    return key, value


def _runs(text: str) -> Sequence[str]:
    """Return the runs of a word; those of a trailer are between its key and a gap."""
    if text == _GAP:
        return (_GAP,)
    if not text.startswith(_TRAILER):
        return runs(text)
    key, value = _key_and_value(text)
    return (f"{_TRAILER}{key}", *runs(value), _GAP)


def _analysis(run: str) -> Analysis:
    if run == _GAP:
        return TEXT_GAP, (), ()
    if run.startswith(_TRAILER):
        return _unplaced((MARK, f"{MARK}{run.removeprefix(_TRAILER)}"))
    return analyzed(run)


def _as_trailer(text: str) -> Analysis:
    """Return the terms of the field `trailer`: `:key`, and `word:key` for each of the value."""
    key, value = _key_and_value(text)
    return _unplaced(dict.fromkeys([f"{MARK}{key}", *(f"{term}:{key}" for term in terms(value))]))


def _unplaced(terms: Collection[str]) -> Analysis:
    """Return the analysis of what has terms, but takes no position."""
    return 0, tuple(terms), ((0, 1),) * len(terms)
