import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kvmsearch.commit import Ref
from kvmsearch.engines import open_engine
from kvmsearch.engines.protocol import Engine
from kvmsearch.errors import LockedError
from kvmsearch.query.tree import Everything, On
from kvmsearch.registry import SourceSpec, SourceState
from tests.engines import contract, queries
from tests.engines.made import NEXT, STABLE, Opener, asked, fill, made, real


@contextmanager
def opener(folder: Path) -> Iterator[Opener]:
    """Open indexes in a folder; close them in the end."""
    engines: list[Engine] = []

    def opens(name: str) -> Engine:
        engines.append(open_engine(str(folder / name), create=True))
        return engines[-1]

    yield opens
    for engine in engines:
        engine.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Return what opens indexes of one test."""
    with opener(tmp_path) as opens:
        yield opens


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Return what opens indexes of all tests."""
    with opener(tmp_path_factory.mktemp("shared")) as opens:
        yield opens


class TestStoring(contract.StoringContract):
    """Runs the contract."""


class TestMembership(contract.MembershipContract):
    """Runs the contract."""


class TestTransaction(contract.TransactionContract):
    """Runs the contract."""


class TestDivision(contract.DivisionContract):
    """Runs the contract."""


class TestQuery(queries.QueryContract):
    """Runs the contract."""


class TestRanking(queries.RankingContract):
    """Runs the contract."""


def documents(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the files of documents, each with what tells that it was written anew."""
    statuses = {path.name: path.stat() for path in folder.glob("*.seg")}
    return {name: (status.st_ino, status.st_mtime_ns) for name, status in statuses.items()}


def test_refs_rewrite_no_document(opened: Opener, tmp_path: Path) -> None:
    """A ref of known commits comes, and a source goes, without a document written again."""
    engine = fill(fill(opened("index"), real(10), NEXT), real(20))
    before = documents(tmp_path / "index")
    assert len(before) == 2
    ids = [commit.id for commit in engine]
    with engine.transaction() as writing:
        writing.set_source(SourceState(SourceSpec("stable", "/srv/stable.git")))
        writing.join(STABLE, ids)
    assert asked(engine, On("stable/*"), group=False).total == len(ids)
    with engine.transaction() as writing:
        writing.remove_source("kvm")
        writing.drop(STABLE)
    assert asked(engine, On("*")).total == 0
    assert documents(tmp_path / "index") == before


def test_nothing_is_left_behind(opened: Opener, tmp_path: Path) -> None:
    """After any number of changes, and killed ones, a folder has one generation's files alone."""
    engine = opened("index")
    for number, commit in enumerate(real(20)):
        fill(engine, [commit], Ref("kvm", str(number % 2)))
    for name in ("_MAIN_9.toc.17.5", "kvmsearch_9.123.tmp", "MAIN_abc.refs9x0", "MAIN_abc.seg"):
        (tmp_path / "index" / name).touch()
    with engine.transaction() as writing:
        writing.drop(Ref("kvm", "1"))
        writing.prune()
    kinds = [path.name.partition(".")[2] for path in (tmp_path / "index").iterdir()]
    assert kinds.count("toc") == kinds.count("json") == 1
    assert sum(kind.startswith("deleted") for kind in kinds) <= kinds.count("seg") < 8
    assert {kind.rstrip("0123456789x") for kind in kinds} == {"", "toc", "json", "seg", "deleted"}


def started(script: str, folder: Path) -> subprocess.Popen[str]:
    """Run a script in another process, which is given the folder of an index."""
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


HOLDS = """
import sys
from kvmsearch.engines import open_engine
with open_engine(sys.argv[1], create=False).transaction():
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_writer_in_another_process(opened: Opener, tmp_path: Path) -> None:
    """Another process that writes keeps us from it, until it ends or is killed."""
    engine = opened("index")
    with started(HOLDS, tmp_path / "index") as other:
        assert other.stdout
        assert other.stdout.readline() == "writing\n"
        with pytest.raises(LockedError, match="another kvmsearch is writing"):
            fill(engine, [])
        other.kill()
    assert len(fill(engine, [made("one")])) == 1


WRITES = """
import sys
from kvmsearch.engines import open_engine
from tests.engines.made import NEXT, STABLE, made
engine = open_engine(sys.argv[1], create=False)
ids = [made("commit of many").id]
for number in range(150):
    with engine.transaction() as writing:
        if number % 5 == 0:
            commit = made(f"commit {number} of many")
            ids.append(commit.id)
            writing.put(commit)
        writing.drop((NEXT, STABLE)[number % 2])
        writing.join((STABLE, NEXT)[number % 2], ids)
engine.close()
"""


def test_readers_beside_a_writer(opened: Opener, tmp_path: Path) -> None:
    """Who searches while another process writes sees one state or the next, never a mixture."""
    engine = fill(opened("index"), [made("commit of many")], STABLE)
    counts = set()
    with started(WRITES, tmp_path / "index") as other:
        while other.poll() is None:
            reader = open_engine(str(tmp_path / "index"), create=False)
            for query in (Everything(), "many commits", On("*")):
                for one in (engine, reader):
                    answers = asked(one, query, limit=1000, group=False)
                    assert answers.total == len(answers.page)
                    refs = {answer.commit.refs for answer in answers.page}
                    assert refs in ({(NEXT,)}, {(STABLE,)})
            counts.add(len(engine))
            reader.close()
    assert other.returncode == 0
    assert len(engine) == 31
    assert len(counts) > 1
