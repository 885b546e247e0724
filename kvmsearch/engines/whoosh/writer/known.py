"""Which of many commits are in a segment already.

Many are looked for at once, by the first bytes of their ids; of what is found, the whole id is.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kvmsearch.engines.whoosh.reader.damage import reading
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.reader.lookups import raw_id

_BYTES = 8
"""Of an id: as many as are one number."""

_FORM = ">u8"
_COST_OF_ONE = 150
"""Looking one commit up costs as much as going over so many."""

Sought = tuple[Sequence[str], NDArray[np.uint64]]
"""Full ids in order, and how they begin."""


def sought(commit_ids: Iterable[str]) -> Sought:
    """Return what is asked for in one segment after the other; what is no id is left out."""
    raw = [(name, raw_id(name) or b"") for name in sorted(commit_ids)]
    full = [(name, found[:_BYTES]) for name, found in raw if len(found) >= _BYTES]
    joined = b"".join([beginning for _, beginning in full])
    return [name for name, _ in full], np.frombuffer(joined, _FORM).astype(np.uint64)


def located(leaf: Leaf, wanted: Sought) -> dict[str, int]:
    """Return the documents of those of the commits that a segment has, deleted ones left out."""
    names, _ = wanted
    few = len(names) * _COST_OF_ONE < leaf.count
    found = {name: leaf.find(name) for name in names} if few else _found(leaf, wanted)
    return {name: document for name, document in found.items() if document is not None}


def _found(leaf: Leaf, wanted: Sought) -> dict[str, int | None]:
    ids = leaf.ordered_ids()
    with reading(leaf.place):
        alike = list(_alike(*ids, wanted))
    there = leaf.names([document for _, document in alike])
    # All ids were read, and there may be many segments; for few, it would take longer than they.
    leaf.let_go()
    # Where it is another, there may be several that begin alike.
    return {
        name: document if name == one and not leaf.deleted >> document & 1 else leaf.find(name)
        for (name, document), one in zip(alike, there, strict=True)
    }


def _alike(
    column: memoryview, groups: Sequence[memoryview], wanted: Sought
) -> Iterator[tuple[str, int]]:
    """Yield the ids that begin as one in a segment does, and the document of that one."""
    names, beginnings = wanted
    for order, there in _ordered(column, groups):
        places = np.searchsorted(there, beginnings)
        places[places == len(there)] = 0
        for which in np.flatnonzero(there[places] == beginnings).tolist():
            yield names[which], int(order[places[which]])


def _ordered(
    column: memoryview, groups: Sequence[memoryview]
) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint64]]]:
    """Yield the documents in the order of their ids, and how these begin; each length apart."""
    count = sum(map(len, groups))
    lengths = np.frombuffer(column, np.uint8)[-1 - count : -1]
    at = np.cumsum(lengths, dtype=np.uint32) - lengths
    everywhere = np.ndarray((len(column) - _BYTES,), _FORM, column, strides=(1,))
    for documents in groups:
        order = np.frombuffer(documents, np.uint32)
        yield order, everywhere[at[order]].astype(np.uint64)
