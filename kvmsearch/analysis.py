"""Text to terms; the same for every field, every engine and both sides of a search.

A *run* is what people write as one word: `kvm_gmem_populate`, `AB-BA`, `vcpu->mutex`,
`virt/kvm/guest_memfd.c`, `guestMemfd`. Its *parts* are runs of letters and digits; each
takes one position. Besides its parts, a run of several parts gives its *wholes*: the
parts joined without what stood between them, for the whole run, for each hyphenated
piece and for each identifier of it. So `AB-BA` gives `ab`, `ba` and, over both their
positions, `abba`: hyphenated, joined and split spellings meet in one term.

Terms are lower case, without accents, and stemmed (Porter2) where they are plain words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, pairwise
from typing import NamedTuple

import Stemmer

from kvmsearch.kept import Kept

VERSION = 3
"""Raised with every change of which terms and weights a text has; an older index is rebuilt."""

LONGEST_TERM = 64
"""Code points kept of a part; a whole that is longer is left out (its parts find it)."""

_LONGEST_KEPT = 256
"""Code points of a run that is kept for when it comes again; giant ones would fill the memory."""

_MOST_KEPT = 20_000
"""Runs that are kept: most of a text, and none of the memory that indexing has better uses for."""

# An accent may be a character of its own, which Python's \w leaves out.
_MARKED = r"[\w\u0300-\u036f]"
_NAME = rf"\w{_MARKED}*+"
_SEPARATOR = r"->|::|[-./@]"
_SEPARATORS = frozenset({"->", "::", "-", ".", "/", "@"})
RUN = rf"{_NAME}(?:(?:{_SEPARATOR}){_NAME})*"
"""The pattern of a run; it has no groups."""

_RUN = re.compile(RUN)
_PART_OR_SEPARATOR = re.compile(rf"[^\W_]++(?:[\u0300-\u036f][^\W_]*+)*+|{_SEPARATOR}")
# vCPU and guestMemfd and KVMGuest are cut, but not the plurals CPUs and VMs.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_STEMMER = Stemmer.Stemmer("english", 0)

_Range = tuple[int, int]

_STOPS = ".,;:!?\"'`"
_AROUND = f"{_STOPS}()[]{{}}<>"
_BESIDE_LETTERS = dict.fromkeys((*map(ord, "-'\u2019"), *range(0x300, 0x370)))
"""What a word may have besides letters, and not look like code."""

STOP_WORDS = frozenset(
    "a about after all also an and any are as at be been but by can could d do does for from had "
    "has have he her his how i if in into is it its let ll me more my no not now of on one only or "
    "our re s she should so some such t than that the their them then there these they this those "
    "to too up us ve very was we were what when where which while who why will with would you "
    "your".split()
)
"""Words that are indexed like all others, but do not rank or find a document by themselves."""


class Token(NamedTuple):
    """One term and where it stands in a text."""

    term: str
    start: int
    """Offset of its first code point."""

    end: int
    """Offset behind its last code point."""

    position: int
    """Number of parts before it."""

    width: int
    """How many parts it covers: 1, or more for a whole."""


Analysis = tuple[int, Sequence[str], Sequence[_Range]]
"""How many parts a run has, its terms, and over which of the parts each stands (half-open)."""

_Plain = tuple[str, int, int, int, int]
"""A token of a run as if that began a text; plain, as there are millions."""

_Located = tuple[int, tuple[_Plain, ...]]
"""How many parts a run has, and its tokens."""


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, a run's wholes before its parts."""
    return _tokenize(text, _located)


def sieve(keep: Callable[[str], bool]) -> Callable[[str], Iterator[Token]]:
    """Return what tokenizes texts and yields only the tokens of terms to keep.

    For many texts: a run is looked at once, however often it comes.
    """
    return partial(_tokenize, located=_Sieve(keep).__getitem__)


class _Sieve(dict[str, _Located]):
    """The analysis of runs without the tokens that are of no interest."""

    def __init__(self, keep: Callable[[str], bool]) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, run: str) -> _Located:
        width, tokens = _located(run)
        kept = width, tuple([token for token in tokens if self._keep(token[0])])
        if len(run) <= _LONGEST_KEPT and len(self) < _MOST_KEPT:
            self[run] = kept
        return kept


def _tokenize(text: str, located: Callable[[str], _Located]) -> Iterator[Token]:
    position = 0
    for run in _RUN.finditer(text):
        width, tokens = located(run[0])
        if tokens:
            offset = run.start()
            for term, start, end, at, parts in tokens:
                yield Token(term, offset + start, offset + end, position + at, parts)
        position += width


