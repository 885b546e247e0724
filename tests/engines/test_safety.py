"""An index from a stranger, or one that a disk damaged: it runs nothing, and is called damaged."""

import json
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kvmsearch
from kvmsearch.cli import main
from kvmsearch.engines import open_engine
from kvmsearch.engines.whoosh.layout import FIELDS
from kvmsearch.engines.whoosh.reader.snapshot import open_snapshot
from kvmsearch.engines.whoosh.writer import columns, compound, dictionary, entries, postings
from kvmsearch.errors import KvmsearchError, StorageError
from kvmsearch.query.tree import Word
from tests.engines.made import NEXT, QUEUE, STABLE, asked, fill, real, titles, told_by_feed
from tests.engines.reader.built import ODD, build

COMMITS = (*real(30), *ODD[1:])
FEED = Path(__file__).parent.parent / "data" / "feeds" / "cgit-u-boot-next.atom"
STOCK = Path(__file__).parent / "writer" / "stock.py"

TIMES = int(os.environ.get("KVMSEARCH_DAMAGES", "3"))
"""Raise it to look for more."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index of several segments: one of a merge, with deleted and pruned commits."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    with closing(open_engine(str(folder), create=True)) as engine:
        for commit in COMMITS[:9]:
            fill(engine, [told_by_feed(commit)], QUEUE)
        fill(engine, COMMITS[5:], NEXT)
        with engine.transaction() as writing:
            writing.join(STABLE, [commit.id for commit in COMMITS[::2]])
            writing.leave(NEXT, [commit.id for commit in COMMITS[11:20]])
            writing.prune()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of that index."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


def files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of an index whose name is so."""
    found = sorted(folder.glob(pattern))
    assert found
    return found


# --- What others read of it ------------------------------------------------------------------


def test_whoosh_alone(folder: Path) -> None:
    """A process without kvmsearch finds the same commits by each term of each field."""
    command = [sys.executable, "-P", str(STOCK), str(folder), "[]"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=folder, env={})
    told = json.loads(done.stdout)
    leaves = open_snapshot(folder).leaves
    live = {leaf.base + n for leaf in leaves for n in range(leaf.count) if leaf.live >> n & 1}
    found = {
        (field, term): [
            leaf.base + n
            for leaf in leaves
            for n in leaf.documents(field, term)
            if leaf.base + n in live
        ]
        for field in FIELDS
        for term in {term for leaf in leaves for term in leaf.expand(field, "")}
    }
    theirs = {(field, term): [one[0] for one in some] for field, term, some, _ in told["postings"]}
    assert theirs == found
    assert told["columns"]["id"] == [leaf.names(range(leaf.count)) for leaf in leaves]
    assert told["count"] == len(live)
    assert told["deleted"]
    assert 1 < len(leaves) < 9
    ids = [name for names in told["columns"]["id"] for name in names]
    with closing(open_engine(str(folder), create=False)) as engine:
        for word in ("board", "config", "fix", "use"):
            answers = asked(engine, Word(word, "title"), group=False)
            assert {answer.commit.id for answer in answers.page} == {
                ids[document] for document in theirs["title", word]
            }


# --- What a stranger put into it -------------------------------------------------------------

READING = (
    ("search", "--all", "--explain", "fix", "board"),
    ("search", '"fix fix"', "conf*"),
    ("search", "--author", "author", "--branch", "kvm/next", "--sort", "newest", ""),
    ("show", COMMITS[0].id[:12]),
    ("related", COMMITS[0].id),
    ("missing", "--in", "kvm/next"),
    ("sources",),
)
ALL = (*READING, ("index", str(FEED)), ("prune",), ("reindex",))
"""Command lines that come to all parts of an index."""


class Evil:
    """Pickles as a call of os.system."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        """Name what is called when this is unpickled."""
        return os.system, (f"touch '{self.marker}'",)


def instead(evil: bytes) -> Callable[..., bytes]:
    """Return what writes nothing else, whatever it is asked to write."""
    return lambda *_: evil


def behind(evil: bytes) -> Callable[..., bytes]:
    """Return what writes it behind the first of what it is asked to write."""
    return lambda head, *_: head + evil


def itself(evil: bytes) -> bytes:
    """Return it as the writer's own constant."""
    return evil


PICKLES: dict[str, tuple[ModuleType, str, Callable[[bytes], object]]] = {
    "directory of a segment": (compound, "dumps", instead),
    "end of the dictionary": (dictionary, "dumps", instead),
    "postings in the dictionary": (entries, "entry", behind),
    "header of a block": (postings, "dumps", instead),
    "block": (postings, "_SHORT", itself),
    "inside of a block": (postings, "_sized", instead),
    "header of rows": (columns, "dumps", instead),
}
"""Who writes the pickles of an index, and what takes the place of that."""


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Return what is there once code of a stranger has run."""
    return tmp_path / "marker"


def complaints(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """Run all commands, each on an index of its own; yield what those say that fail."""
    for number, command in enumerate(ALL):
        copy = shutil.copytree(folder, folder.with_name(str(number)))
        code = main([command[0], "--index", str(copy), *command[1:]])
        said = capsys.readouterr().err
        if code == 2:
            yield said.replace(str(copy), "INDEX")


@pytest.mark.parametrize("place", PICKLES)
def test_no_pickle_runs(
    tmp_path: Path,
    marker: Path,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pickle that would run a program does not, whatever is asked; the file is named."""
    module, name, spoil = PICKLES[place]
    folder = tmp_path / "index"
    with monkeypatch.context() as patched:
        patched.setattr(module, name, spoil(pickle.dumps(Evil(marker), 2)))
        build(folder, [real(120), ODD[1:]], refs={NEXT: {0: 0b111, 1: 0b1}})
    said = list(complaints(folder, capsys))
    assert not marker.exists()
    assert said
    for line in said:
        assert re.fullmatch(r"fatal: INDEX/\S+\.seg: (holds '|the index is damaged).*\n", line)


