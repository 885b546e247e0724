"""A commit to rows of numbers: the words of its message, and what is noted of it besides."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from string import punctuation

from kvmsearch.analysis import runs
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
        lexicon = Lexicon()
        for text in self._numbers.texts:
            lexicon.add((), dict.fromkeys(self._terms(text)))
        return lexicon


class Texts:
    """The messages of all documents: subject, prose and trailers, each as a row of words.

    A gap behind each text, and behind each trailer, is a word or the end of one; a trailer is a
    word of its own.
    """

    def __init__(self) -> None:
        self.words = array("I")
        self.counts = array("I"), array("I"), array("I")
        """How many words, gaps included, each document has of each text."""

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
        words.extend(map(number, message.prose.split()))
        words.append(self._gap)
        trailers = len(words)
        words.extend([number(_written(trailer)) for trailer in message.trailers])
        for counts, count in zip(
            self.counts, (prose - begun, trailers - prose, len(words) - trailers), strict=True
        ):
            counts.append(count)

    def lexicon(self) -> tuple[Lexicon, "array[int]"]:
        """Return the words with their terms, and which of them each number stands for.

        No more is posted from then on.
        """
        self._numbers.clear()
        lexicon = Lexicon()
        known: dict[str, int] = {_GAP: lexicon.add((), gap=TEXT_GAP)}
        which = array("I")
        for text in self._numbers.texts:
            # Brackets around a word make no difference to it, and it is often known without.
            core = text if text.startswith(_TRAILER) else text.strip(punctuation)
            if core not in known:
                known[core] = _add(lexicon, core)
            which.append(known[core])
        return lexicon, which

    def trailers(self) -> tuple[Lexicon, "array[int]"]:
        """Return the same of the field `trailer`; number 0 stands for what is no trailer."""
        lexicon = Lexicon()
        nothing = lexicon.add(())
        which = array("I")
        for text in self._numbers.texts:
            is_one = text.startswith(_TRAILER)
            which.append(lexicon.add((), dict.fromkeys(_terms(text))) if is_one else nothing)
        return lexicon, which


def _written(trailer: Trailer) -> str:
    """Return a trailer as one text: its key in lower case, a colon and its value."""
    return f"{_TRAILER}{trailer.key.lower()}:{trailer.value}"


def _add(lexicon: Lexicon, text: str) -> int:
    if not text.startswith(_TRAILER):
        return lexicon.add(runs(text))
    key, _, value = text.removeprefix(_TRAILER).partition(":")
    return lexicon.add(runs(value), (MARK, f"{MARK}{key}"), TEXT_GAP)


def _terms(text: str) -> Iterator[str]:
    """Yield the terms of the field `trailer`: `:key`, and `word:key` for each of the value."""
    key, _, value = text.removeprefix(_TRAILER).partition(":")
    yield f"{MARK}{key}"
    for _, tokens in runs(value):
        for term, *_ in tokens:
            yield f"{term}:{key}"
