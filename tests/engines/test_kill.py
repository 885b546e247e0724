"""A process that is killed while it ingests leaves an index in step; the next run completes it."""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, cycle, islice
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

import pytest

from kvmsearch.commit import Ref
from kvmsearch.engines import open_engine
from kvmsearch.engines.whoosh.generation import newest_generation, read_manifest
from kvmsearch.engines.whoosh.writer import merging, pending
from kvmsearch.errors import StorageError
from kvmsearch.index import open_index
from kvmsearch.query.tree import Everything
from kvmsearch.registry import SourceSpec, SourceState
from tests.engines.made import NEXT, STABLE, asked, fill, made, state_of, told_by_feed
from tests.sources.repositories import Repository

KILLS = int(os.environ.get("KVMSEARCH_KILLS", "100"))
"""At how many moments a process is killed."""

FEED = Ref("feed", "master")
FAILED = 7
BRANCHES = ("master", "stable")


def history(branch: str, first: str, numbers: range) -> bytes:
    """Return commits for git fast-import."""
    stream = []
    for number in numbers:
        message = f"{branch}: change {number}\n\nof the lock in part{number % 7}_{number}\n"
        person = f"Ann <ann@example.org> {1_700_000_000 + number * 60} +0100"
        stream.append(f"commit refs/heads/{branch}\ncommitter {person}\ndata {len(message)}\n")
        stream.append(f"{message}\n{first if number == numbers[0] else ''}")
    return "".join(stream).encode()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository of 220 commits on two branches."""
    made = Repository(tmp_path / "repository")
    made.git("fast-import", "--quiet", stdin=history("master", "", range(150)))
    fork = made.git("rev-parse", "master~50")
    made.git("fast-import", "--quiet", stdin=history("stable", f"from {fork}\n", range(70)))
    return made


@pytest.fixture
def prepared(tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an index that follows both branches and that a feed told some of the commits."""
    # So that a short history is made durable on the way, merged, and shared out to processes.
    monkeypatch.setattr(pending.Pending, "full", property(lambda some: len(some) >= 40))
    monkeypatch.setattr(pending, "_MANY", 10)
    monkeypatch.setattr(pending, "_BATCH", 5)
    monkeypatch.setattr(merging, "FACTOR", 3)
    folder = tmp_path / "prepared"
    spec = SourceSpec("test", str(repository.path), BRANCHES)
    with open_index(tmp_path / "whole", create=True) as index:
        index.register(spec)
        index.update()
        some = sorted(index, key=lambda commit: commit.date)[::5]
    engine = open_engine(str(folder), create=True)
    fill(engine, map(told_by_feed, some), FEED).close()
    with open_index(folder) as index:
        index.register(spec)
    return folder


def update(folder: Path, jobs: int) -> None:
    """Ingest all."""
    with open_index(folder) as index:
        (outcome,) = index.update(jobs=jobs)
        assert outcome.error is None


def update_in_group(folder: Path, jobs: int) -> None:
    """Ingest all, in a group of processes of its own; fail where one of those is killed."""
    os.setpgid(0, 0)
    try:
        update(folder, jobs)
    except StorageError:
        sys.exit(FAILED)


class Killed(Protocol):
    """What is killed."""

    def __call__(self, process: BaseProcess) -> None:
        """Kill it."""


def writer_alone(process: BaseProcess) -> None:
    """Kill who writes; the processes that it started find out."""
    process.kill()


def all_of_them(process: BaseProcess) -> None:
    """Kill who writes and the processes that it started, as who turns the power off."""
    assert process.pid
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()  # it may not yet lead a group


def one_that_builds(process: BaseProcess) -> None:
    """Kill a process that builds a segment, if there is one; who started it says so and ends."""
    for child in children(process):
        with suppress(OSError):
            if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)
                break


def children(process: BaseProcess) -> list[int]:
    """Return the processes that one has started."""
    try:
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(child) for child in found.split()]


def in_step(folder: Path, histories: dict[str, list[str]], told: set[str]) -> bool:
    """Hold that an index makes sense as it is; return whether it is complete."""
    engine = open_engine(str(folder), create=False)
    commits = list(engine)
    members = {
        name: {one.id for one in commits if Ref("test", name) in one.refs} for name in BRANCHES
    }
    states = {name: ref.state for name, ref in engine.registry()["test"].refs.items() if ref.state}
    assert set(Counter(commit.id for commit in commits).values()) == {1}
    assert {commit.id for commit in commits if FEED in commit.refs} == told
    assert all(commit.message.count("change") == 1 and commit.refs for commit in commits)
    for name, ids in histories.items():
        assert members[name] <= set(ids)
        if name in states:
            assert states[name] == ids[0]
            assert members[name] == set(ids)
    answers = asked(engine, Everything(), limit=1000, group=False)
    assert answers.total == len(answers.page) == len(engine) == len(commits)
    engine.close()
    return states.keys() == histories.keys()


