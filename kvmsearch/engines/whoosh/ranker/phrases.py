"""Phrases, and words near each other, by their positions alone.

With the width of every whole in the index, a message is the chain of tokens that
kvmsearch.matching walks, and is walked here for all documents at once: what it finds in a
text is found here by positions, and nothing is read to make sure.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from operator import and_

from kvmsearch.engines.whoosh.layout import TEXT_GAP
from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import Pair
from kvmsearch.engines.whoosh.ranker.texts import Texts
from kvmsearch.engines.whoosh.reader.values import PLACE_BITS, Places
from kvmsearch.matching import Pattern, pattern, reach
from kvmsearch.query.tree import Near

Look = Callable[[str, Sequence[int]], Places]
"""Where a term stands in some documents, which are in order, and perhaps in others, too."""


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
    places: Iterable[int] = _begins(wanted, reading.leaf.places, members(within))
    if field is not None:
        texts = Texts(reading.leaf)
        places = (place for place in places if texts.holds(field, place))
    return within & _documents(reading, places)


def with_trailer(reading: Reading, wanted: Pattern, key: str, within: int) -> int:
    """Return the documents among those `within` with a pattern in the value of a trailer."""
    places = _begins(wanted, reading.leaf.places, members(within))
    return within & _documents(reading, Texts(reading.leaf).of_key(key, places))


def _begins(wanted: Pattern, look: Look, documents: Sequence[int]) -> AbstractSet[int]:
    """Return where a pattern begins.

    Its end is looked for in all the documents, and each part before that only where what
    follows it was found. No way leads from one text to another: there is a gap between them.
    """
    onward: dict[int, set[int]] = {}
    for part in reversed(range(wanted.length)):
        here: set[int] = set()
        onward[part] = here
        for term, behind in wanted.edges.get(part, ()):
            if behind == wanted.length:
                here.update(*look(term, documents).values())
            elif after := onward[behind]:
                within = documents if behind == wanted.length - 1 else _documents_of(after)
                for width, places in look(term, within).items():
                    here |= _in_front_of(after, width).intersection(places)
    return onward.get(0, set())


def _in_front_of(places: Iterable[int], width: int) -> set[int]:
    """Return where something of so many parts stands that ends at one of the places."""
    return {at - width for at in places}


def _ends(wanted: Pattern, look: Look, documents: Sequence[int]) -> dict[int, int]:
    """Return where a pattern begins, and where the longest way of it ends: behind which place."""
    onward: dict[int, dict[int, int]] = {}
    for part in reversed(range(wanted.length)):
        here: dict[int, int] = {}
        onward[part] = here
        for term, behind in wanted.edges.get(part, ()):
            last = behind == wanted.length
            for width, places in look(term, documents).items():
                for at in places:
                    end = at + width if last else onward[behind].get(at + width, 0)
                    if end > here.get(at, 0):
                        here[at] = end
    return onward.get(0, {})


def _documents_of(places: Iterable[int]) -> list[int]:
    return sorted({place >> PLACE_BITS for place in places})


def _documents(reading: Reading, places: Iterable[int]) -> int:
    return bits_of({place >> PLACE_BITS for place in places}, reading.leaf.count)


def with_near(reading: Reading, node: Near, within: int) -> int:
    """Return the documents among those `within` that have all words of a text near each other."""
    words = [pattern(word) for word in node.text.split()]
    furthest = reach(words, node.distance)
    documents = members(within)
    spans = [_ends(word, reading.leaf.places, documents) for word in words]
    texts = Texts(reading.leaf)
    # Words no further apart than the gap between two texts are in one.
    begins = texts.begin(documents) if furthest > TEXT_GAP else []
    found: Iterable[int] = _near(spans, furthest, begins)
    if node.field is not None:
        found = (place for place in found if texts.holds(node.field, place))
    return within & _documents(reading, found)


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
    """Return the documents where the words of a pair are neighbours, in a title or in prose.

    They are those of the documents given, and perhaps others, too.
    """
    look = reading.leaf.places
    begins: set[int] = set()
    for unit in pair.second:
        begins.update(*look(unit.text, documents).values())
    beside: set[int] = set()
    for unit in pair.first:
        for width, places in look(unit.text, documents).items():
            beside |= _in_front_of(begins, width).intersection(places)
    return {at >> PLACE_BITS for at in Texts(reading.leaf).outside_trailers(beside)}
