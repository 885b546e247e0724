"""What the history itself says of its commits, kept beside the indexes."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bench.quality.questions import words
from bench.quality.series import series
from kvmsearch import Commit


def build(path: Path, commits: Iterable[Commit]) -> None:
    """Write the ids, authors and dates of all commits, and how many commits have each word."""
    frequency: Counter[str] = Counter()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE commits (id TEXT PRIMARY KEY, author TEXT, date INTEGER)")
    database.execute("CREATE TABLE words (word TEXT PRIMARY KEY, commits INTEGER)")
    for commit in commits:
        frequency.update(set(words(commit.message)))
        row = (commit.id, commit.author.email.lower(), int(commit.author_date.timestamp()))
        database.execute("INSERT INTO commits VALUES (?, ?, ?)", row)
    database.executemany("INSERT INTO words VALUES (?, ?)", frequency.items())
    database.commit()
    database.close()


class Corpus:
    """The facts of one corpus, as `build` wrote them into a database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.frequency = lru_cache(maxsize=None)(self._frequency)
        """How many commits have a word, given in lower case."""

    def ids(self) -> frozenset[str]:
        """Return the ids of all commits."""
        return frozenset(name for (name,) in self._database.execute("SELECT id FROM commits"))

    def _frequency(self, word: str) -> int:
        row = self._database.execute("SELECT commits FROM words WHERE word = ?", (word,)).fetchone()
        return row[0] if row else 0

    def series_of(self, commit: str | None) -> frozenset[str]:
        """Return the ids of a commit and of all others of its series; of none, nothing."""
        rows = self._database.execute(
            "SELECT author, date, id FROM commits "
            "WHERE author = (SELECT author FROM commits WHERE id = ?)",
            (commit,),
        )
        found: list[list[str]] = [chain for chain in series(rows) if commit in chain]
        return frozenset(found[0] if found else [commit] if commit else [])
