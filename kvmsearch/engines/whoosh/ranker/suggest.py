"""What may have been meant by words that no commit has."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from kvmsearch.analysis import fold, tokenize
from kvmsearch.commit import Commit
from kvmsearch.engines.whoosh.layout import RANKED
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import Unit, significant, units_of
from kvmsearch.matching import LONG, pattern, slips
from kvmsearch.query.tree import And, Named, Node, Or, Word, Words
from kvmsearch.record import replace

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

MOST_WORDS = 8
"""Free words up to which one is mended; a longer text was not typed, and has others that find."""

SHORTEST = 3
"""Letters; of what is shorter too much is alike."""


def suggested(readings: Sequence[Reading], query: Node) -> str | None:
    """Return a query with words that are there instead of those that are not, if it has such."""
    better = _mended(readings, query)
    return None if better == query else str(better)


def _mended(readings: Sequence[Reading], node: Node) -> Node:
    match node:
        case Words(parts):
            words = set(significant(parts))
            if len(words) > MOST_WORDS:
                return node
            # What a paste names is not named any more by other words.
            others = [part for part in parts if not isinstance(part, Named)]
            mended = [_replaced(readings, one) if one in words else one for one in others]
            return node if mended == others else Words(tuple(mended))
        case And(parts) | Or(parts):
            return replace(node, parts=tuple(_mended(readings, part) for part in parts))
    return node


def _replaced(readings: Sequence[Reading], node: Node) -> Node:
    """Return the word that is meant by one that finds nothing; others as they are."""
    if not isinstance(node, Word):
        return node
    wanted = pattern(node.text)
    units = units_of(node)
    if wanted.length != 1 or any(_frequency(readings, unit) for unit in units):
        return node
    start, end = next((token.start, token.end) for token in tokenize(node.text))
    word = fold(node.text[start:end])
    if len(word) < SHORTEST or units[0].kind != "term":
        return node
    better = _one_slip_off(readings, word) or _two_slips_off(readings, units[0])
    # What stands around it, as a bracket or a quote that was never closed, helps nobody.
    return replace(node, text=better) if better else node


def _one_slip_off(readings: Sequence[Reading], word: str) -> str | None:
    """Return the word that most commits have, of all that differ by one slip."""
    words: dict[Unit, str] = {}
    for one in _slipped(word):
        tokens = list(islice(tokenize(one), 2))
        if len(tokens) == 1:
            words.setdefault(Unit(tokens[0].term), one)
    best = max(words, key=lambda unit: _frequency(readings, unit), default=None)
    return words[best] if best and _frequency(readings, best) else None


def _slipped(word: str) -> Iterator[str]:
    """Yield all words that differ by one slip, the likeliest slips first."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    yield from (start + end[1] + end[0] + end[2:] for start, end in cuts if len(end) > 1)
    yield from (start + letter + end for start, end in cuts for letter in _LETTERS)
    yield from (start + end[1:] for start, end in cuts if end)
    yield from (start + letter + end[1:] for start, end in cuts if end for letter in _LETTERS)


def _two_slips_off(readings: Sequence[Reading], unit: Unit) -> str | None:
    """Return a word for the term that most commits have, of those that differ by two slips."""
    wanted = unit.text
    if len(wanted) < LONG:
        return None
    terms: set[str] = set()
    for reading in readings:
        terms.update(reading.leaf.expand(RANKED, wanted[0]))
    lengths = range(len(wanted) - 2, len(wanted) + 3)
    alike = sorted(term for term in terms if len(term) in lengths and slips(wanted, term, 2))
    best = max(alike, key=lambda term: _frequency(readings, Unit(term)), default=None)
    if best is None or not _frequency(readings, Unit(best)):
        return None
    return _as_written(readings, best)


def _frequency(readings: Iterable[Reading], unit: Unit) -> int:
    return sum(reading.frequency(unit) for reading in readings)


def _as_written(readings: Sequence[Reading], term: str) -> str:
    """Return a term as a commit has it: a stem is no word that anybody would type."""
    spellings: list[str] = []
    for reading in readings:
        titled = reading.bits(Unit(term), "title") & reading.leaf.live
        found = titled or reading.bits(Unit(term)) & reading.leaf.live
        if found:
            spellings += _spellings(reading.leaf.commit(found.bit_length() - 1), term)
        if titled:
            return spellings[-1]
    return spellings[0]


def _spellings(commit: Commit, term: str) -> list[str]:
    texts = [commit.title, commit.parts.prose, *(trailer.value for trailer in commit.trailers)]
    found = [
        text[token.start : token.end]
        for text in texts
        for token in tokenize(text)
        if token.term == term
    ]
    return [found[0].lower() if found[0].istitle() else found[0]]