def killed(work: Callable[[], None]) -> bool:
    """Do work in another process; return whether it was killed before it ended."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def read_until(moment: float, folder: Path, ids: set[str], process: BaseProcess) -> None:
    """Read an index while another process writes: what is there is whole, and stays."""
    held = open_engine(str(folder), create=False)
    seen: set[str] = set()
    while process.is_alive() and time.monotonic() < moment:
        answers = asked(held, Everything(), limit=1000, group=False)
        now = {answer.commit.id for answer in answers.page}
        assert answers.total == len(answers.page) == len(now)
        assert seen <= now <= ids
        assert {commit.id for commit in held} >= now
        seen = now
        process.join(0.01)
    held.close()


WAYS: Sequence[tuple[int, Killed]] = (
    *((1, writer_alone), (2, writer_alone)),
    *((2, all_of_them), (2, one_that_builds)),
)
"""By how many processes is built, and what is killed."""


def test_at_any_moment(prepared: Path, repository: Repository, tmp_path: Path) -> None:
    """Killed at any moment, documents, refs and states are in step, and a later run ends well."""
    histories = {name: repository.git("rev-list", name).split() for name in BRANCHES}
    ids = set(chain(*histories.values()))
    engine = open_engine(str(prepared), create=False)
    told = {commit.id for commit in engine}
    engine.close()
    chance = random.Random(7)  # noqa: S311
    folder = tmp_path / "index"
    shutil.copytree(prepared, folder)
    begun = time.monotonic()
    update(folder, 2)
    whole = time.monotonic() - begun
    for jobs, kill in islice(cycle(WAYS), KILLS):
        if in_step(folder, histories, told):
            shutil.rmtree(folder)
            shutil.copytree(prepared, folder)
        target = partial(update_in_group, folder, jobs)
        process = multiprocessing.get_context("fork").Process(target=target)
        process.start()
        read_until(time.monotonic() + chance.uniform(0, whole), folder, ids, process)
        kill(process)
        process.join()
        assert process.exitcode in (0, FAILED, -signal.SIGKILL)
    in_step(folder, histories, told)
    update(folder, 1)
    assert in_step(folder, histories, told)
    with open_index(folder) as index:
        assert len(index) == 220
        assert {commit.completeness for commit in index} == {2}
        (outcome,) = index.update()
        assert (outcome.new, outcome.updated) == (0, 0)
    assert {path.stem for path in folder.glob("*.seg")} == segments(folder)


def segments(folder: Path) -> set[str]:
    """Return the segments of the newest generation."""
    manifest = read_manifest(folder, newest_generation(folder))
    return {facts.id for facts in manifest.segments}


COMMITS = [made(f"commit {number}", number) for number in range(12)]
STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")
WRITING = os.O_WRONLY | os.O_RDWR


def change(folder: Path) -> None:
    """Change documents, refs and sources in one transaction, large enough for a merge."""
    engine = open_engine(str(folder), create=False)
    with engine.transaction() as writing:
        for commit in COMMITS[6:]:
            writing.put(commit, [STABLE])
        writing.leave(NEXT, [COMMITS[0].id])
        writing.drop(FEED)
        writing.set_source(SourceState(SourceSpec("kvm", "/srv/kvm.git")))
    engine.close()


def change_until(number: int, folder: Path) -> None:
    """Change an index, but be killed just before a numbered step that changes the disk."""
    left = iter(range(number))

    def step(event: str, details: tuple[object, ...]) -> None:
        writes = event in STEPS or (
            event == "open" and details[2] and WRITING & int(str(details[2]))
        )
        if writes and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    change(folder)


def test_before_each_step(tmp_path: Path) -> None:
    """Killed before any file is written, renamed or removed, all of a transaction holds or none."""
    before, whole = tmp_path / "before", tmp_path / "whole"
    engine = open_engine(str(before), create=True)
    for commit in COMMITS[:7]:
        fill(engine, [told_by_feed(commit)], NEXT, FEED)
    engine.close()
    shutil.copytree(before, whole)
    change(whole)
    old, new = (state_of(open_engine(str(folder), create=False)) for folder in (before, whole))
    assert old != new
    seen = []
    for number in range(1000):
        folder = tmp_path / str(number)
        shutil.copytree(before, folder)
        if not killed(partial(change_until, number, folder)):
            break
        seen.append(state_of(open_engine(str(folder), create=False)))
        if number % 3 == 0:
            change(folder)
            assert state_of(open_engine(str(folder), create=False)) == new
    turn = seen.index(new)
    assert seen == [old] * turn + [new] * (len(seen) - turn)
    assert min(turn, len(seen) - turn) > 3