def terms(text: str) -> Iterator[str]:
    """Yield the terms of a text alone; for names and the like, which come again and again."""
    return chain.from_iterable(map(_TERMS.__getitem__, runs(text)))


def runs(text: str) -> list[str]:
    """Return the runs of a text."""
    return _RUN.findall(text)


def is_stop_word(text: str) -> bool:
    """Whether a word as typed is one that neither ranks nor finds by itself."""
    return text.lower() in STOP_WORDS


def is_code(text: str) -> bool:
    """Tell whether a word of a query looks like code: an option, a call, or more than letters."""
    if text.startswith("-") or text.rstrip(_STOPS).endswith("()"):
        return True
    rest = text.strip(_AROUND).translate(_BESIDE_LETTERS)
    return bool(rest) and not rest.isalpha()


def fold(text: str) -> str:
    """Lower case, accents off, compatibility forms replaced, cut to the longest term."""
    text = text[:LONGEST_TERM]
    if text.isascii():
        return text.lower()
    import unicodedata  # noqa: PLC0415 - what is asked for is mostly ASCII

    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare[:LONGEST_TERM] or text


def analyzed(run: str) -> Analysis:
    """Return what is made of a run, its wholes before its parts."""
    if run.isalnum() and _is_plain(run):
        return 1, (_stem(fold(run)),), ((0, 1),)
    return _analysis(*_cut(run))


def _terms(run: str) -> Sequence[str]:
    return analyzed(run)[1]


_TERMS = Kept(_terms)


def _analysis(parts: Sequence[str], pieces: Iterable[_Range]) -> Analysis:
    folded = list(map(fold, parts))
    terms, ranges = [], []
    for piece in pieces:
        first, behind = piece
        if behind - first > 1 and len(joined := "".join(folded[first:behind])) <= LONGEST_TERM:
            # A whole hardly comes again: to keep its stem would be to lose those of parts.
            terms.append(_stem_anew(joined))
            ranges.append(piece)
    terms += map(_stem, folded)
    ranges += pairwise(range(len(parts) + 1))
    return len(parts), terms, ranges


def _cut(run: str) -> tuple[list[str], Iterable[_Range]]:
    """The parts of a run, and the half-open ranges of parts that could make a whole, each once."""
    if not (run.islower() or run.isupper()):
        run = _CAMEL.sub("_", run)
    all_found = _PART_OR_SEPARATOR.findall(run)
    if _SEPARATORS.isdisjoint(all_found):
        return all_found, ((0, len(all_found)),)
    parts: list[str] = []
    pieces, names = [], []
    first = begun = 0
    for found in all_found:
        if found not in _SEPARATORS:
            parts.append(found)
            continue
        behind = len(parts)
        if behind - begun > 1:
            names.append((begun, behind))
        begun = behind
        if found != "-":
            if behind - first > 1:
                pieces.append((first, behind))
            first = behind
    end = len(parts)
    return parts, dict.fromkeys(((0, end), *pieces, (first, end), *names, (begun, end)))


def _located(run: str) -> _Located:
    return _locate(run) if len(run) <= _LONGEST_KEPT else _locate.__wrapped__(run)


@lru_cache(_MOST_KEPT)
def _locate(run: str) -> _Located:
    if run.isalnum() and _is_plain(run):
        return 1, ((_stem(fold(run)), 0, len(run), 0, 1),)
    parts, pieces = _cut(run)
    width, terms, ranges = _analysis(parts, pieces)
    spans = _spans(run, parts)
    return width, tuple(
        [
            (term, spans[first][0], spans[behind - 1][1], first, behind - first)
            for term, (first, behind) in zip(terms, ranges, strict=True)
        ]
    )


def _spans(run: str, parts: Iterable[str]) -> list[_Range]:
    """Return where in a run its parts are."""
    spans = []
    end = 0
    for part in parts:
        start = run.index(part, end)
        end = start + len(part)
        spans.append((start, end))
    return spans


def _is_plain(part: str) -> bool:
    """Whether the case of a part alone tells that _CAMEL cuts it nowhere."""
    return part.islower() or part.istitle() or part.isupper() or part.isdecimal()


def _stem_anew(word: str) -> str:
    if len(word) > 2 and word.isascii() and word.isalpha():
        return str(_STEMMER.stemWord(word))
    return word


_stem = lru_cache(_MOST_KEPT)(_stem_anew)
