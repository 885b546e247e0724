"""Builds one segment: commits in, numbered from 0 in order, its compound file out."""

import tempfile
from array import array
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from whoosh.codec.whoosh3 import W3Codec, W3Segment

from kvmsearch.analysis import terms
from kvmsearch.commit import Commit, Person
from kvmsearch.engines.whoosh.digest import number_of
from kvmsearch.engines.whoosh.layout import (
    FIELDS,
    INDEX_NAME,
    NUMBERS,
    RANKED,
    record_of,
)
from kvmsearch.engines.whoosh.writer import columns, lookups
from kvmsearch.engines.whoosh.writer.compound import Compound
from kvmsearch.engines.whoosh.writer.dictionary import Dictionary
from kvmsearch.engines.whoosh.writer.documents import Notes, Texts
from kvmsearch.engines.whoosh.writer.entries import Entries, Gathered, noted
from kvmsearch.engines.whoosh.writer.postings import BlocksWriter
from kvmsearch.kept import Kept
from kvmsearch.relations import links, may_name_ids

FULL = 3_700_000
"""Words of messages that a segment takes: about 75,000 commits."""

MOST_WORDS = 1_000_000
"""Different ones that a segment takes: each is kept, and has some three terms."""

MOST_CHARACTERS = 100_000_000
"""Of messages that a segment takes: some four times those of usual ones, for giant words."""

_IN_MEMORY = 4 << 20
"""Bytes of a dictionary up to which it is put together in memory."""


class SegmentBuilder:
    """Takes commits and writes them as one segment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segment = W3Segment(W3Codec(), INDEX_NAME)
        self._compound = Compound(folder, self._segment.segment_id())
        self._rows = columns.CompressedRows(self._compound.write)
        self._last: Commit | None = None
        self._characters = 0
        self._ids: list[bytes] = []
        self._numbers = {name: array("q") for name in NUMBERS}
        self._keys = Kept(number_of)
        self._texts = Texts()
        self._notes = {name: Notes(made) for name, made in _TERMS.items()}

    @property
    def count(self) -> int:
        """How many commits there are so far."""
        return len(self._ids)

    @property
    def full(self) -> bool:
        """Whether it is time to finish this segment and begin another."""
        texts = self._texts
        return (
            len(texts.words) >= FULL
            or texts.distinct >= MOST_WORDS
            or self._characters >= MOST_CHARACTERS
        )

    def add(self, commit: Commit) -> int:
        """Add a commit; return its document number in the segment."""
        document = len(self._ids)
        self._ids.append(bytes.fromhex(commit.id))
        self._add_row(commit)
        self._add_numbers(commit)
        may_name = may_name_ids(commit.message)
        self._texts.post(commit.parts, may_name=may_name)
        self._characters += len(commit.message)
        self._add_notes(commit, document, may_name=may_name)
        return document

    def _add_row(self, following: Commit | None) -> None:
        """Add the row of the commit before this one; of the last one, if there is no more."""
        commit, self._last = self._last, following
        if commit:
            self._rows.add(record_of(commit, following.id if following else None))

    def _add_notes(self, commit: Commit, document: int, *, may_name: bool) -> None:
        notes = self._notes
        notes["author"].note(str(commit.author), document)
        if commit.committer:
            notes["committer"].note(str(commit.committer), document)
        if prefix := commit.subsystem:
            notes["subsystem"].note(prefix, document)
        for link in links(commit.message, may_name=may_name):
            notes["link"].note(link, document)

    def _add_numbers(self, commit: Commit) -> None:
        address = _address(commit.author)
        written = commit.authored.seconds
        committed = commit.committed or commit.authored
        numbers = self._numbers
        numbers["committer_date"].append(committed.seconds)
        numbers["author_date"].append(written)
        numbers["author_key"].append(self._keys[address])
        numbers["change_key"].append(number_of(f"{address}\0{written}\0{commit.change_title}"))

    def abandon(self) -> None:
        """Let go of the file of a segment that is not to be."""
        self._compound.abandon()

    def finish(self) -> W3Segment:
        """Write the segment's file and return what Whoosh knows of it."""
        self._add_row(None)
        index = self._rows.finish()
        self._compound.end(".commit.col")
        self._compound.add(".blocks", index)
        gathered = Gathered(self._texts)
        self._write_terms(gathered)
        self._write_columns(gathered)
        self._compound.finish()
        vars(self._segment)["_fieldlengths"] = {}  # as Whoosh's own writer of documents does
        self._segment.set_doc_count(self.count)
        self._segment.compound = True
        return self._segment

    def _write_columns(self, gathered: Gathered) -> None:
        numbers, add = self._numbers, self._compound.add
        add(".id.col", columns.short_bytes(self._ids))
        add(".ids", lookups.ids(self._ids))
        for name, values in numbers.items():
            add(f".{name}.col", columns.numbers(values))
        add("._stored.col", columns.nothing_stored(self.count))
        add(".texts", lookups.texts(gathered.prose, gathered.trailers))
        add(".series", lookups.series(numbers["author_key"], numbers["author_date"]))
        add(".changes", lookups.changes(numbers["change_key"]))

    def _write_terms(self, gathered: Gathered) -> None:
        """Write postings and dictionary, and the dense terms."""
        blocks = BlocksWriter(self._compound.write)
        dense = lookups.DenseTerms(self.count)
        fields: dict[str, Callable[[], Entries]] = {
            name: partial(noted, notes, blocks) for name, notes in self._notes.items()
        }
        fields[RANKED] = partial(gathered.messages, blocks, dense)
        fields["title"] = partial(gathered.titles, blocks)
        fields["trailer"] = partial(gathered.trailers_alone, blocks)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as file:
            dictionary = Dictionary(file)
            for number, name in enumerate(FIELDS):
                dictionary.add(number, fields[name]())
            dictionary.finish(FIELDS)
            self._compound.end(".pst")
            self._compound.copy(".trm", file)
        self._compound.add(".dense", dense.finish())


_TERMS: Mapping[str, Callable[[str], Iterable[str]]] = {
    "author": terms,
    "committer": terms,
    "subsystem": terms,
    "link": lambda link: (link,),
}
"""What is noted in each field to terms."""


def _address(person: Person) -> str:
    return (person.email or person.name).lower()
