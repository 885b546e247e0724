"""A git repository as a source: what changed on the refs that are followed there."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import repeat
from pathlib import Path

from kvmsearch.commit import Commit
from kvmsearch.errors import SourceError
from kvmsearch.record import Record
from kvmsearch.sources import RefGone, RefUpdate, SourceSpec, git, history
from kvmsearch.sources.location import shown
from kvmsearch.sources.refs import HEAD, follow, resolve


class RepositorySource:
    """A repository on this machine, bare or not, or any folder in one.

    The state of a ref is the id of its tip, and where the source does not see all of the history
    (a shallow clone, path limits, no merges) a digest of what limits it.
    """

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec

    def check(self) -> None:
        """Raise a SourceError where a name of `spec.branches` matches nothing."""
        _, wrong = follow(self.spec.location, self.spec.branches or (HEAD,))
        if wrong:
            raise SourceError(f"{shown(self.spec.location)}: {wrong[0]}")

    def prepare(self) -> None:
        """Do nothing: all is on this machine."""

    def read(self, states: Mapping[str, str]) -> Iterator[RefUpdate | RefGone]:
        """Yield refs that are gone, then those that changed, in the order of `spec.branches`.

        A ref whose last tip is no longer there (rewritten, and collected by git since), or that
        was read under other limits, is yielded as gone and then in full. The `commits` of an
        update leave out all that is on a tip of `states` or on a ref yielded before.

        Raises:
            SourceError: this is no repository, git failed, or a name of `spec.branches` matches
                nothing: before all else on the first read, later after what could be read.
        """
        folder = self.spec.location
        tips, wrong = follow(folder, self.spec.branches or (HEAD,))
        if wrong and not states:
            raise SourceError(f"{shown(folder)}: {wrong[0]}")
        yield from (RefGone(branch) for branch in states if branch not in tips)
        yield from _changes(_see(self.spec), tips, states)
        if wrong:
            raise SourceError(f"{shown(folder)}: {wrong[0]}")


class _View(Record):
    """What a source sees of the history in a repository."""

    folder: str
    limits: tuple[str, ...]
    """The end of a command line of git."""

    boundary: Mapping[str, tuple[str, ...]]
    """The commits at which a shallow clone ends, with the parents that git hides."""

    @property
    def is_complete(self) -> bool:
        return not self.boundary and self.limits == ("--",)

    @property
    def has_paths(self) -> bool:
        return self.limits[-1] != "--"

    def state(self, tip: str) -> str:
        """Name a tip as seen under these limits."""
        if self.is_complete:
            return tip
        limits = "\0".join((*self.limits, "", *sorted(self.boundary)))
        return f"{tip} {hashlib.sha256(limits.encode('utf-8', 'replace')).hexdigest()[:16]}"

    def tips(self, states: Mapping[str, str]) -> dict[str, str]:
        """Return the last tips that were read under these limits and are still there."""
        last = {branch: state.split(" ")[0] for branch, state in states.items()}
        seen = {branch: tip for branch, tip in last.items() if self.state(tip) == states[branch]}
        return resolve(self.folder, seen)

    def counts(self, revisions: Iterable[str]) -> Iterator[int | None]:
        """Yield None until it is known how many commits there are, then that without end."""
        command = ("rev-list", "--count", "--stdin", *self.limits)
        count = None
        for printed in git.beside(self.folder, *command, given=revisions):
            count = int(printed) if printed else None
            yield count
        yield from repeat(count)

    def ids(self, revisions: Iterable[str]) -> Iterator[str]:
        command = ("rev-list", "--stdin", *self.limits)
        return history.read_ids(git.stream(self.folder, *command, given=revisions))

    def commits(self, revisions: Iterable[str]) -> Iterator[Commit]:
        command = (*history.LOG, "--stdin", *self.limits)
        chunks = git.stream(self.folder, *command, given=revisions)
        return history.read_log(chunks, self.boundary)


def _see(spec: SourceSpec) -> _View:
    merges = () if spec.merges else ("--no-merges",)
    return _View(spec.location, (*merges, "--", *spec.paths), _boundary(spec.location))


def _boundary(folder: str) -> dict[str, tuple[str, ...]]:
    file = git.run(folder, "rev-parse", "--git-path", "shallow").decode("utf-8", "surrogateescape")
    path = Path(folder, file.rstrip("\n"))
    if not path.exists():
        return {}
    ids = path.read_text("ascii", "replace").split()
    return history.parse_parents(git.run(folder, "cat-file", "--batch", given=ids))


def _changes(
    view: _View, tips: Mapping[str, str], states: Mapping[str, str]
) -> Iterator[RefUpdate | RefGone]:
    last = view.tips(states)
    known = set(last.values())
    for branch, tip in tips.items():
        if states.get(branch) == view.state(tip):
            continue
        if branch in states and branch not in last:
            yield RefGone(branch)
        yield _update(view, branch, tip, last.get(branch), known)
        known.add(tip)


def _update(
    view: _View, branch: str, tip: str, old: str | None, known: AbstractSet[str]
) -> RefUpdate:
    unknown = [tip, *(f"^{other}" for other in known)]
    since = [tip, f"^{old}"] if old else [tip]
    return RefUpdate(
        branch,
        view.state(tip),
        commits=view.commits(unknown),
        joined=view.ids(since) if known - {old} else None,
        left=view.ids([old, f"^{tip}"]) if old else (),
        complete=view.is_complete,
        count=None if view.has_paths else view.counts(unknown).__next__,
    )
