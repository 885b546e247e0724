"""Phrases, and words near each other, by their positions alone.

With the width of every whole in the index, a message is the chain of tokens that
kvmsearch.matching walks, and is walked here for all documents at once: what it finds in a
text is found here by positions, and nothing is read to make sure.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import compress, repeat
from operator import and_, lshift, or_
from typing import TYPE_CHECKING

from kvmsearch.engines.whoosh.layout import TEXT_GAP
from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import Pair
from kvmsearch.engines.whoosh.ranker.texts import Texts
from kvmsearch.engines.whoosh.reader.values import DOCUMENT, PLACE_BITS, places_of
from kvmsearch.matching import Pattern, pattern, reach
from kvmsearch.query.tree import Near

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf


def having_parts(wanted: Pattern, having: Callable[[str], int]) -> int:
    """Return the documents that have, for each part of a pattern, a term that covers it."""
    if not wanted.length:
        return 0
    covering = dict.fromkeys(range(wanted.length), 0)
    for start, ways in wanted.edges.items():
        for term, end in ways:
            for at in range(start, end):
                covering[at] |= having(term)
    return reduce(and_, covering.values())


def with_phrase(reading: Reading, wanted: Pattern, field: str | None, within: int) -> int:
    """Return the documents among those `within` that a pattern stands in."""
    lasts = _lasts(wanted, reading.leaf, members(within))
    if field is None:
        return bits_of(lasts, reading.leaf.count)
    texts = Texts(reading.leaf)
    found = [one for one, bits in lasts.items() if texts.within(field, one, bits)]
    return bits_of(found, reading.leaf.count)


def with_trailer(reading: Reading, wanted: Pattern, key: str, within: int) -> int:
    """Return the documents among those `within` with a pattern in the value of a trailer."""
    lasts = _lasts(wanted, reading.leaf, members(within))
    return bits_of(Texts(reading.leaf).of_key(key, lasts), reading.leaf.count)


def _lasts(wanted: Pattern, leaf: "Leaf", documents: Sequence[int]) -> dict[int, int]:
    """Return the documents, of some, that a pattern stands in, and where the last term of it does.

    Bit n: it begins at position n. No way leads from one text to another: there is a gap
    between them.
    """
    lasts: list[int] = []
    reached: dict[int, list[int]] = {}
    for part in range(wanted.length):
        before = reached.get(part)
        for term, behind in wanted.edges.get(part, ()) if before or not part else ():
            for width, stands in leaf.standing(term, documents).items():
                met = map(and_, stands, before) if before else stands
                if behind == wanted.length:
                    lasts = _either(lasts, met)
                else:
                    ends = map(lshift, met, repeat(width))
                    reached[behind] = _either(reached.get(behind), ends)
    return dict(compress(zip(documents, lasts, strict=False), lasts))


def _either(some: list[int] | None, others: Iterable[int]) -> list[int]:
    return list(map(or_, some, others) if some else others)


def _spans(wanted: Pattern, leaf: "Leaf", documents: Sequence[int]) -> dict[int, int]:
    """Return where a pattern begins, and where the longest way of it ends: behind which place."""
    onward: dict[int, dict[int, int]] = {}
    for part in reversed(range(wanted.length)):
        here: dict[int, int] = {}
        onward[part] = here
        for term, behind in wanted.edges.get(part, ()):
            last = behind == wanted.length
            for width, places in places_of(documents, leaf.standing(term, documents)):
                for at in places:
                    end = at + width if last else onward[behind].get(at + width, 0)
                    if end > here.get(at, 0):
                        here[at] = end
    return onward.get(0, {})


def with_near(reading: Reading, node: Near, within: int) -> int:
    """Return the documents among those `within` that have all words of a text near each other."""
    words = [pattern(word) for word in node.text.split()]
    furthest = reach(words, node.distance)
    documents = members(within)
    spans = [_spans(word, reading.leaf, documents) for word in words]
    texts = Texts(reading.leaf)
    # Words no further apart than the gap between two texts are in one.
    begins = texts.begin(documents) if furthest > TEXT_GAP else []
    found: Iterable[int] = _near(spans, furthest, begins)
    if node.field is not None:
        found = [place for place in found if _is_in(texts, node.field, place)]
    return bits_of({place >> PLACE_BITS for place in found}, reading.leaf.count)


def _is_in(texts: Texts, field: str, place: int) -> bool:
    document = place >> PLACE_BITS
    return texts.within(field, document, 1 << place - document * DOCUMENT) > 0


def _near(spans: Sequence[dict[int, int]], furthest: int, begins: Sequence[int]) -> Iterator[int]:
    """Yield the places from which on all words are within reach, and in one text."""
    ordered = [sorted(one.items()) for one in spans]
    for first in set().union(*spans):
        at = bisect_right(begins, first)
        last = min([first + furthest, *(begin - 1 for begin in begins[at : at + 1])])
        if ordered and all(_any_between(one, first, last) for one in ordered):
            yield first


def _any_between(spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    for at in range(bisect_right(spans, (first, -1)), len(spans)):
        if spans[at][0] > last:
            break
        if spans[at][1] - 1 <= last:
            return True
    return False


def side_by_side(reading: Reading, pair: Pair, documents: Sequence[int]) -> set[int]:
    """Return the documents where the words of a pair are neighbours, in a title or in prose."""
    edges = {
        part: tuple((unit.text, part + 1) for unit in units) for part, units in enumerate(pair)
    }
    lasts = _lasts(Pattern(edges, len(pair), frozenset()), reading.leaf, documents)
    texts = Texts(reading.leaf)
    return {one for one, bits in lasts.items() if texts.outside_trailers(one, bits)}
