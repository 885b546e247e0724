"""How the commits of one generation are related, by a look at each of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kvmsearch.commit import Commit, Ref
from kvmsearch.engines import Known
from kvmsearch.engines.whoosh.layout import number_of
from kvmsearch.engines.whoosh.snapshot import Snapshot
from kvmsearch.link import Kind, title_key
from kvmsearch.ranking import SERIES_GAP
from kvmsearch.registry import Registry
from kvmsearch.relations import read_links


class Scan:
    """The Lineage of a snapshot whose index has no terms for links."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._registry = snapshot.manifest.registry
        self._refs = snapshot.membership.refs()
        found = (snapshot.commit(document) for document in snapshot.documents())
        self._commits = {commit.id: commit for commit in found}
        self._links: dict[str, list[tuple[str, Known]]] = defaultdict(list)
        for commit in self._commits.values():
            for link in read_links(commit.message):
                self._links[link.kind].append((link.value, _known(commit)))

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""
        return self._commits.get(commit_id)

    def registry(self) -> Registry:
        """Return the registered sources."""
        return self._registry

    def refs(self) -> Sequence[Ref]:
        """Return all refs that commits are on, in order."""
        return self._refs

    def on(self, refs: Iterable[Ref]) -> Iterator[Known]:
        """Yield the commits that are on any of the refs, each once."""
        wanted = set(refs)
        return (_known(commit) for commit in self._commits.values() if wanted & {*commit.refs})

    def find(self, prefixes: Iterable[str]) -> Mapping[str, Sequence[Known]]:
        """Return the commits whose ids begin with each prefix, in order of their ids."""
        found: dict[str, list[Known]] = defaultdict(list)
        wanted = set(prefixes)
        widths = sorted({len(prefix) for prefix in wanted})
        for commit_id in sorted(self._commits):
            for prefix in {commit_id[:width] for width in widths} & wanted:
                found[prefix].append(_known(self._commits[commit_id]))
        return found

    def linked(self, kind: Kind, prefix: str = "") -> Iterator[tuple[str, Known]]:
        """Yield the links of a kind whose values begin with a prefix, in order of the values."""
        yield from sorted(link for link in self._links[kind] if link[0].startswith(prefix))

    def of_change(self, change: int) -> Sequence[Known]:
        """Return the commits of one change."""
        return [known for known in map(_known, self._commits.values()) if known.change == change]

    def series(self, commit: Commit) -> Sequence[Known]:
        """Return the commits of the series that a commit of the index is in, in order of time."""
        author = _address(commit)
        same = (other for other in self._commits.values() if _address(other) == author)
        chain: list[Commit] = []
        for other in sorted(same, key=lambda other: other.author_date):
            if chain and (other.author_date - chain[-1].author_date).total_seconds() > SERIES_GAP:
                if commit in chain:
                    break
                chain.clear()
            chain.append(other)
        return [_known(other) for other in chain]

    def titled(self, title: str) -> Sequence[Known]:
        """Return the commits whose title has the key (`title_key`) of this one."""
        key = title_key(title)
        return [_known(one) for one in self._commits.values() if title_key(one.title) == key]


def _address(commit: Commit) -> str:
    return (commit.author.email or commit.author.name).lower()


def _known(commit: Commit) -> Known:
    written = int(commit.author_date.timestamp())
    key = f"{_address(commit)}\0{written}\0{commit.change_title}"
    return Known(commit.id, number_of(key))
