"""Xapian, by its own bindings for Python."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.speed.asked import Query
from bench.speed.peers import Peer, Search, Shown
from bench.speed.text import Text

# Distributions have it, package registries do not, and nobody has its types.
xapian: Any = import_module("xapian")

_SNIPPET = 160
"""Characters."""


def _build(folder: Path, texts: Iterable[Text], _: int) -> None:
    _fill(xapian.WritableDatabase(str(folder), xapian.DB_CREATE | xapian.DB_NO_SYNC), texts)


def _add(folder: Path, texts: Iterable[Text]) -> None:
    _fill(xapian.WritableDatabase(str(folder), xapian.DB_OPEN), texts)


def _fill(database: Any, texts: Iterable[Text]) -> None:  # noqa: ANN401 - as above
    generator = xapian.TermGenerator()
    for text in texts:
        document = xapian.Document()
        generator.set_document(document)
        generator.set_termpos(0)
        generator.set_stemmer(xapian.Stem("english"))
        for part, weight in ((text.title, 3), (text.body, 1), (text.trailers, 1)):
            generator.index_text(part, weight)
            generator.increase_termpos()
        generator.set_stemmer(xapian.Stem("none"))
        generator.index_text(text.author, 1, "A")
        generator.index_text(text.committer, 1, "XC")
        stored = (text.id, text.author, text.committer, text.title, text.body, text.trailers)
        document.set_data("\0".join(stored))
        document.add_value(0, xapian.sortable_serialise(text.written))
        document.add_value(1, xapian.sortable_serialise(text.committed))
        document.add_boolean_term(f"Q{text.id}")
        database.add_document(document)
    database.commit()
    database.close()


@contextmanager
def _open(folder: Path) -> Iterator[Search]:
    database = xapian.Database(str(folder))
    stemmer = xapian.Stem("english")
    parser = xapian.QueryParser()
    parser.set_database(database)
    parser.set_stemmer(stemmer)
    parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)

    def search(query: Query, limit: int) -> list[Shown]:
        enquire = xapian.Enquire(database)
        enquire.set_query(
            parser.parse_query(_text(query), parser.FLAG_DEFAULT | parser.FLAG_WILDCARD)
        )
        found = enquire.get_mset(0, limit)
        return [_shown(found, hit.document, stemmer) for hit in found]

    yield search


def _shown(found: Any, document: Any, stemmer: Any) -> Shown:  # noqa: ANN401 - as above
    commit, _, _, title, body, _ = document.get_data().decode().split("\0")
    return commit, title, found.snippet(body, _SNIPPET, stemmer).decode()


def _text(query: Query) -> str:
    words = query.words
    return {
        "all": " AND ".join(words),
        "prefix": f"{words[0]}*",
        "phrase": f'"{" ".join(words)}"',
        "not": f"({' AND '.join(words[:-1])}) NOT {words[-1]}",
    }.get(query.kind, " ".join(words))


PEER = Peer("Xapian", _build, _add, _open)
