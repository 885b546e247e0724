"""Builds one segment: commits in, numbered from 0 in order, its compound file out."""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from whoosh.codec.whoosh3 import W3Codec, W3Segment

from kvmsearch.commit import Commit, Person
from kvmsearch.engines.whoosh.layout import (
    DENSE_FROM,
    DENSE_SHARE,
    FIELDS,
    INDEX_NAME,
    NUMBERS,
    POSITIONAL,
    RANKED,
    number_of,
    record_of,
)
from kvmsearch.engines.whoosh.writer import columns, lookups
from kvmsearch.engines.whoosh.writer.compound import Compound
from kvmsearch.engines.whoosh.writer.dictionary import Dictionary
from kvmsearch.engines.whoosh.writer.documents import (
    Notes,
    Terms,
    Trailers,
    Words,
    term_of,
)
from kvmsearch.engines.whoosh.writer.postings import POSITION_BITS, PostingsWriter
from kvmsearch.engines.whoosh.writer.weights import Weights
from kvmsearch.relations import links

FULL = 3_000_000
"""Occurrences of words that a segment takes: about 45,000 commits, for which a process needs
some 220 MB until they are written."""

_IN_MEMORY = 4 << 20
"""Bytes of a dictionary up to which it is put together in memory."""

Entries = tuple[list[bytes], list[bytes]]
"""Terms in order, and their values in the dictionary."""


