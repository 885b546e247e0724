"""Phrases, and words near each other, by their positions alone.

With the width of every whole in the index, a message is the chain of tokens that
kvmsearch.matching walks, and is walked here for all documents at once: what it finds in a
text is found here by positions, and nothing is read to make sure.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain
from operator import and_
from typing import TYPE_CHECKING

from kvmsearch.engines.whoosh.layout import RANKED, TEXT_GAP
from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import Pair
from kvmsearch.engines.whoosh.ranker.texts import Texts
from kvmsearch.engines.whoosh.reader.values import PLACE_BITS, Places
from kvmsearch.matching import Pattern, pattern, reach
from kvmsearch.query.tree import Near

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf

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
    places: Iterable[int] = _standing(wanted, reading.leaf, members(within))
    if field is not None:
        texts = Texts(reading.leaf)
        places = (place for place in places if texts.holds(field, place))
    return within & _documents(reading, places)


def with_trailer(reading: Reading, wanted: Pattern, key: str, within: int) -> int:
    """Return the documents among those `within` with a pattern in the value of a trailer."""
    places = _standing(wanted, reading.leaf, members(within))
    return within & _documents(reading, Texts(reading.leaf).of_key(key, places))


def _standing(wanted: Pattern, leaf: "Leaf", documents: Sequence[int]) -> list[int]:
    """Return where a pattern stands: of each time one place.

    It is followed from the end of it that is rarer: each part is looked for only next to what
    was found. No way leads from one text to another: there is a gap between them.
    """
    first = [term for term, _ in wanted.edges.get(0, ())]
    last = [term for of in wanted.edges.values() for term, end in of if end == wanted.length]
    if _frequency(leaf, first) < _frequency(leaf, last):
        return [end - 1 for end in _followed(wanted, leaf, documents)]
    return _followed_back(wanted, leaf, documents)


def _frequency(leaf: "Leaf", terms: Iterable[str]) -> int:
    return sum([leaf.frequency(RANKED, term) for term in terms])


def _followed(wanted: Pattern, leaf: "Leaf", documents: Sequence[int]) -> list[int]:
    """Return where a pattern ends: behind which places."""
    reached: dict[int, list[int]] = {}
    for part in range(wanted.length):
        others = sorted(reached.get(part, ()))
        for term, behind in wanted.edges.get(part, ()):
            ends = reached.setdefault(behind, [])
            if part == 0:
                ends += _ends(leaf, term, documents)
            elif others:
                ends += leaf.next_to(term, others, behind=True)
    return reached.get(wanted.length, [])


def _followed_back(wanted: Pattern, leaf: "Leaf", documents: Sequence[int]) -> list[int]:
    """Return where a pattern begins."""
    reached: dict[int, list[int]] = {}
    for part in reversed(range(wanted.length)):
        here: list[int] = []
        for term, behind in wanted.edges.get(part, ()):
            if behind == wanted.length:
                here += _begins(leaf, term, documents)
            elif others := reached[behind]:
                here += leaf.next_to(term, others, behind=False)
        reached[part] = sorted(here) if part else here
    return reached.get(0, [])


def _begins(leaf: "Leaf", term: str, documents: Sequence[int]) -> Iterator[int]:
    return chain.from_iterable(places for _, places in leaf.places(term, documents))


def _ends(leaf: "Leaf", term: str, documents: Sequence[int]) -> Iterator[int]:
    return (at + width for width, places in leaf.places(term, documents) for at in places)


def _spans(wanted: Pattern, look: Look, documents: Sequence[int]) -> dict[int, int]:
    """Return where a pattern begins, and where the longest way of it ends: behind which place."""
    onward: dict[int, dict[int, int]] = {}
    for part in reversed(range(wanted.length)):
        here: dict[int, int] = {}
        onward[part] = here
        for term, behind in wanted.edges.get(part, ()):
            last = behind == wanted.length
            for width, places in look(term, documents):
                for at in places:
                    end = at + width if last else onward[behind].get(at + width, 0)
                    if end > here.get(at, 0):
                        here[at] = end
    return onward.get(0, {})


def _documents(reading: Reading, places: Iterable[int]) -> int:
    return bits_of({place >> PLACE_BITS for place in places}, reading.leaf.count)


def with_near(reading: Reading, node: Near, within: int) -> int:
    """Return the documents among those `within` that have all words of a text near each other."""
    words = [pattern(word) for word in node.text.split()]
    furthest = reach(words, node.distance)
    documents = members(within)
    spans = [_spans(word, reading.leaf.places, documents) for word in words]
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
    leaf = reading.leaf
    first, second = [unit.text for unit in pair.first], [unit.text for unit in pair.second]
    if _frequency(leaf, first) < _frequency(leaf, second):
        ends = sorted(end for term in first for end in _ends(leaf, term, documents))
        beside = [end - 1 for term in second for end in leaf.next_to(term, ends, behind=True)]
    else:
        begins = sorted(at for term in second for at in _begins(leaf, term, documents))
        beside = [at for term in first for at in leaf.next_to(term, begins, behind=False)]
    return {at >> PLACE_BITS for at in Texts(leaf).outside_trailers(beside)}
