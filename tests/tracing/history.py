"""A history in memory, and a Lineage that looks at all of it for each question."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any

from kvmsearch.commit import Commit, Person, Ref
from kvmsearch.engines.protocol import Known
from kvmsearch.engines.whoosh.digest import number_of
from kvmsearch.link import Kind, title_key
from kvmsearch.ranking import SERIES_GAP
from kvmsearch.registry import RefState, Registry, SourceSpec, SourceState
from kvmsearch.relations import read_links

MASTER = Ref("linux", "master")
STABLE = Ref("stable", "linux-6.6.y")
START = datetime(2026, 1, 1, tzinfo=UTC)


def made(message: str, *refs: Ref, day: float = 0, email: str = "a@b", **others: Any) -> Commit:
    """Return a commit written some days after the year began and committed a day later."""
    digest = sha1(f"{message}{refs}{day}".encode(), usedforsecurity=False).hexdigest()
    date = START + timedelta(days=day)
    values: dict[str, Any] = {"author_date": date, "committer_date": date + timedelta(1), **others}
    return Commit(digest, message, Person("A", email), refs=refs, **values)


def pick(commit: Commit, *refs: Ref, day: float, says: str = "commit {} upstream.") -> Commit:
    """Return a backport of a commit, made by another who changed its author."""
    title, _, body = commit.message.partition("\n")
    message = f"{title}\n\n{says.format(commit.id)}\n{body}"
    return made(message, *refs, day=day, email="stable@example.org")


class History:
    """The commits of an index."""

    def __init__(self, *commits: Commit, complete: bool = True) -> None:
        self.commits = {commit.id: commit for commit in commits}
        self._complete = complete
        self._links = [
            (link, self.known(commit)) for commit in commits for link in read_links(commit.message)
        ]

    def known(self, commit: Commit) -> Known:
        """Return a commit as an engine knows it."""
        written = int(commit.author_date.timestamp())
        key = f"{commit.author.email.lower()}\0{written}\0{commit.change_title}"
        return Known(commit.id, number_of(key))

    def get(self, commit_id: str) -> Commit | None:
        """Return the commit of this full id."""
        return self.commits.get(commit_id)

    def registry(self) -> Registry:
        """Return one source a ref."""
        state = {ref.branch: RefState("tip", self._complete) for ref in self.refs()}
        return {ref.source: SourceState(SourceSpec(ref.source, "/"), state) for ref in self.refs()}

    def refs(self) -> Sequence[Ref]:
        """Return all refs in order."""
        return sorted({ref for commit in self.commits.values() for ref in commit.refs})

    def on(self, refs: Iterable[Ref]) -> Iterator[Known]:
        """Yield the commits that are on any of the refs."""
        wanted = set(refs)
        return map(self.known, (one for one in self.commits.values() if wanted & {*one.refs}))

    def find(self, prefixes: Iterable[str]) -> Mapping[str, Sequence[Known]]:
        """Return the commits whose ids begin with each prefix."""
        found = {prefix: self._begun(prefix) for prefix in prefixes}
        return {prefix: known for prefix, known in found.items() if known}

    def _begun(self, prefix: str) -> list[Known]:
        return [
            self.known(self.commits[one]) for one in sorted(self.commits) if one.startswith(prefix)
        ]

    def linked(self, kind: Kind, prefix: str = "") -> Iterator[tuple[str, Known]]:
        """Yield the links of a kind whose values begin with a prefix, in order of the values."""
        yield from sorted(
            (link.value, known)
            for link, known in self._links
            if link.kind == kind and link.value.startswith(prefix)
        )

    def of_change(self, change: int) -> Sequence[Known]:
        """Return the commits of one change."""
        return [one for one in map(self.known, self.commits.values()) if one.change == change]

    def series(self, commit: Commit) -> Sequence[Known]:
        """Return what the author wrote without a pause around that time."""
        same = (one for one in self.commits.values() if one.author.email == commit.author.email)
        chain: list[Commit] = []
        for one in sorted(same, key=lambda one: one.author_date):
            if chain and (one.author_date - chain[-1].author_date).total_seconds() > SERIES_GAP:
                if commit in chain:
                    break
                chain.clear()
            chain.append(one)
        return [self.known(one) for one in chain]

    def titled(self, title: str) -> Sequence[Known]:
        """Return the commits of a title, whatever its spacing."""
        key = title_key(title)
        return [self.known(one) for one in self.commits.values() if title_key(one.title) == key]
