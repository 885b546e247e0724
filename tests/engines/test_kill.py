"""A process that is killed while it ingests leaves an index in step; the next run completes it."""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kvmsearch.commit import Ref
from kvmsearch.engines import open_engine
from kvmsearch.engines.whoosh.writer import builder
from kvmsearch.index import open_index
from kvmsearch.query.tree import Everything
from kvmsearch.registry import SourceSpec, SourceState
from tests.engines.made import NEXT, STABLE, asked, fill, made, state_of, told_by_feed
from tests.sources.repositories import Repository

KILLS = 30
FEED = Ref("feed", "master")
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
    # So that an ingestion of any length is made durable on the way often.
    monkeypatch.setattr(builder, "FULL", 800)
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


def update(folder: Path) -> None:
    """Ingest all."""
    with open_index(folder) as index:
        (outcome,) = index.update(jobs=1)
        assert outcome.error is None


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


def killed(work: Callable[[], None], seconds: float | None = None) -> bool:
    """Do work in another process; return whether it was killed before it ended."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def test_at_any_moment(prepared: Path, repository: Repository, tmp_path: Path) -> None:
    """Killed at any moment, documents, refs and states are in step, and a later run ends well."""
    histories = {name: repository.git("rev-list", name).split() for name in BRANCHES}
    engine = open_engine(str(prepared), create=False)
    told = {commit.id for commit in engine}
    engine.close()
    chance = random.Random(7)  # noqa: S311
    folder = tmp_path / "index"
    shutil.copytree(prepared, folder)
    begun = time.monotonic()
    update(folder)
    whole = time.monotonic() - begun
    completed = 0
    for _ in range(KILLS):
        if in_step(folder, histories, told):
            completed += 1
            shutil.rmtree(folder)
            shutil.copytree(prepared, folder)
        killed(partial(update, folder), chance.uniform(0, whole / 2))
    in_step(folder, histories, told)
    update(folder)
    assert in_step(folder, histories, told)
    assert completed
    with open_index(folder) as index:
        assert len(index) == 220
        assert {commit.completeness for commit in index} == {2}
        (outcome,) = index.update()
        assert (outcome.new, outcome.updated) == (0, 0)


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