def test_the_table_of_contents_is_not_read(
    folder: Path, marker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is there for Whoosh, as a pickle; kvmsearch takes its number from its name alone."""
    evil = pickle.dumps(Evil(marker))
    for path in files(folder, "*.toc"):
        path.write_bytes(evil)
    assert list(complaints(folder, capsys)) == []
    assert not marker.exists()
    pickle.loads(evil)  # noqa: S301 - to show that it would have
    assert marker.exists()


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - as json gives it
    """Yield each place in a JSON value: an array or an object, and an index or a key of it."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from places_in(value[key])


@pytest.mark.parametrize("odd", [None, {}, -1, 1 << 70, float("inf"), "x", "=00"])
def test_odd_manifest(folder: Path, odd: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever stands at whatever place of a manifest, a command ends well or says one line."""
    main(["index", "--index", str(folder), str(FEED)])
    (path,) = files(folder, "kvmsearch_*.json")
    text = path.read_text()
    for number, _ in enumerate(places_in(json.loads(text))):
        values = json.loads(text)
        parent, key = list(places_in(values))[number]
        parent[key] = odd
        path.write_text(json.dumps(values))
        for command in READING:
            capsys.readouterr()
            code = main([command[0], "--index", str(folder), *command[1:]])
            said = capsys.readouterr().err
            assert code != 2 or re.fullmatch(r"fatal: .+\n", said)


# --- What a disk did to it -------------------------------------------------------------------

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda data: data[: len(data) // 2],
    "no end": lambda data: data[:-64],
    "zeros": lambda data: bytes(len(data)),
    "noise": lambda data: random.Random(1).randbytes(len(data)),  # noqa: S311
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("pattern", ["kvmsearch_*.json", "*.seg", "*.deleted*"])
def test_damaged(
    folder: Path,
    pattern: str,
    damage: Callable[[bytes], bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that is cut short or overwritten is named, in one line."""
    for path in files(folder, pattern):
        path.write_bytes(damage(path.read_bytes()))
    said = list(complaints(folder, capsys))
    assert said
    for line in said:
        name = re.fullmatch(r"fatal: INDEX/(\S+): (damaged,|the index is damaged) .+\n", line)
        assert name
        assert fnmatch(name[1], pattern)


@pytest.mark.parametrize("pattern", ["kvmsearch_*.json", "*.seg", "*.deleted*"])
def test_missing(folder: Path, pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is gone is named, in one line, whatever is asked."""
    names = [path.name for path in files(folder, pattern)]
    for name in names:
        (folder / name).unlink()
    said = list(complaints(folder, capsys))
    assert len(said) == len(ALL)
    for line in said:
        assert re.fullmatch(r"fatal: INDEX: the index cannot be read \(.+\)\n", line)
        assert any(name in line for name in names)


def use(folder: Path) -> None:
    """Read all there is in an index, and write to it."""
    with kvmsearch.open(folder) as index:
        for query in ("fix board", '"device tree"', "conf*", "signed-off-by:a", "fixs~"):
            index.search(query, limit=100)
        for commit in list(index)[::7]:
            index.related(commit.id)
        index.missing("kvm/next")
        index.sources()
        index.add(COMMITS)
        index.prune()
        index.reindex()


def test_odd_bytes(folder: Path, tmp_path: Path) -> None:
    """Some odd bytes anywhere are reported, or do not matter; nothing else ever comes of them."""
    chance = random.Random(3)  # noqa: S311
    for number in range(10 * TIMES):
        copy = Path(shutil.copytree(folder, tmp_path / str(number)))
        path = chance.choice(files(copy, "*[!K]"))
        data = bytearray(path.read_bytes())
        at = chance.randrange(len(data))
        length = chance.choice((1, 1, 4, 64))
        data[at : at + length] = chance.randbytes(min(length, len(data) - at))
        path.write_bytes(data)
        with suppress(KvmsearchError):
            use(copy)
        shutil.rmtree(copy)


def test_folder_gone(folder: Path) -> None:
    """A folder that goes while it is open is reported, by readers and by writers."""
    with closing(open_engine(str(folder), create=False)) as engine:
        shutil.rmtree(folder)
        with pytest.raises(StorageError, match=str(folder)):
            titles(engine, "fix")
        with pytest.raises(StorageError, match=str(folder)):
            fill(engine, COMMITS)
