"""A commit to the terms of its document, gathered by term.

What people write comes again and again: words, trailers, names. What does is analyzed once,
and then leads to where its terms go: a word to what takes the next position of each of its
terms; a trailer, a person or a subsystem is noted as a whole, and cut into terms when all
documents are in. What comes only once, as most words do, leaves nothing but its terms.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

from kvmsearch.analysis import Token, runs, terms_at, tokenize
from kvmsearch.engines.whoosh.layout import TRAILER_GAP
from kvmsearch.engines.whoosh.writer.postings import POSITION_BITS
from kvmsearch.message import Trailer

Add = Callable[[int], None]

_LONGEST_KEPT = 100
"""Characters of a word that is kept for when it comes again."""

_MOST_KEPT = 100_000
"""Words or trailers that are kept; past that, they make room for others."""


def entry_of(token: Token) -> str:
    """Return how a token stands in a field with positions: a whole has its width behind it.

    So positions alone tell what stands behind it. No term has a slash.
    """
    return token.term if token.width == 1 else f"{token.term}/{token.width}"


def term_of(entry: str) -> str:
    """Return the term of an entry."""
    return entry.partition("/")[0]


class Terms:
    """The postings of each term of a field; of one that has a single one, just that."""

    def __init__(self, *, ordered: bool = True) -> None:
        self._ordered = ordered
        self._found: dict[str, int | array[int]] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __contains__(self, term: str) -> bool:
        return term in self._found

    def get(self, term: str) -> Sequence[int]:
        """Return the postings of a term in order."""
        return self._sequence(self._found.get(term, ()))

    def pop(self, term: str) -> Sequence[int]:
        """Return the postings of a term in order, and forget them."""
        return self._sequence(self._found.pop(term))

    def _sequence(self, found: "int | Sequence[int]") -> Sequence[int]:
        if isinstance(found, int):
            return (found,)
        return found if self._ordered else sorted(found)

    def post(self, terms: Sequence[str], posting: int) -> None:
        """Add a posting to each of some terms."""
        found = self._found
        for term in terms:
            known = found.get(term)
            if known is None:
                found[term] = posting
            elif isinstance(known, int):
                found[term] = array("Q", (known, posting))
            else:
                known.append(posting)

    def many(self, term: str) -> "array[int]":
        """Return what holds the postings of a term, to add to."""
        known = self._found.get(term, ())
        if not isinstance(known, array):
            known = self._found[term] = array("Q", self.get(term))
        return known


class Words(dict[str, tuple[Add, ...]]):
    """A word between white space -> for each of its positions, what takes the posting there."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = Terms()

    def post(self, text: str, base: int) -> int:
        """Post all words of a text from a posting on; return how many positions it has."""
        posting = base - 1
        adders = chain.from_iterable(map(self.__getitem__, text.split()))
        for posting, add in enumerate(adders, base):
            add(posting)
        return posting + 1 - base

    def __missing__(self, word: str) -> tuple[Add, ...]:
        places = [place for run in runs(word) for place in _places(*run)]
        terms = self.terms
        if len(word) > _LONGEST_KEPT or not all(
            term in terms for place in places for term in place
        ):
            return tuple([partial(terms.post, place) for place in places])
        if len(self) >= _MOST_KEPT:
            self.clear()
        adders = self[word] = tuple([self._adder(place) for place in places])
        return adders

    def _adder(self, place: Sequence[str]) -> Add:
        if len(place) == 1:
            return self.terms.many(place[0]).append
        adds = [self.terms.many(term).append for term in place]

        def add(posting: int) -> None:
            for one in adds:
                one(posting)

        return add


def _places(width: int, tokens: tuple[Token, ...]) -> Sequence[Sequence[str]]:
    """Return the entries at each position of a run."""
    if width == 1:
        return ((tokens[0].term,),)
    places: list[list[str]] = [[] for _ in range(width)]
    for token in tokens:
        places[token.position].append(entry_of(token))
    return places


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
        # What is noted is posted later than what was cut at once.
        self.terms = Terms(ordered=False)
        """The terms of the field `trailer`: `word:key`, and `:key` for each trailer."""

        self.words = Terms(ordered=False)
        """The terms of the values alone; postings are documents."""

        self._seen: set[int] = set()
        self._begun: dict[tuple[str, str], tuple[array[int], int]] = {}

    def post(self, trailers: tuple[Trailer, ...], base: int) -> int:
        """Post the trailers of a document from a posting on; return how many parts they have."""
        parts = 0
        posting = base
        for trailer in trailers:
            known = self._begun.get((trailer.key, trailer.value))
            if known is None:
                width = self._begin(trailer, posting)
            else:
                begun, width = known
                begun.append(posting)
            parts += width
            posting += width + TRAILER_GAP
        return parts

    def _begin(self, trailer: Trailer, posting: int) -> int:
        """Post a trailer that is not noted, and note it where it comes again."""
        written = (trailer.key, trailer.value)
        known = hash(written)
        if known not in self._seen:
            self._seen.add(known)
            return self._cut(*written, (posting,))
        if len(self._begun) >= _MOST_KEPT:
            self.cut()
        width = terms_at(trailer.value)[1]
        self._begun[written] = (array("Q", (posting,)), width)
        return width

    def cut(self) -> None:
        """Cut all that is noted into terms."""
        for (key, value), (begun, _) in self._begun.items():
            self._cut(key, value, begun)
        self._begun.clear()
        self._seen.clear()

    def _cut(self, written_key: str, value: str, begun: Sequence[int]) -> int:
        """Post a trailer wherever it begins; return how many parts it has."""
        key = written_key.lower()
        documents = [posting >> POSITION_BITS for posting in begun]
        _extend(self.terms, f":{key}", begun)
        width = 0
        for token in tokenize(value):
            width = max(width, token.position + token.width)
            _extend(self.words, token.term, documents)
            _extend(self.terms, f"{entry_of(token)}:{key}", [token.position + at for at in begun])
        return width


def _extend(terms: Terms, term: str, postings: Sequence[int]) -> None:
    if len(postings) == 1:
        terms.post((term,), postings[0])
    else:
        terms.many(term).extend(postings)
