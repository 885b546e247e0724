"""Other engines on the same commits, each as well set up as we know.

All get the title twice, and a question without stop words: each answers better so. An
engine that is not installed is left out.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.quality.measures import Answer
from bench.quality.questions import words
from kvmsearch import Commit
from kvmsearch.analysis import STOP_WORDS

Ask = Callable[[str, int], list[Answer]]
"""From a question and a limit to the best answers."""

_HEAP = 200_000_000
"""Bytes that tantivy may use to write."""


@dataclass(frozen=True, slots=True)
class Peer:
    """How an engine is filled, in a new folder, and opened."""

    name: str
    library: str
    build: Callable[[Path, Iterable[Commit]], None]
    open: Callable[[Path], Ask]

    @property
    def installed(self) -> bool:
        """Whether it can be had here."""
        return find_spec(self.library) is not None


def asked(text: str) -> list[str]:
    """Return the words of a question for a peer."""
    split = list(dict.fromkeys(words(text.replace("_", " "))))
    return [word for word in split if word not in STOP_WORDS] or split


def _text(commit: Commit) -> str:
    return f"{commit.title}\n{commit.message}"


def _build_fts5(folder: Path, commits: Iterable[Commit]) -> None:
    database = sqlite3.connect(folder / "fts5.db")
    database.execute(
        "CREATE VIRTUAL TABLE commits USING fts5(id UNINDEXED, text, tokenize='porter unicode61')"
    )
    rows = ((commit.id, _text(commit)) for commit in commits)
    database.executemany("INSERT INTO commits VALUES (?, ?)", rows)
    database.commit()
    database.close()


def _open_fts5(folder: Path) -> Ask:
    def ask(text: str, limit: int) -> list[Answer]:
        match = " OR ".join(f'"{word}"' for word in asked(text))
        # Opened anew for each question: it takes no time beside an answer, and nobody has to close.
        with closing(sqlite3.connect(folder / "fts5.db")) as database:
            found = database.execute(
                "SELECT id FROM commits WHERE commits MATCH ? ORDER BY rank LIMIT ?", (match, limit)
            )
            return [frozenset(row) for row in found]

    return ask


def _build_tantivy(folder: Path, commits: Iterable[Commit]) -> None:
    tantivy: Any = import_module("tantivy")
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("id", stored=True, tokenizer_name="raw")
    schema.add_text_field("text", tokenizer_name="en_stem")
    writer = tantivy.Index(schema.build(), path=str(folder)).writer(_HEAP, 1)
    for commit in commits:
        writer.add_document(tantivy.Document(id=commit.id, text=_text(commit)))
    writer.commit()
    writer.wait_merging_threads()


def _open_tantivy(folder: Path) -> Ask:
    tantivy: Any = import_module("tantivy")
    index = tantivy.Index.open(str(folder))
    searcher = index.searcher()

    def ask(text: str, limit: int) -> list[Answer]:
        query = index.parse_query(" ".join(f'"{word}"' for word in asked(text)), ["text"])
        hits = searcher.search(query, limit).hits
        return [frozenset([searcher.doc(address)["id"][0]]) for _, address in hits]

    return ask


def _build_xapian(folder: Path, commits: Iterable[Commit]) -> None:
    xapian: Any = import_module("xapian")
    database = xapian.WritableDatabase(str(folder), xapian.DB_CREATE)
    generator = xapian.TermGenerator()
    generator.set_stemmer(xapian.Stem("english"))
    for commit in commits:
        document = xapian.Document()
        document.set_data(commit.id)
        generator.set_document(document)
        generator.index_text(_text(commit))
        database.add_document(document)
    database.close()


def _open_xapian(folder: Path) -> Ask:
    xapian: Any = import_module("xapian")
    database = xapian.Database(str(folder))
    parser = xapian.QueryParser()
    parser.set_stemmer(xapian.Stem("english"))
    parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)

    def ask(text: str, limit: int) -> list[Answer]:
        # Xapian keeps a word with `_` whole in what it indexes, so it does in what it is asked.
        kept = [word for word in words(text) if word not in STOP_WORDS] or words(text)
        enquire = xapian.Enquire(database)
        enquire.set_weighting_scheme(xapian.BM25Weight(2, 0, 1, 0.6, 0.5))
        enquire.set_query(parser.parse_query(" ".join(dict.fromkeys(kept))))
        return [
            frozenset([match.document.get_data().decode()]) for match in enquire.get_mset(0, limit)
        ]

    return ask


PEERS = (
    Peer("SQLite FTS5", "sqlite3", _build_fts5, _open_fts5),
    Peer("tantivy", "tantivy", _build_tantivy, _open_tantivy),
    Peer("Xapian", "xapian", _build_xapian, _open_xapian),
)
