"""An index from a stranger, or one that a disk damaged: it runs nothing and breaks nothing."""

import gc
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import whoosh.columns
import whoosh.index
from whoosh.codec import whoosh3
from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

from kvmsearch.engines import open_engine
from kvmsearch.engines.whoosh.pickles import loads, restrict
from kvmsearch.errors import NoIndexError, StorageError, UnsafeIndexError
from kvmsearch.query.tree import Everything, On, Phrase, Prefix, Word
from tests.engines.made import NEXT, STABLE, asked, fill, real, titles

# Whoosh leaves a file open where reading it fails.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Have Python find the files left open here, and not in the midst of another test."""
    yield
    gc.collect()


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
        [hit["id"] for hit in searcher.search(Term("title", word), limit=None)]
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


READERS_LEFT = """
import pickle, sys
from kvmsearch.engines import Question, open_engine
from kvmsearch.query.tree import Phrase
engine = open_engine(sys.argv[1], create=False)
engine.search(Question(Phrase("device tree")))
list(engine)
readers = (pickle.load, pickle.loads, pickle.Unpickler, pickle)
for name, module in sorted(sys.modules.items()):
    if name.split(".")[0] == "whoosh":
        for attribute, value in vars(module).items():
            if value in readers or isinstance(value, type) and issubclass(value, pickle.Unpickler):
                print(f"{name}.{attribute}")
"""


def test_no_unpickler_is_left(folder: Path) -> None:
    """No module of Whoosh that reading an index imports has an unpickler of its own, but one.

    The loader of an older layout is the only user of that one, and cannot be reached.
    """
    command = [sys.executable, "-c", READERS_LEFT, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == [
        "whoosh.legacy.RenamingUnpickler",
        "whoosh.util.loading.pickle",
        "whoosh.util.loading.RenamingUnpickler",
    ]
    restrict()
    assert vars(whoosh.index)["toc_loaders"] == {}


# --- What a stranger put into it -------------------------------------------------------------


class Evil:
    """Pickles as a call of os.system."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        """Name what is called when this is unpickled."""
        return os.system, (f"touch '{self.marker}'",)


Corrupt = Callable[[pytest.MonkeyPatch, Evil], None]


def _schema(patch: pytest.MonkeyPatch, evil: Evil) -> None:
    dumps = SimpleNamespace(
        dumps=lambda _, protocol: pickle.dumps(evil, protocol),
        loads=loads,
        PicklingError=pickle.PicklingError,
    )
    patch.setattr(whoosh.index, "pickle", dumps)


def _structure(kind: type) -> Corrupt:
    def corrupt(patch: pytest.MonkeyPatch, evil: Evil) -> None:
        def write_pickle(self: StructFile, value: object, protocol: int = -1) -> None:
            written = evil if isinstance(value, kind) else value
            self.write(pickle.dumps(written, protocol))

        patch.setattr(StructFile, "write_pickle", write_pickle)

    return corrupt


def _stored(patch: pytest.MonkeyPatch, evil: Evil) -> None:
    patch.setattr(whoosh.columns, "dumps", lambda _, protocol: pickle.dumps(evil, protocol))


def _postings(length: int) -> Corrupt:
    def corrupt(patch: pytest.MonkeyPatch, evil: Evil) -> None:
        def dumps(value: tuple[object, ...], protocol: int) -> bytes:
            return pickle.dumps(evil if len(value) == length else value, protocol)

        patch.setattr(whoosh3, "dumps", dumps)

    return corrupt


@pytest.mark.parametrize(
    "corrupt",
    [_schema, _structure(list), _structure(dict), _stored, _postings(3), _postings(6)],
    ids=["schema", "segments", "directory", "stored fields", "postings", "header of postings"],
)
def test_nothing_runs(tmp_path: Path, corrupt: Corrupt, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that names what no index of ours holds is not read, wherever it does."""
    index, marker = tmp_path / "index", tmp_path / "marker"
    with closing(open_engine(str(index), create=True)) as engine:
        with monkeypatch.context() as patch, suppress(UnsafeIndexError):
            corrupt(patch, Evil(marker))
            fill(engine, COMMITS, NEXT)
        with pytest.raises(UnsafeIndexError, match=r"\w+\.system"):
            use(index)
        assert not marker.exists()
    pickle.loads(pickle.dumps(Evil(marker)))  # noqa: S301 - to show that it would have
    assert marker.exists()


def test_older_layout(tmp_path: Path) -> None:
    """A table of contents of an older layout, which Whoosh unpickles elsewhere, is not read."""
    marker = tmp_path / "marker"
    open_engine(str(tmp_path), create=True).close()
    stream = FileStorage(str(tmp_path)).create_file("_MAIN_1.toc")
    (tmp_path / "kvmsearch_1.json").write_bytes((tmp_path / "kvmsearch_0.json").read_bytes())
    for size in (4, 8, 4):
        stream.write_varint(size)
    stream.write_int(-12345)
    stream.write_int(-110)
    for number in (2, 7, 4):
        stream.write_varint(number)
    stream.write_string(pickle.dumps(Evil(marker), 2))
    stream.close()
    with pytest.raises(StorageError, match="-110"):
        use(tmp_path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Schema, 0),
        pickle.dumps(len, 4),
        b"\x80\x04\x8c\x08builtins\x8c\x0cint.__call__\x93.",
        b"\x80\x04\x8c\x0dwhoosh.fields\x8c\x0aSchema.add\x93.",
        b"cbuiltins\ngetattr\n.",
        b"cwhoosh.util.loading\nfind_object\n.",
        b"cos\nsystem\n.",
    ],
)
def test_allow_list(data: bytes) -> None:
    """Only whole names on the list are read: no attribute of what one names, no other builtin."""
    if data == pickle.dumps(Schema, 0):
        assert loads(data) is Schema
    else:
        with pytest.raises(UnsafeIndexError, match="which no index of kvmsearch does"):
            loads(data)


# --- What a disk did to it -------------------------------------------------------------------

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "first byte": lambda data: data[:1],
    "half": lambda data: data[: len(data) // 2],
    "no end": lambda data: data[:-1],
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
@pytest.mark.parametrize("pattern", ["*.toc", "kvmsearch_*.json", "*.refs*", "*.seg"])
def test_damaged(folder: Path, pattern: str, damage: Callable[[bytes], bytes]) -> None:
    """A file that is cut short or overwritten is reported in one line that names the place."""
    for path in files(folder, pattern):
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StorageError) as caught:
        use(folder)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pattern", ["*.toc", "kvmsearch_*.json", "*.refs*", "*.seg"])
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
