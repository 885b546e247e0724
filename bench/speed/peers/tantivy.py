"""tantivy, the library behind Quickwit, by its Python package."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from bench.speed.asked import Query
from bench.speed.peers import Peer, Search, Shown
from bench.speed.text import Text

_HEAP = 128 << 20
"""Bytes that it may use to write; the least that it takes for a thread is 15 MB."""

_FIELDS = ("title", "body", "trailers")
_WEIGHTS = {"title": 3.0, "body": 1.0, "trailers": 0.5}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in _FIELDS:
        builder.add_text_field(name, stored=True, tokenizer_name="en_stem")
    for name in ("author", "committer"):
        builder.add_text_field(name, stored=True)
    for name in ("written", "committed"):
        builder.add_integer_field(name, stored=True, fast=True)
    return builder.build()


def _build(folder: Path, texts: Iterable[Text], threads: int) -> None:
    _fill(tantivy.Index(_schema(), path=str(folder)).writer(_HEAP, threads), texts)


def _add(folder: Path, texts: Iterable[Text]) -> None:
    _fill(tantivy.Index.open(str(folder)).writer(_HEAP, 1), texts)


def _fill(writer: Any, texts: Iterable[Text]) -> None:  # noqa: ANN401 - the package names no type
    for text in texts:
        columns = text._asdict()
        del columns["parents"]
        writer.add_document(tantivy.Document(**columns))
    writer.commit()
    writer.wait_merging_threads()


@contextmanager
def _open(folder: Path) -> Iterator[Search]:
    index = tantivy.Index.open(str(folder))
    searcher = index.searcher()

    def search(query: Query, limit: int) -> list[Shown]:
        parsed = _parsed(index, query)
        snippets = tantivy.SnippetGenerator.create(searcher, parsed, index.schema, "body")
        found = (searcher.doc(address) for _, address in searcher.search(parsed, limit).hits)
        return [
            (doc["id"][0], doc["title"][0], snippets.snippet_from_doc(doc).to_html())
            for doc in found
        ]

    yield search


def _parsed(index: tantivy.Index, query: Query) -> tantivy.Query:
    words = [f'"{word}"' for word in query.words]
    text = {
        "all": " AND ".join(words),
        "phrase": f'"{" ".join(query.words)}"',
        "not": f"{' '.join(f'+{word}' for word in words[:-1])} -{words[-1]}",
    }.get(query.kind, " ".join(words))
    if query.kind != "prefix":
        return index.parse_query(text, list(_FIELDS), _WEIGHTS)
    pattern = f"{query.words[0]}.*"
    either = [tantivy.Query.regex_query(index.schema, name, pattern) for name in _FIELDS]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in either])


PEER = Peer("tantivy", _build, _add, _open)
