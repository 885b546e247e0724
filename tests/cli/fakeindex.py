"""An index in memory that finds words as they are written, and sources that do as they are told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

from kvmsearch.commit import Commit, Ref
from kvmsearch.errors import (
    AmbiguousCommitError,
    UnknownBranchError,
    UnknownCommitError,
    UnknownSourceError,
    UsageError,
)
from kvmsearch.hits import Hit, Results
from kvmsearch.query import And, Node, Phrase
from kvmsearch.registry import Outcome, Progress, SourceSpec, SourceStatus
from kvmsearch.relatives import MissingFix, MissingFixes, Related, Relation


@dataclass
class FakeIndex:
    """The part of kvmsearch.Index that commands use."""

    commits: Sequence[Commit] = ()
    broken: set[str] = field(default_factory=set)
    """Names of sources that cannot be read."""

    specs: dict[str, SourceSpec] = field(default_factory=dict)
    asked: dict[str, object] = field(default_factory=dict)
    """The arguments of the last search."""

    jobs: int | None = None
    """How many processes were asked for last."""

    interrupted: bool = False
    """Whether the user presses Ctrl-C while it works."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __len__(self) -> int:
        return len(self.commits)

    def parse(self, text: str) -> Node:
        """Take every text as one phrase."""
        return Phrase(text)

    def search(
        self,
        query: str | Node,
        limit: int = 10,
        skip: int = 0,
        **how: Literal["all", "any", "auto", "relevance", "newest", "oldest"] | bool,
    ) -> Results:
        """Find the commits with any of the words, whatever the filters."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.asked = {"query": query, "limit": limit, "skip": skip, **how}
        first = query.parts[0] if isinstance(query, And) else query
        words = (first.text if isinstance(first, Phrase) else str(first)).split()
        found = [one for one in self.commits if any(word in one.message for word in words)]
        hits = tuple(Hit(one, 1.0, (), ()) for one in found[skip : skip + limit])
        suggestion = "deadlock" if "deadlok" in words else None
        count = len(found)
        understood = ("in plain words",) if how["explain"] else ()
        return Results(str(query), count, count, count, suggestion, hits, understood)

    def get(self, commit_id: str) -> Commit:
        """Return the commit whose id begins so."""
        found = [one for one in self.commits if one.id.startswith(commit_id)]
        if len(found) > 1:
            raise AmbiguousCommitError(f"{commit_id} is ambiguous", [one.id for one in found])
        if not found:
            raise UnknownCommitError(f"no commit {commit_id} in this index")
        return found[0]

    def related(self, commit_id: str) -> Related:
        """Find the next commit to be a fix, and the others to have been written with it."""
        commit = self.get(commit_id)
        others = [one for one in self.commits if one != commit]
        fixes = (Relation("fixed-by", one, commit.id) for one in others[:1])
        series = (Relation("series", one, commit.id) for one in others[1:])
        return Related(commit, (*fixes, *series))

    def missing(self, in_branch: str, from_branch: str | None = None) -> MissingFixes:
        """Find that all commits are missing, unless they are to be from an empty branch."""
        if in_branch == "nowhere":
            raise UnknownBranchError("nowhere: no branch of that name")
        found = () if from_branch == "empty" else self.commits
        fixes = tuple(MissingFix(one, (self.commits[0],)) for one in found)
        return MissingFixes(Ref("kvm", in_branch), in_branch != "feed", fixes)

    def register(self, spec: SourceSpec) -> None:
        """Register a source, unless another has the name."""
        if self.specs.get(spec.name, spec).location != spec.location:
            raise UsageError(f"{spec.name}: already the name of another source")
        self.specs[spec.name] = spec

    def update(
        self,
        *names: str,
        progress: Callable[[Progress], None] | None = None,
        jobs: int | None = None,
    ) -> list[Outcome]:
        """Read three commits of each source, or fail."""
        self.jobs = jobs
        for name in names:
            self._check(name)
        if progress:
            progress(Progress("any", 1, lambda: 3))
        return [self._outcome(name) for name in names or self.specs]

    def _outcome(self, name: str) -> Outcome:
        if name in self.broken:
            return Outcome(name, 0, 0, 0, "no feed\nbut \x1ba page")
        return Outcome(name, 1200, 1, 0)

    def _check(self, name: str) -> None:
        if name not in self.specs:
            raise UnknownSourceError(f"{name}: no source of that name")

    def sources(self) -> list[SourceStatus]:
        """Return what is registered."""
        return list(self._statuses())

    def _statuses(self) -> Iterator[SourceStatus]:
        for spec in self.specs.values():
            yield SourceStatus(spec, ("next",), 3, None, None, None)

    def remove(self, name: str) -> None:
        """Forget a source."""
        self._check(name)
        del self.specs[name]

    def prune(self) -> int:
        """Find one commit to remove."""
        return 1

    def reindex(
        self, progress: Callable[[int], None] | None = None, jobs: int | None = None
    ) -> int:
        """Rebuild nothing."""
        self.jobs = jobs
        if progress:
            progress(len(self))
        return len(self)
