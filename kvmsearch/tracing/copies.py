"""The commits of one change: by author, date and title, and by what backports say of themselves.

A backport may be known while the commit that it copies is not, so an id that no commit of
the index has still makes one change of all that copy it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from kvmsearch.commit import Commit
from kvmsearch.engines.protocol import Known, Lineage
from kvmsearch.link import SHORTEST_ID, Kind, abbreviates
from kvmsearch.relations import read_links

MOST = 1000
"""Commits looked at for one answer; a hostile history is no reason to read all of it."""

_SURE = 12
"""Digits of an id that no other commit has, also among those that the index has not."""

Key = int | str
"""What a change is known by: its key in the index, or the beginning of an id that is not there."""


def named_in(lineage: Lineage, kind: Kind, commit_id: str) -> Iterator[Known]:
    """Yield the commits whose message names an id, full or abbreviated, for a reason."""
    for value, known in lineage.linked(kind, commit_id[:SHORTEST_ID]):
        if abbreviates(value, commit_id):
            yield known


def family(lineage: Lineage, first: Commit) -> list[Commit]:
    """Return all commits of a change, `first` at the beginning, then by their dates."""
    found = {first.id: first}
    waiting = list(lineage.find([first.id]).get(first.id, ()))
    changes: set[int] = set()
    while waiting and len(found) < MOST:
        known = waiting.pop()
        commit = found.get(known.id) or lineage.get(known.id)
        if commit is None:
            continue
        found[known.id] = commit
        near = _copies(lineage, commit)
        if known.change not in changes:
            changes.add(known.change)
            near = chain(lineage.of_change(known.change), near)
        waiting += [other for other in islice(near, MOST) if other.id not in found]
    del found[first.id]
    return [first, *by_date(found.values())]


def _copies(lineage: Lineage, commit: Commit) -> Iterator[Known]:
    """Yield what a commit says that it copies, and what says that of it or of the same one."""
    yield from named_in(lineage, "copies", commit.id)
    for link in read_links(commit.message):
        if link.kind == "copies":
            yield from lineage.find([link.value]).get(link.value, ())
            yield from named_in(lineage, "copies", link.value)


def by_date(commits: Iterable[Commit]) -> list[Commit]:
    """Return commits by the time when they were committed."""
    return sorted(commits, key=lambda commit: (commit.date, commit.id))


class Changes:
    """Which changes of an index are one, by what backports say of themselves.

    Commits of one change have the same key; so has the id of a commit that the index lacks
    and the change of what copies it.
    """

    def __init__(self, lineage: Lineage) -> None:
        self._parents: dict[Key, Key] = {}
        links = list(lineage.linked("copies"))
        found = lineage.find({value for value, _ in links})
        for value, known in links:
            for key in _keys(value, found):
                self._unite(known.change, key)

    def key(self, known: Known) -> Key:
        """Return the key of the change that a commit is of."""
        return self._root(known.change)

    def keys(self, value: str, found: Mapping[str, Sequence[Known]]) -> Iterator[Key]:
        """Yield the keys of the changes that an id in a message may mean.

        `found` has the commits of the index that it may mean, as Lineage.find returns them.
        """
        return map(self._root, _keys(value, found))

    def _unite(self, one: Key, other: Key) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            self._parents[second] = first

    def _root(self, key: Key) -> Key:
        while (parent := self._parents.get(key)) is not None:
            # Halving the way keeps it short, whatever the order of the links.
            self._parents[key] = self._parents.get(parent, parent)
            key = parent
        return key


def _keys(value: str, found: Mapping[str, Sequence[Known]]) -> Iterator[Key]:
    """Yield the changes that an id may mean; if the index has none, what stands for that commit."""
    if value in found:
        yield from (known.change for known in found[value])
    elif len(value) >= _SURE:
        yield value[:_SURE]
