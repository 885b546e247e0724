"""A commit to the terms of its document, gathered by term.

What people write comes again and again: words, trailers, names. So each is analyzed once, and
what is kept for it is where its terms go. A word leads to what takes the next position of each
term in it; a trailer, a person or a subsystem is noted as a whole, and is cut into terms when
all documents are in.
"""

from array import array
from collections.abc import Callable, Iterator
from itertools import chain

from kvmsearch.analysis import Token, runs, terms_at, tokenize
from kvmsearch.engines.whoosh.layout import TRAILER_GAP
from kvmsearch.engines.whoosh.writer.postings import POSITION_BITS
from kvmsearch.message import Trailer

Add = Callable[[int], None]

_LONGEST_KEPT = 100
"""Characters of a word, or of a noted text, that is kept for when it comes again."""

_MOST_KEPT = 250_000
"""Words that are kept; past that, all are forgotten and learnt anew."""


def entry_of(token: Token) -> str:
    """Return how a token stands in a field with positions: a whole has its width behind it.

    So positions alone tell what stands behind it. No term has a slash.
    """
    return token.term if token.width == 1 else f"{token.term}/{token.width}"


def term_of(entry: str) -> str:
    """Return the term of an entry."""
    return entry.partition("/")[0]


class Terms(dict[str, "array[int]"]):
    """The postings of each term of a field, in order."""

    def __missing__(self, term: str) -> "array[int]":
        postings = self[term] = array("Q")
        return postings


class Words(dict[str, tuple[Add, ...]]):
    """A word between white space -> for each of its positions, what takes the posting there."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = Terms()
        self._adders: dict[str, tuple[Add, ...]] = {}

    def post(self, text: str, base: int) -> int:
        """Post all words of a text from a posting on; return how many positions it has."""
        posting = base - 1
        adders = chain.from_iterable(map(self.__getitem__, text.split()))
        for posting, add in enumerate(adders, base):
            add(posting)
        return posting + 1 - base

    def __missing__(self, word: str) -> tuple[Add, ...]:
        adders: tuple[Add, ...] = ()
        for width, tokens in runs(word):
            adders += self._adder(tokens[0].term) if width == 1 else self._in_order(width, tokens)
        if len(word) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[word] = adders
        return adders

    def _adder(self, term: str) -> tuple[Add, ...]:
        """Return what takes the postings of one term; the same for all words that mean it."""
        adder = self._adders.get(term)
        if adder is None:
            adder = self._adders[term] = (self.terms[term].append,)
        return adder

    def _in_order(self, width: int, tokens: tuple[Token, ...]) -> tuple[Add, ...]:
        """Return what takes the postings at each position of a run."""
        adds: list[tuple[Add, ...]] = [()] * width
        for token in tokens:
            adds[token.position] += self._adder(entry_of(token))
        return tuple(map(_all_of, adds))


def _all_of(adds: tuple[Add, ...]) -> Add:
    """Return one function that calls all."""
    if len(adds) == 1:
        return adds[0]

    def add(posting: int) -> None:
        for one in adds:
            one(posting)

    return add


class Notes(dict[str, "array[int]"]):
    """A text that stands for itself (a person, a subsystem) -> the documents that have it."""

    def __missing__(self, text: str) -> "array[int]":
        documents = self[text] = array("I")
        return documents

    def terms(self) -> Iterator[tuple[str, list[int]]]:
        """Yield each term in order and the documents that have it, and forget all."""
        by_term: dict[str, list[array[int]]] = {}
        for text, documents in self.items():
            for term in dict.fromkeys(term for term, _ in terms_at(text)[0]):
                by_term.setdefault(term, []).append(documents)
        self.clear()
        for term in sorted(by_term):
            noted = by_term[term]
            yield term, sorted(set(chain.from_iterable(noted))) if noted[1:] else list(noted[0])


class Trailers:
    """Trailers as they stand -> where they begin, and how many parts each has."""

    def __init__(self) -> None:
        self.terms = Terms()
        """The terms of the field `trailer`: `word:key`, and `:key` for each trailer."""

        self.words = Terms()
        """The terms of the values alone; postings are documents."""

        self._begun: dict[tuple[str, str], tuple[array[int], int]] = {}

    def post(self, trailers: tuple[Trailer, ...], base: int) -> int:
        """Post the trailers of a document from a posting on; return how many parts they have."""
        parts = 0
        posting = base
        for trailer in trailers:
            noted = self._begun.get((trailer.key, trailer.value)) or self._note(trailer)
            noted[0].append(posting)
            parts += noted[1]
            posting += noted[1] + TRAILER_GAP
        return parts

    def _note(self, trailer: Trailer) -> "tuple[array[int], int]":
        if len(self._begun) >= _MOST_KEPT:
            self.cut()
        noted = (array("Q"), terms_at(trailer.value)[1])
        self._begun[trailer.key, trailer.value] = noted
        return noted

    def cut(self) -> None:
        """Cut all that is noted into terms."""
        for (written_key, value), (begun, _) in self._begun.items():
            key = written_key.lower()
            documents = array("Q", [posting >> POSITION_BITS for posting in begun])
            self.terms[f":{key}"].extend(begun)
            for token in tokenize(value):
                self.words[token.term].extend(documents)
                moved = array("Q", map(token.position.__add__, begun)) if token.position else begun
                self.terms[f"{entry_of(token)}:{key}"].extend(moved)
        self._begun.clear()
