"""The folder where the indexes of one state of a repository are made, once."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import rmtree

import kvmsearch
from bench.quality import corpus
from bench.quality.peers import PEERS, Peer
from kvmsearch import Index, KvmsearchError, SourceSpec
from kvmsearch.errors import OutdatedError

INDEX = "kvmsearch"
CORPUS = "corpus"
CORPUS_FILE = f"{CORPUS}/commits.db"

Say = Callable[[str], None]


def prepared(repository: Path, work: Path, say: Say) -> Path:
    """Index a repository's HEAD without merges with the product and its peers; return where.

    What is there already is kept. Any other tip has a folder of its own.

    Raises:
        KvmsearchError: the repository cannot be read, or is already followed as another.
    """
    folder = work / _tip(repository)[:12]
    with kvmsearch.open(folder / INDEX, create=True) as index:
        _ingest(index, repository, say)
        _made(folder / CORPUS, say, lambda new: corpus.build(new / "commits.db", index))
        for peer in installed():
            _made(folder / peer.name, say, partial(_fill, peer, index))
    return folder


def _fill(peer: Peer, index: Index, new: Path) -> None:
    peer.build(new, index)


def installed() -> list[Peer]:
    """Return the peers that can be had here."""
    return [peer for peer in PEERS if peer.installed]


def _tip(repository: Path) -> str:
    command = ["git", "-C", str(repository), "rev-parse", "--verify", "HEAD"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise KvmsearchError("git is missing: install the package git") from error
    except subprocess.CalledProcessError as error:
        raise KvmsearchError(f"{repository}: {error.stderr.strip()}") from error
    return ran.stdout.strip()


def _ingest(index: Index, repository: Path, say: Say) -> None:
    if not index.sources():
        index.register(SourceSpec("corpus", str(repository.resolve()), merges=False))
    say("kvmsearch: reading the history, unless it was")
    for outcome in index.update():
        if outcome.error:
            raise KvmsearchError(outcome.error)
    try:
        index.search("any")
    except OutdatedError:
        say("kvmsearch: made by another analysis, indexing anew")
        index.reindex()


def _made(folder: Path, say: Say, build: Callable[[Path], None]) -> None:
    """Make a folder whole or not at all."""
    if folder.exists():
        return
    say(f"{folder.name}: indexing")
    new = folder.with_name(f"{folder.name}.new")
    rmtree(new, ignore_errors=True)
    new.mkdir()
    build(new)
    new.rename(folder)
