"""Copies that say so: pairs of change keys that stand for one change.

`commit X upstream.` links a backport to its original where author, date or title differ, and
so the keys. Either may come first: what a new segment names is looked up in all, and what all
others name in the new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    copies = _copies(new)
    pairs = set(_named(new, copies, new))
    for other in others:
        pairs.update(_named(new, copies, other))
        if new.count <= _FEW:
            pairs.update(_naming_few(other, new))
        else:
            pairs.update(_named(other, _copies(other), new))
            # Much of it was read, and there may be many others.
            other.let_go()
    return {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}


def _copies(leaf: Leaf) -> dict[str, str]:
    """Return what the copies in a segment name, and the terms of that."""
    return {
        term.removeprefix(_KIND): term
        for term in leaf.expand(_FIELD, _KIND)
        if len(term) >= len(_KIND) + SHORTEST
    }


def _named(leaf: Leaf, copies: Mapping[str, str], other: Leaf) -> Iterator[Pair]:
    """Yield the pairs of a copy in a segment and what it names in another."""
    for digits, document in _found(other, copies):
        yield from _pairs(leaf, copies[digits], other.number(_KEY, document))


def _found(leaf: Leaf, digits: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each id that a segment has, as it was abbreviated, and its document."""
    whole = [name for name in digits if len(name) in (40, 64)]
    yield from located(leaf, sought(whole)).items()
    for name in digits:
        if len(name) not in (40, 64):
            yield from ((name, document) for _, document in leaf.ids(name))


def _naming_few(leaf: Leaf, new: Leaf) -> Iterator[Pair]:
    """Yield the pairs of a copy in a segment and what it names in a new one of few commits."""
    if not any(leaf.expand(_FIELD, _KIND)):
        return
    for name, document in new.ids(""):
        for term in leaf.expand(_FIELD, _KIND + name[:SHORTEST]):
            if name.startswith(term.removeprefix(_KIND)):
                yield from _pairs(leaf, term, new.number(_KEY, document))


def _pairs(leaf: Leaf, term: str, key: int) -> Iterator[Pair]:
    for document in leaf.documents(_FIELD, term):
        yield leaf.number(_KEY, document), key
