"""Phrases, and words near each other, by their positions alone.

With the width of every whole in the index, a text is the chain of tokens that
kvmsearch.matching walks, and is walked here for all documents at once: what it finds in a
text is found here by positions, and nothing is read to make sure.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial, reduce
from operator import and_

from kvmsearch.engines.whoosh.ranker.bits import bits_of, members
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import NEIGHBOUR_FIELDS, Pair, Unit
from kvmsearch.engines.whoosh.reader.postings import PLACE_BITS
from kvmsearch.matching import Pattern, pattern, reach
from kvmsearch.query.tree import Near

TEXT_FIELDS = ("title", "body", "trailer")

TRAILER_GAP = 8
"""Positions between the values of two trailers; words further apart may be of two."""

Look = Callable[[str, Collection[int]], list[tuple[int, list[int]]]]
"""Where a term stands in some documents: by width, its places."""


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
    fields = TEXT_FIELDS if field is None else (field,)
    found = 0
    for name in fields:
        places = ends(wanted, partial(reading.tokens, name), members(within & ~found))
        found |= _documents(reading, places)
    return found


def with_trailer(reading: Reading, wanted: Pattern, key: str, within: int) -> int:
    """Return the documents among those `within` with a pattern in the value of a trailer."""
    look = partial(reading.tokens, "trailer", key=key)
    return _documents(reading, ends(wanted, look, members(within)))


def ends(wanted: Pattern, look: Look, documents: Collection[int]) -> dict[int, int]:
    """Return where a pattern begins, and where the longest way of it ends: behind which place.

    Its end is looked for in all the documents, and each part before that only where what
    follows it was found.
    """
    if not wanted.length:
        return {}
    onward: dict[int, dict[int, int]] = {}
    for part in reversed(range(wanted.length)):
        here: dict[int, int] = {}
        for term, behind in wanted.edges.get(part, ()):
            after = onward.get(behind, {})
            last = behind == wanted.length
            within = documents if last else {place >> PLACE_BITS for place in after}
            for width, places in look(term, within) if within else ():
                _extend(here, width, places, after, last)
        onward[part] = here
    return onward[0]


def _extend(
    here: dict[int, int],
    width: int,
    places: list[int],
    after: dict[int, int],
    last: bool,  # noqa: FBT001
) -> None:
    """Add the places from which a way leads to the end."""
    if last:
        found = {at: at + width for at in places}
    else:
        found = {at: after[at + width] for at in places if at + width in after}
    for at in here.keys() & found.keys():
        found[at] = max(found[at], here[at])
    here.update(found)


def _documents(reading: Reading, places: Iterable[int]) -> int:
    return bits_of({place >> PLACE_BITS for place in places}, reading.leaf.count)


def with_near(reading: Reading, node: Near, within: int) -> int:
    """Return the documents among those `within` that have all words of a text near each other."""
    words = [pattern(word) for word in node.text.split()]
    fields = TEXT_FIELDS if node.field is None else (node.field,)
    furthest = reach(words, node.distance)
    found = 0
    for name in fields:
        documents = members(within & ~found)
        spans = [ends(word, partial(reading.tokens, name), documents) for word in words]
        crosses = name == "trailer" and furthest > TRAILER_GAP
        values = _values(reading, documents) if crosses else []
        found |= _documents(reading, _near(spans, furthest, values))
    return found


def _near(spans: Sequence[dict[int, int]], furthest: int, values: Sequence[int]) -> Iterator[int]:
    """Yield the places from which on all words are within reach, and in one value of a trailer."""
    ordered = [sorted(one.items()) for one in spans]
    for first in set().union(*spans):
        at = bisect_right(values, first)
        last = min([first + furthest, *(value - 1 for value in values[at : at + 1])])
        if ordered and all(_any_between(one, first, last) for one in ordered):
            yield first


def _any_between(spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    for at in range(bisect_right(spans, (first, -1)), len(spans)):
        if spans[at][0] > last:
            break
        if spans[at][1] - 1 <= last:
            return True
    return False


def _values(reading: Reading, documents: Collection[int]) -> list[int]:
    """Return where the values of trailers begin, in order."""
    return sorted(
        place
        for entry in reading.leaf.expand("trailer", ":")
        for place in reading.leaf.places("trailer", entry, documents)
    )


def side_by_side(reading: Reading, pair: Pair, documents: AbstractSet[int]) -> set[int]:
    """Return the documents where the words of a pair are neighbours, in a title or a body."""
    found: set[int] = set()
    for field in NEIGHBOUR_FIELDS:
        look = partial(_places, reading, field)
        begins = {at for _, places in look(pair.second, documents - found) for at in places}
        ends = look(pair.first, {at >> PLACE_BITS for at in begins})
        found.update(
            at >> PLACE_BITS for width, places in ends for at in places if at + width in begins
        )
    return found


def _places(
    reading: Reading, field: str, units: Iterable[Unit], wanted: Collection[int]
) -> list[tuple[int, list[int]]]:
    return [found for unit in units for found in reading.tokens(field, unit.text, wanted)]
