"""Real repositories to read, and a reader that keeps what it is told."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kvmsearch.commit import Commit
from kvmsearch.sources import RefGone, RefUpdate, SourceSpec
from kvmsearch.sources.repository import RepositorySource


class Repository:
    """A real repository, driven by git as a user would."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        self.clock = 1_700_000_000
        command = ["git", "init", "-q", "-b", "master", "--template=", *options, str(path)]
        subprocess.run(command, check=True)

    def git(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """Run git and return what it prints."""
        options = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "gc.auto=0")
        done = subprocess.run(
            ["git", "-C", self.path, *options, *arguments],
            input=stdin,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **(env or {})},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str = "Change", file: str = "file") -> str:
        """Change a file and commit it, a minute after the last commit; return the id."""
        self.clock += 60
        place = self.path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{self.clock}\n")
        self.git("add", file)
        date = f"{self.clock} +0100"
        self.git(
            *("commit", "-q", "-m", message),
            env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date},
        )
        return self.git("rev-parse", "HEAD")

    def raw_commit(self, content: bytes) -> str:
        """Point master to a commit object of exactly this content, after its tree."""
        tree = self.git("mktree").encode()
        command = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
        made = self.git(*command, stdin=b"tree " + tree + b"\n" + content)
        self.git("update-ref", "refs/heads/master", made)
        return made


@dataclass
class Told:
    """What one read told of one ref, its iterators read."""

    branch: str
    state: str
    commits: list[Commit]
    joined: set[str]
    left: set[str]
    complete: bool
    total: int | None

    @property
    def ids(self) -> set[str]:
        """The ids of the commits."""
        return {commit.id for commit in self.commits}


class Follower:
    """A stand-in for the index: it keeps states and membership as told."""

    def __init__(self, path: Path, *branches: str, **limits: object) -> None:
        spec = SourceSpec("test", str(path), branches, **limits)  # type: ignore[arg-type]
        self.source = RepositorySource(spec)
        self.states: dict[str, str] = {}
        self.members: dict[str, set[str]] = {}
        self.commits: dict[str, Commit] = {}

    def update(self) -> list[Told | RefGone]:
        """Read once; return what was told."""
        self.source.prepare()
        return [self.take(change) for change in self.source.read(dict(self.states))]

    def take(self, change: RefUpdate | RefGone) -> Told | RefGone:
        """Keep what a change tells, and return it."""
        if isinstance(change, RefGone):
            del self.states[change.branch], self.members[change.branch]
            return change
        commits = list(change.commits)
        ids = {commit.id for commit in commits}
        joined = ids if change.joined is None else set(change.joined)
        left = set(change.left)
        members = self.members.setdefault(change.branch, set())
        assert not joined & members
        assert left <= members
        self.members[change.branch] = (members - left) | joined
        self.states[change.branch] = change.state
        self.commits |= {commit.id: commit for commit in commits}
        total = _counted(change.count) if change.count else None
        return Told(*(change.branch, change.state, commits, joined, left, change.complete, total))

    def told(self) -> Told:
        """Update, and return the one thing told."""
        (change,) = self.update()
        assert isinstance(change, Told)
        return change

    def in_step_with(self, repository: Repository) -> bool:
        """Whether every branch has the members that git lists, each known with its record."""
        return all(
            members == set(repository.git("rev-list", branch, "--").split()) <= self.commits.keys()
            for branch, members in self.members.items()
        )


def gone_and_told(changes: list[Told | RefGone]) -> tuple[list[str], list[str]]:
    """Name the refs told as gone and those told as changed."""
    gone = [change.branch for change in changes if isinstance(change, RefGone)]
    return gone, [change.branch for change in changes if isinstance(change, Told)]


def merged(repository: Repository) -> tuple[str, str, str]:
    """Make a history of two files on two branches, merged; return the ids of all three commits."""
    base = repository.commit("Base", "virt/kvm/main.c")
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit("Side", "other.c")
    repository.git("checkout", "-q", "master")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    return base, side, repository.git("rev-parse", "HEAD")


def _counted(count: Callable[[], int | None]) -> int:
    """Ask until it is known."""
    while (total := count()) is None:
        time.sleep(0.001)
    assert count() == total
    return total
