"""Copies that say so: pairs of change keys that stand for one change.

`commit X upstream.` links a backport to its original where author, date or title differ, and
so the keys. Either may come first: what a new segment names is looked up in all, and what all
others name in the new one.
"""

from collections.abc import Iterable, Iterator, Sequence

from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.writer.known import located, sought

Pair = tuple[int, int]

SHORTEST = 12
"""Digits of an abbreviated id from which it is taken for that of one commit."""

_FEW = 500
"""Documents of a new segment up to which each is looked up in the terms of the others."""

_FIELD, _KIND, _KEY = "link", "copies:", "change_key"


def aliases(new: Leaf, others: Sequence[Leaf]) -> set[Pair]:
    """Return the pairs that a new segment makes, by itself and with the others."""
    pairs = set(_named(new, [new, *others]))
    naming = _naming_few if new.count <= _FEW else _naming
    for other in others:
        pairs.update(naming(other, new))
    return {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}


def _named(leaf: Leaf, among: Sequence[Leaf]) -> Iterator[Pair]:
    """Yield the pairs of a copy in a segment and what it names."""
    terms = {
        term.removeprefix(_KIND): term
        for term in leaf.expand(_FIELD, _KIND)
        if len(term) >= len(_KIND) + SHORTEST
    }
    for other in among:
        for digits, document in _found(other, terms):
            yield from _pairs(leaf, terms[digits], other.number(_KEY, document))


def _found(leaf: Leaf, digits: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each id that a segment has, as it was abbreviated, and its document."""
    whole = [name for name in digits if len(name) in (40, 64)]
    yield from located(leaf, sought(whole)).items()
    for name in digits:
        if len(name) not in (40, 64):
            yield from ((name, document) for _, document in leaf.ids(name))


def _naming(leaf: Leaf, new: Leaf) -> Iterator[Pair]:
    """Yield the pairs of a copy in a segment and what it names in a new one."""
    return _named(leaf, [new])


def _naming_few(leaf: Leaf, new: Leaf) -> Iterator[Pair]:
    """Yield the same, where there are fewer commits than copies to look up."""
    if not any(leaf.expand(_FIELD, _KIND)):
        return
    for name, document in new.ids(""):
        for term in leaf.expand(_FIELD, _KIND + name[:SHORTEST]):
            if name.startswith(term.removeprefix(_KIND)):
                yield from _pairs(leaf, term, new.number(_KEY, document))


def _pairs(leaf: Leaf, term: str, key: int) -> Iterator[Pair]:
    for document in leaf.documents(_FIELD, term):
        yield leaf.number(_KEY, document), key
