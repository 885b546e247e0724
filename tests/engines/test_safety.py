"""An index from a stranger, or one that a disk damaged: it runs nothing and breaks nothing."""

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from kvmsearch.engines import open_engine
from kvmsearch.errors import NoIndexError, StorageError
from kvmsearch.query.tree import Everything, On, Phrase, Prefix, Word
from tests.engines.made import NEXT, STABLE, asked, fill, real, titles

COMMITS = real(30)
WORDS = ("board", "config", "fix", "use")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of an index of two segments."""
    made = tmp_path / "index"
    with closing(open_engine(str(made), create=True)) as engine:
        fill(engine, COMMITS[:20], NEXT)
        fill(engine, COMMITS[20:], STABLE)
    return made


def use(folder: Path) -> None:
    """Read all there is in an index, and write to it."""
    with closing(open_engine(str(folder), create=False)) as engine:
        for query in ("fix board", Phrase("device tree"), Prefix("conf"), Everything(), On("*")):
            asked(engine, query)
        assert len(list(engine)) == len({commit.id for commit in engine}) == len(engine)
        engine.ids("", 100)
        engine.has_trailer("signed-off-by")
        engine.on_source("kvm")
        fill(engine, COMMITS, STABLE)


# --- What others read of it ------------------------------------------------------------------

PLAIN = """
import json, sys
class NoKvmsearch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "kvmsearch":
            raise ImportError(name)
sys.meta_path.insert(0, NoKvmsearch())
import whoosh.index
from whoosh.query import Term
with whoosh.index.open_dir(sys.argv[1]).searcher() as searcher:
    found = [
        [hit["id"].hex() for hit in searcher.search(Term("title", word), limit=None)]
        for word in sys.argv[2:]
    ]
    print(json.dumps([searcher.doc_count(), found]))
assert not any(name.split(".")[0] == "kvmsearch" for name in sys.modules)
"""


def test_plain_whoosh(folder: Path) -> None:
    """A process that has no kvmsearch opens the folder and finds the same commits by a term."""
    command = [sys.executable, "-I", "-c", PLAIN, str(folder), *WORDS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, found = json.loads(done.stdout)
    assert count == len(COMMITS)
    with closing(open_engine(str(folder), create=False)) as engine:
        for word, ids in zip(WORDS, found, strict=True):
            answers = asked(engine, Word(word, "title"), group=False)
            assert {answer.commit.id for answer in answers.page} == set(ids) != set()


# --- What a stranger put into it -------------------------------------------------------------


class Evil:
    """Pickles as a call of os.system."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        """Name what is called when this is unpickled."""
        return os.system, (f"touch '{self.marker}'",)


def test_the_table_of_contents_is_not_read(folder: Path, tmp_path: Path) -> None:
    """It is there for Whoosh, as a pickle; kvmsearch takes its number from its name alone."""
    marker = tmp_path / "marker"
    evil = pickle.dumps(Evil(marker))
    for path in files(folder, "*.toc"):
        path.write_bytes(evil)
    use(folder)
    assert not marker.exists()
    pickle.loads(evil)  # noqa: S301 - to show that it would have
    assert marker.exists()


# --- What a disk did to it -------------------------------------------------------------------

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "first byte": lambda data: data[:1],
    "half": lambda data: data[: len(data) // 2],
    "no end": lambda data: data[:-64],
    "zeros": lambda data: bytes(len(data)),
    "noise": lambda data: random.Random(1).randbytes(len(data)),  # noqa: S311
    "text": lambda _: b"<html>Not found</html>\n",
}


def files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of an index whose name is so."""
    found = sorted(folder.glob(pattern))
    assert found
    return found


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("pattern", ["kvmsearch_*.json", "*.seg"])
def test_damaged(folder: Path, pattern: str, damage: Callable[[bytes], bytes]) -> None:
    """A file that is cut short or overwritten is reported in one line that names the place."""
    for path in files(folder, pattern):
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StorageError) as caught:
        use(folder)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", ["*.toc", "kvmsearch_*.json", "*.seg"])
def test_missing(folder: Path, pattern: str) -> None:
    """A file that is gone is reported in one line that names the place."""
    for path in files(folder, pattern):
        path.unlink()
    with pytest.raises(NoIndexError if pattern == "*.toc" else StorageError) as caught:
        use(folder)
    assert str(folder) in str(caught.value)


def test_odd_bytes(folder: Path, tmp_path: Path) -> None:
    """Some odd bytes anywhere are reported, or do not matter; nothing else ever comes of them."""
    chance = random.Random(3)  # noqa: S311
    for number in range(60):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        path = chance.choice(files(copy, "*[!K]"))
        data = bytearray(path.read_bytes())
        at = chance.randrange(len(data))
        length = chance.choice((1, 1, 4, 64))
        data[at : at + length] = chance.randbytes(min(length, len(data) - at))
        path.write_bytes(data)
        with suppress(StorageError):
            use(copy)


def test_folder_gone(folder: Path) -> None:
    """A folder that goes while it is open is reported, by readers and by writers."""
    with closing(open_engine(str(folder), create=False)) as engine:
        shutil.rmtree(folder)
        with pytest.raises(StorageError, match=str(folder)):
            titles(engine, "fix")
        with pytest.raises(StorageError, match=str(folder)):
            fill(engine, COMMITS)


def test_no_folder(tmp_path: Path) -> None:
    """Where there is no index, that is said, and how to make one; a file is no folder."""
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(NoIndexError, match="kvmsearch index"):
            open_engine(str(place), create=False)
    with pytest.raises(StorageError, match="no index can be made"):
        open_engine(str(tmp_path / "file"), create=True)