class SegmentBuilder:
    """Takes commits and writes them as one segment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segment = W3Segment(W3Codec(), INDEX_NAME)
        self._compound = Compound(folder, self._segment.segment_id())
        self._rows = columns.CompressedRows(self._compound.write)
        self._ids: list[bytes] = []
        self._numbers = {name: array("q") for name in NUMBERS}
        self._title, self._body, self._trailers = Words(), Words(), Trailers()
        self._notes = {name: Notes() for name in ("author", "committer", "subsystem")}
        self._links = Terms()
        self._lengths = [array("I") for _ in POSITIONAL]
        self._occurrences = 0

    @property
    def count(self) -> int:
        """How many commits there are so far."""
        return len(self._ids)

    @property
    def full(self) -> bool:
        """Whether it is time to finish this segment and begin another."""
        return self._occurrences >= FULL

    def add(self, commit: Commit) -> int:
        """Add a commit; return its document number in the segment."""
        document = len(self._ids)
        self._ids.append(bytes.fromhex(commit.id))
        self._rows.add(record_of(commit))
        self._add_numbers(commit)
        self._add_text(commit, document << POSITION_BITS)
        self._notes["author"][str(commit.author)].append(document)
        if commit.committer:
            self._notes["committer"][str(commit.committer)].append(document)
        if prefix := commit.subsystem:
            self._notes["subsystem"][prefix].append(document)
        for link in links(commit.message):
            self._links.post((link,), document)
        return document

    def _add_numbers(self, commit: Commit) -> None:
        address, title = _address(commit.author), commit.change_title
        written = int(commit.author_date.timestamp())
        numbers = self._numbers
        numbers["committer_date"].append(int(commit.date.timestamp()))
        numbers["author_date"].append(written)
        numbers["author_key"].append(number_of(address))
        numbers["change_key"].append(number_of(f"{address}\0{written}\0{title}"))

    def _add_text(self, commit: Commit, base: int) -> None:
        parts = commit.parts
        lengths = (
            self._title.post(parts.title, base),
            self._body.post(parts.prose, base),
            self._trailers.post(parts.trailers, base),
        )
        for known, length in zip(self._lengths, lengths, strict=True):
            known.append(length)
        self._occurrences += sum(lengths)

    def abandon(self) -> None:
        """Let go of the file of a segment that is not to be."""
        self._compound.abandon()

    def finish(self) -> W3Segment:
        """Write the segment's file and return what Whoosh knows of it."""
        index = self._rows.finish()
        self._compound.end(".commit.col")
        self._compound.add(".blocks", index)
        self._write_terms()
        self._write_columns()
        self._compound.finish()
        vars(self._segment)["_fieldlengths"] = {}  # as Whoosh's own writer of documents does
        self._segment.set_doc_count(self.count)
        self._segment.compound = True
        return self._segment

    def _write_columns(self) -> None:
        numbers, add = self._numbers, self._compound.add
        add(".id.col", columns.short_bytes(self._ids))
        add(".ids", lookups.ids(self._ids))
        for name, values in numbers.items():
            add(f".{name}.col", columns.numbers(values))
        add("._stored.col", columns.nothing_stored(self.count))
        add(".series", lookups.series(numbers["author_key"], numbers["author_date"]))
        add(".changes", lookups.changes(numbers["change_key"]))

    def _write_terms(self) -> None:
        """Write postings and dictionary, and the dense terms."""
        postings = PostingsWriter(self._compound.write)
        self._trailers.cut()
        dense = lookups.DenseTerms(self.count)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as file:
            dictionary = Dictionary(file)
            text = self._text_entries(postings, dense)
            for number, name in enumerate(FIELDS):
                entries = text if name == RANKED else self._entries(name, postings)
                dictionary.add(number, *entries)
            dictionary.finish(FIELDS)
            self._compound.end(".pst")
            self._compound.copy(".trm", file)
        self._compound.add(".dense", dense.finish())

    def _text_entries(self, postings: PostingsWriter, dense: lookups.DenseTerms) -> Entries:
        gathered = [_ByTerm(self._title.terms), _ByTerm(self._body.terms)]
        trailer = self._trailers.words
        weights = Weights(self._lengths)
        least = self.count // DENSE_SHARE if self.count >= DENSE_FROM else self.count
        terms = sorted(set(trailer).union(*gathered))
        values = []
        title, body = (entries.documents for entries in gathered)
        for term in terms:
            documents, codes = weights.coded(title(term), body(term), trailer.get(term))
            values.append(postings.coded(documents, codes))
            if len(documents) > least:
                dense.add(term, documents, codes)
        return [term.encode() for term in terms], values

    def _entries(self, name: str, postings: PostingsWriter) -> Entries:
        """Return the entries of a field other than `text`, and let go of its postings."""
        if name in POSITIONAL:
            return self._positioned(name, postings)
        terms, values = [], []
        for term, documents in self._bare(name):
            terms.append(term.encode())
            values.append(postings.bare(documents))
        return terms, values

    def _positioned(self, name: str, postings: PostingsWriter) -> Entries:
        gathered = {
            "title": self._title.terms,
            "body": self._body.terms,
            "trailer": self._trailers.terms,
        }[name]
        entries = sorted(gathered)
        values = [postings.positioned(gathered.pop(entry)) for entry in entries]
        return [entry.encode() for entry in entries], values

    def _bare(self, name: str) -> Iterator[tuple[str, list[int]]]:
        if name != "link":
            return self._notes[name].terms()
        return ((term, sorted(set(self._links.get(term)))) for term in sorted(self._links))


class _ByTerm:
    """The documents of the terms of a field with positions, whatever the width of each."""

    def __init__(self, entries: Terms) -> None:
        self._entries = entries
        self._wholes: dict[str, list[str]] = {}
        for entry in entries:
            if "/" in entry:
                self._wholes.setdefault(term_of(entry), []).append(entry)

    def __iter__(self) -> Iterator[str]:
        yield from self._wholes
        yield from (entry for entry in self._entries if "/" not in entry)

    def documents(self, term: str) -> Sequence[int]:
        """Return the documents that have a term, in order, once for each time."""
        postings = self._entries.get(term)
        wholes = self._wholes.get(term)
        if wholes is None:
            return [posting >> POSITION_BITS for posting in postings]
        several = [postings, *map(self._entries.get, wholes)]
        return sorted([posting >> POSITION_BITS for some in several for posting in some])


def _address(person: Person) -> str:
    return (person.email or person.name).lower()
