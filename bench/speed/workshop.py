"""The folder where one history, as it is measured, and the indexes of it are kept."""

import fcntl
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.speed import product
from bench.speed.chosen import SAMPLE, Chosen, choose
from bench.speed.cost import Cost, cost_of
from bench.speed.hired import Worker, hired
from bench.speed.history import BRANCH, git, texts
from bench.speed.objects import commit, commit_id, store
from bench.speed.scaled import multiply
from bench.speed.text import Text
from kvmsearch import KvmsearchError

_REPOSITORY = "repository.git"
_BASE = "refs/measured/base"
"""Where the branch was before anything was added to it."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how often."""

    peers: Sequence[str]
    """Modules."""

    jobs: int
    rounds: int
    builds: int
    """How often each index is made."""

    questions: Sequence[Path] = ()
    more: Sequence[str] = ()
    """Queries that are asked besides those chosen, for all of their words."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """One history and the indexes of it."""

    folder: Path
    name: str
    commits: int
    sample: Sequence[Text]
    """Commits spread evenly over the history."""

    chosen: Chosen
    """What is asked of it."""

    say: Say
    profiles: Iterator[Path] | None = None
    """Where profiles of kvmsearch go, if it is not timed but looked into."""

    @property
    def repository(self) -> Path:
        """The history as a bare repository."""
        return self.folder / _REPOSITORY

    def fresh(self, name: str) -> Path:
        """Return a path in the folder where nothing is."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def copy(self, name: str, of: str) -> Path:
        """Return a copy of an index."""
        return Path(shutil.copytree(self.index(of), self.fresh(name)))

    def index(self, engine: str) -> Path:
        """Return an engine's index of the history, made now if it is not there."""
        path = self.folder / engine
        if engine == product.NAME and not product.usable(path):
            self.say(f"{engine}: indexing")
            cost_of(product.index_command(self.repository, self.fresh(engine)))
        elif not path.exists():
            self.say(f"{engine}: indexing")
            self.build(engine, self.fresh(f"{engine}.new"), 1)
            (self.folder / f"{engine}.new").rename(path)
        return path

    def build(self, engine: str, path: Path, jobs: int) -> Cost:
        """Make an index where nothing is; return what it cost."""
        if engine == product.NAME:
            return self.run(product.index_command(self.repository, path, jobs))
        module = "bench.speed.build"
        command = [sys.executable, "-m", module, engine, str(self.repository), str(path), str(jobs)]
        return cost_of(command)

    def run(self, command: Sequence[str | Path]) -> Cost:
        """Run a command of kvmsearch; return what it cost."""
        if self.profiles is None:
            return cost_of(command)
        python, *arguments = command
        return cost_of([python, "-m", "cProfile", "-o", next(self.profiles), *arguments])

    def worker(self, engine: str, folder: Path) -> AbstractContextManager[Worker]:
        """Hold an engine open in a process of its own."""
        watched = self.profiles is not None and engine == product.NAME
        return hired(engine, folder, next(self.profiles) if watched and self.profiles else None)

    def append(self, count: int) -> str:
        """Add new commits to the branch; return their range for `git log`.

        Their messages are of commits spread over the history.
        """
        tip = git(self.repository, "rev-parse", BRANCH)
        # Not by git show, which wants the files of a commit: a partial clone may lack them.
        date = int(git(self.repository, "log", "--max-count=1", "--format=%ct", tip))
        last = store(self.repository, count, self._new(tip, date, count))
        git(self.repository, "update-ref", f"refs/heads/{BRANCH}", last)
        return f"{tip}..{last}"

    def _new(self, tip: str, date: int, count: int) -> Iterator[bytes]:
        for number in range(count):
            date += 60
            text = self.sample[(date // 60 + number * len(self.sample) // count) % len(self.sample)]
            content = commit(text._replace(written=date, committed=date), [tip])
            tip = commit_id(content)
            yield content

    def reset(self) -> None:
        """Have the branch where it was before anything was added."""
        git(self.repository, "update-ref", f"refs/heads/{BRANCH}", _BASE)


@contextmanager
def opened(source: Path, work: Path, scale: float, say: Say) -> Iterator[Workshop]:
    """Open the workshop for a repository's HEAD at a scale; make the history if it is not there.

    Raises:
        KvmsearchError: there is no such repository, git fails, the history is too small, or
            somebody else is measuring it.
    """
    tip = git(source, "rev-parse", "--verify", "HEAD^{commit}")
    name = source.resolve().name.removesuffix(".git") + (f" x {scale:g}" if scale != 1 else "")
    folder = work / f"{name.replace(' ', '')}-{tip[:12]}"
    with _alone(folder):
        repository = folder / _REPOSITORY
        if not repository.exists():
            say("preparing the history")
            made = folder / f"{_REPOSITORY}.new"
            shutil.rmtree(made, ignore_errors=True)
            _make(source.resolve(), made, scale, tip)
            made.rename(repository)
        commits = int(git(repository, "rev-list", "--count", _BASE))
        sample = tuple(islice(texts(repository, _BASE), 0, None, -(-commits // SAMPLE)))
        shop = Workshop(folder, name, commits, sample, choose(sample), say)
        shop.reset()
        yield shop


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others out of a folder: they would move the branch that is read."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise KvmsearchError(f"{folder}: somebody is measuring there; wait") from error
        yield


def _make(source: Path, target: Path, scale: float, tip: str) -> None:
    if scale == 1:
        _borrow(source, target, tip)
    else:
        multiply(source, target, scale)
    git(target, "update-ref", _BASE, BRANCH)


def _borrow(source: Path, target: Path, tip: str) -> None:
    """Make a repository that has another's objects, so that ours can be added to it alone."""
    git(Path(), "init", "--quiet", "--bare", "--template=", str(target))
    objects = Path(source, git(source, "rev-parse", "--git-path", "objects"))
    (target / "objects" / "info").mkdir(exist_ok=True)
    (target / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
    git(target, "update-ref", f"refs/heads/{BRANCH}", tip)
    git(target, "symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
