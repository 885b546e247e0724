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
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

import Stemmer

VERSION = 2
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
_RUN = re.compile(rf"{_NAME}(?:(?:->|::|[-./@]){_NAME})*")
_SEPARATOR = re.compile(r"[-./@:>]")
_BETWEEN_PIECES = re.compile(r"[./@:>]")
_PART = re.compile(r"[^\W_]++(?:[\u0300-\u036f][^\W_]*+)*+")
# vCPU and guestMemfd and KVMGuest are cut, but not the plurals CPUs and VMs.
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_STEMMER = Stemmer.Stemmer("english", 0)

_Range = tuple[int, int]

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


_Plain = tuple[str, int, int, int, int]
"""A token of a run as if that began a text; plain, as there are millions."""

Analysis = tuple[int, tuple[_Plain, ...]]
"""How many parts a run has, and its tokens."""


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, a run's wholes before its parts."""
    return _tokenize(text, _analyzed)


def sieve(keep: Callable[[str], bool]) -> Callable[[str], Iterator[Token]]:
    """Return what tokenizes texts and yields only the tokens of terms to keep.

    For many texts: a run is looked at once, however often it comes.
    """
    return partial(_tokenize, analyzed=_Sieve(keep).__getitem__)


class _Sieve(dict[str, Analysis]):
    """The analysis of runs without the tokens that are of no interest."""

    def __init__(self, keep: Callable[[str], bool]) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, run: str) -> Analysis:
        width, tokens = _analyzed(run)
        kept = width, tuple([token for token in tokens if self._keep(token[0])])
        if len(run) <= _LONGEST_KEPT and len(self) < _MOST_KEPT:
            self[run] = kept
        return kept


def _tokenize(text: str, analyzed: Callable[[str], Analysis]) -> Iterator[Token]:
    position = 0
    for run in _RUN.finditer(text):
        width, tokens = analyzed(run[0])
        if tokens:
            offset = run.start()
            for term, start, end, at, parts in tokens:
                yield Token(term, offset + start, offset + end, position + at, parts)
        position += width


def terms_at(text: str, position: int = 0) -> tuple[list[tuple[str, int]], int]:
    """All (term, position) of a text, and the position behind its last part."""
    found: list[tuple[str, int]] = []
    for width, tokens in runs(text):
        found += [(term, position + at) for term, _, _, at, _ in tokens]
        position += width
    return found, position


def runs(text: str) -> Iterator[Analysis]:
    """The number of parts of each run of a text, and what its tokens would be if it stood alone."""
    return map(_analyzed, _RUN.findall(text))


def is_stop_word(text: str) -> bool:
    """Whether a word as typed is one that neither ranks nor finds by itself."""
    return text.lower() in STOP_WORDS


def fold(text: str) -> str:
    """Lower case, accents off, compatibility forms replaced, cut to the longest term."""
    text = text[:LONGEST_TERM]
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare[:LONGEST_TERM] or text


def _analyzed(run: str) -> Analysis:
    return _analyze_run(run) if len(run) <= _LONGEST_KEPT else _analyze_run.__wrapped__(run)


@lru_cache(_MOST_KEPT)
def _analyze_run(run: str) -> Analysis:
    if run.isalnum() and _is_plain(run):
        return 1, ((_term(run), 0, len(run), 0, 1),)
    parts, pieces = _cut(run)
    folded = _folded(run, parts)
    tokens = []
    for first, behind in pieces:
        # Each part gives at least one code point: more of them are too long for a term.
        if 2 <= behind - first <= LONGEST_TERM:
            joined = "".join(folded[first:behind])
            if len(joined) <= LONGEST_TERM:
                start, end = parts[first][0], parts[behind - 1][1]
                tokens.append((_stem(joined), start, end, first, behind - first))
    for position, (start, end) in enumerate(parts):
        tokens.append((_stem(folded[position]), start, end, position, 1))
    return len(parts), tuple(tokens)


def _folded(run: str, parts: list[_Range]) -> list[str]:
    if not run.isascii():
        return [fold(run[start:end]) for start, end in parts]
    run = run.lower()
    return [run[start : min(end, start + LONGEST_TERM)] for start, end in parts]


def _cut(run: str) -> tuple[list[_Range], Iterable[_Range]]:
    """The parts of a run, and the half-open ranges of parts that could make a whole, each once."""
    parts = [match.span() for match in _PART.finditer(run)]
    if not (run.islower() or run.isupper()):
        parts = _cut_at_case(parts, [cut.start() for cut in _CAMEL.finditer(run)])
    if not _SEPARATOR.search(run):
        return parts, ((0, len(parts)),)
    hyphenated, names = [], []
    first = begun = behind = 0
    for number, (start, end) in enumerate(parts):
        between = run[behind:start]
        behind = end
        if _SEPARATOR.search(between):
            names.append((begun, number))
            begun = number
            if _BETWEEN_PIECES.search(between):
                hyphenated.append((first, number))
                first = number
    ends = (0, len(parts)), *hyphenated, (first, len(parts)), *names, (begun, len(parts))
    return parts, dict.fromkeys(ends)


def _cut_at_case(parts: list[_Range], cuts: list[int]) -> list[_Range]:
    if not cuts:
        return parts
    pieces: list[_Range] = []
    for start, end in parts:
        within = [cut for cut in cuts if start < cut < end]
        pieces += zip([start, *within], [*within, end], strict=True)
    return pieces


def _is_plain(part: str) -> bool:
    """Whether the case of a part alone tells that _CAMEL cuts it nowhere."""
    return part.islower() or part.istitle() or part.isupper() or part.isdecimal()


def _term(part: str) -> str:
    return _stem(fold(part))


@lru_cache(_MOST_KEPT)
def _stem(word: str) -> str:
    if len(word) > 2 and word.isascii() and word.isalpha():
        return str(_STEMMER.stemWord(word))
    return word
