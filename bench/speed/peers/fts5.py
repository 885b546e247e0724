"""SQLite's FTS5."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.speed.asked import Query
from bench.speed.peers import Peer, Search, Shown
from bench.speed.text import Text

_FILE = "commits.db"
_TABLE = (
    "CREATE VIRTUAL TABLE commits USING fts5(id UNINDEXED, written UNINDEXED, "
    "committed UNINDEXED, title, body, trailers, author, committer, tokenize='porter unicode61')"
)
_INSERT = "INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
# To name the rank so lets FTS5 sort before it makes any snippet.
_SELECT = (
    "SELECT id, highlight(commits, 3, '[', ']'), snippet(commits, 4, '[', ']', '...', 24) "
    "FROM commits WHERE commits MATCH ? AND rank MATCH 'bm25(0, 0, 0, 3.0, 1.0, 0.5, 0, 0)' "
    "ORDER BY rank LIMIT ?"
)


def _build(folder: Path, texts: Iterable[Text], _: int) -> None:
    database = sqlite3.connect(folder / _FILE)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(_TABLE)
    with database:
        database.executemany(_INSERT, map(_row, texts))
    database.execute("INSERT INTO commits (commits) VALUES ('optimize')")
    database.commit()
    database.close()


def _row(text: Text) -> tuple[str | int, ...]:
    dates = text.written, text.committed
    return text.id, *dates, text.title, text.body, text.trailers, text.author, text.committer


def _add(folder: Path, texts: Iterable[Text]) -> None:
    database = sqlite3.connect(folder / _FILE)
    with database:
        database.executemany(_INSERT, map(_row, texts))
    database.close()


@contextmanager
def _open(folder: Path) -> Iterator[Search]:
    with closing(sqlite3.connect(folder / _FILE)) as database:
        database.execute("PRAGMA mmap_size=8000000000")
        database.execute("PRAGMA cache_size=-200000")

        def search(query: Query, limit: int) -> list[Shown]:
            match = f"{{title body trailers}} : ({_match(query)})"
            return database.execute(_SELECT, (match, limit)).fetchall()

        yield search


def _match(query: Query) -> str:
    words = [f'"{word}"' for word in query.words]
    match query.kind:
        case "prefix":
            return f"{words[0]} *"
        case "phrase":
            return f'"{" ".join(query.words)}"'
        case "not":
            return f"({' AND '.join(words[:-1])}) NOT {words[-1]}"
        case "all":
            return " AND ".join(words)
        case _:
            return " OR ".join(words)


PEER = Peer("SQLite FTS5", _build, _add, _open)
