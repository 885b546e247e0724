"""How the commits of one generation are related: the Lineage of a snapshot."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge

from kvmsearch.analysis import tokenize
from kvmsearch.commit import Commit, Ref
from kvmsearch.engines.protocol import Known
from kvmsearch.engines.whoosh.digest import number_of
from kvmsearch.engines.whoosh.ranker.bits import chosen, members
from kvmsearch.engines.whoosh.reader.leaf import Leaf
from kvmsearch.engines.whoosh.reader.snapshot import Snapshot
from kvmsearch.link import LONGEST_VALUE, Kind, title_key
from kvmsearch.ranking import SERIES_GAP
from kvmsearch.registry import Registry

_FIELD = "link"
_CHANGE = "change_key"
_COST_OF_ONE = 20
"""Looking one beginning of an id up costs as much as going over this many ids."""


class SnapshotLineage:
    """The Lineage of one generation, whatever a writer does meanwhile."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""
        document = self._snapshot.find(commit_id)
        return None if document is None else self._snapshot.commit(document)

    def registry(self) -> Registry:
        """Return the registered sources."""
        return self._snapshot.manifest.registry

    def refs(self) -> Sequence[Ref]:
        """Return all refs that commits are on, in order."""
        return self._snapshot.membership.refs()

    def on(self, refs: Iterable[Ref]) -> Iterator[Known]:
        """Yield the commits that are on any of the refs, each once."""
        wanted = tuple(refs)
        for leaf in self._snapshot.leaves:
            bits = self._snapshot.membership.union(wanted, leaf.id) & leaf.live
            if bits:
                changes = chosen(bits, leaf.numbers(_CHANGE))
                yield from map(Known, leaf.names(members(bits)), changes)

    def find(self, prefixes: Iterable[str]) -> Mapping[str, Sequence[Known]]:
        """Return the commits whose ids begin with each prefix, in order of their ids."""
        wanted = set(prefixes)
        found: dict[str, list[Known]] = defaultdict(list)
        for leaf in self._snapshot.leaves:
            many = len(wanted) * _COST_OF_ONE > leaf.count
            for prefix, commit_id, document in (_gone_over if many else _looked_up)(leaf, wanted):
                found[prefix].append(Known(commit_id, leaf.number(_CHANGE, document)))
        return {prefix: sorted(known) for prefix, known in found.items()}

    def linked(self, kind: Kind, prefix: str = "") -> Iterator[tuple[str, Known]]:
        """Yield the links of a kind whose values begin with a prefix, in order of the values."""
        return merge(*(_linked(leaf, kind, prefix) for leaf in self._snapshot.leaves))

    def of_change(self, change: int) -> Sequence[Known]:
        """Return the commits of one change."""
        return [
            Known(leaf.name(document), change)
            for leaf in self._snapshot.leaves
            for document in leaf.copies(change)
            if _lives(leaf, document)
        ]

    def series(self, commit: Commit) -> Sequence[Known]:
        """Return the commits of the series that a commit of the index is in, in order of time."""
        address = (commit.author.email or commit.author.name).lower()
        written = sorted(
            (leaf.number("author_date", document), leaf.base + document)
            for leaf in self._snapshot.leaves
            for document in leaf.written_by(number_of(address))
            if _lives(leaf, document)
        )
        return [self._known(document) for _, document in _chain(written, commit)]

    def titled(self, title: str) -> Sequence[Known]:
        """Return the commits whose title has the key (`title_key`) of this one."""
        key = title_key(title)
        # The last word of a key that was cut may be no word of the title.
        whole = key if len(key) < LONGEST_VALUE else key.rpartition(" ")[0]
        terms = {token.term for token in tokenize(whole) if token.width == 1}
        return [
            self._known(leaf.base + document)
            for leaf in self._snapshot.leaves
            for document in _with_all(leaf, terms)
            if title_key(leaf.commit(document).title) == key
        ]

    def _known(self, document: int) -> Known:
        leaf = self._snapshot.leaf_of(document)
        local = document - leaf.base
        return Known(leaf.name(local), leaf.number(_CHANGE, local))


def _lives(leaf: Leaf, document: int) -> bool:
    return not leaf.deleted >> document & 1


def _looked_up(leaf: Leaf, prefixes: Collection[str]) -> Iterator[tuple[str, str, int]]:
    """Yield (prefix, id, document) of the ids that begin with some prefixes: one by one."""
    for prefix in prefixes:
        for commit_id, document in leaf.ids(prefix):
            yield prefix, commit_id, document


def _gone_over(leaf: Leaf, prefixes: Collection[str]) -> Iterator[tuple[str, str, int]]:
    """Yield what `_looked_up` does, by one look at each id."""
    width = min(map(len, prefixes))
    by_start: dict[str, list[str]] = defaultdict(list)
    for prefix in prefixes:
        by_start[prefix[:width]].append(prefix)
    for commit_id, document in leaf.ids(""):
        for prefix in by_start.get(commit_id[:width], ()):
            if commit_id.startswith(prefix):
                yield prefix, commit_id, document


def _linked(leaf: Leaf, kind: Kind, prefix: str) -> Iterator[tuple[str, Known]]:
    start = f"{kind}:"
    for term in leaf.expand(_FIELD, start + prefix):
        for document in leaf.documents(_FIELD, term):
            if _lives(leaf, document):
                known = Known(leaf.name(document), leaf.number(_CHANGE, document))
                yield term[len(start) :], known


def _chain(written: Sequence[tuple[int, int]], commit: Commit) -> Sequence[tuple[int, int]]:
    """Return what was written around a commit without a long pause, of (date, document) sorted."""
    date = int(commit.author_date.timestamp())
    first = bisect_left(written, date, key=lambda one: one[0])
    last = bisect_right(written, date, key=lambda one: one[0])
    while 0 < first < len(written) and written[first][0] - written[first - 1][0] <= SERIES_GAP:
        first -= 1
    while 0 < last < len(written) and written[last][0] - written[last - 1][0] <= SERIES_GAP:
        last += 1
    return written[first:last]


def _with_all(leaf: Leaf, terms: Collection[str]) -> Iterable[int]:
    """Return the live documents whose title has all terms, the rarest of them first."""
    found: set[int] | None = None
    for term in sorted(terms, key=lambda term: leaf.frequency("title", term)):
        documents = leaf.documents("title", term)
        found = set(documents) if found is None else found.intersection(documents)
        if not found:
            break
    return [document for document in sorted(found or ()) if _lives(leaf, document)]
