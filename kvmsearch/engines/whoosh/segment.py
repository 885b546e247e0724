"""Commits to one Whoosh segment, by the classes of Whoosh's own codec.

Postings are gathered as one array of (document, position) codes a term, so that a term
costs eight bytes an occurrence until the segment is written.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from whoosh.codec.whoosh3 import W3Codec, W3Segment
from whoosh.filedb.filestore import Storage
from whoosh.formats import Positions
from whoosh.util.numeric import byte_to_length, length_to_byte

from kvmsearch.analysis import terms_at
from kvmsearch.commit import Commit, Person
from kvmsearch.engines.whoosh.schema import SCHEMA, TEXT_FIELDS, number_of, stored
from kvmsearch.message import Trailer

INDEX_NAME = "MAIN"

FULL = 4_000_000
"""Occurrences of terms that a segment takes while it is built: about 60,000 commits."""

TRAILER_GAP = 8
"""Positions between one trailer and the next, so that no phrase runs over both."""

_POSITION_BITS = 32
_POSITION_MASK = (1 << _POSITION_BITS) - 1

Terms = Iterable[tuple[str, int]]


class SegmentBuilder:
    """Takes commits, numbered from 0 in order, and writes them as one segment."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._segment = W3Segment(W3Codec(), INDEX_NAME)
        self._documents = W3Codec().per_document_writer(storage, self._segment)
        self._postings: dict[str, dict[str, array[int]]] = {
            name: defaultdict(lambda: array("Q"))
            for name in ("id", "author", "committer", *TEXT_FIELDS)
        }
        self._lengths: dict[str, array[int]] = {name: array("I") for name in TEXT_FIELDS}
        self._occurrences = 0
        self.count = 0

    @property
    def full(self) -> bool:
        """Whether it is time to finish this segment and begin another."""
        return self._occurrences >= FULL

    def add(self, commit: Commit) -> int:
        """Add a commit; return its document number in the segment."""
        document = self.count
        self._documents.start_doc(document)
        for name, (terms, length) in _indexed(commit).items():
            self._post(name, document, terms)
            if name in TEXT_FIELDS:
                self._lengths[name].append(length)
                self._documents.add_field(name, SCHEMA[name], None, length)
        for name, value in stored(commit).items():
            self._documents.add_field(name, SCHEMA[name], value, 0)
        for name, number in _columns(commit).items():
            self._documents.add_column_value(name, SCHEMA[name].column_type, number)
        self._documents.finish_doc()
        self.count += 1
        return document

    def _post(self, name: str, document: int, terms: Terms) -> None:
        postings = self._postings[name]
        base = document << _POSITION_BITS
        for term, position in terms:
            postings[term].append(base | position)
            self._occurrences += 1

    def finish(self) -> W3Segment:
        """Write the segment's files, as one compound file, and return it."""
        self._documents.close()
        fields = W3Codec().field_writer(self._storage, self._segment)
        for name in sorted(self._postings):
            fields.start_field(name, SCHEMA[name])
            lengths = self._lengths.get(name)
            for term in sorted(self._postings[name]):
                fields.start_term(term.encode())
                for document, positions in _by_document(self._postings[name][term]):
                    value = _encoded(positions) if name != "id" else b""
                    length = lengths[document] if lengths else 1
                    fields.add(document, float(len(positions)), value, length)
                fields.finish_term()
            fields.finish_field()
        fields.close()
        self._segment.set_doc_count(self.count)
        self._segment.create_compound_file(self._storage)
        self._segment.compound = True
        return self._segment

    def abandon(self) -> None:
        """Let go of the files of a segment that is not to be."""
        self._documents.close()

    def statistics(self) -> dict[str, list[int]]:
        """Return, by ranked field, how many commits have it and how many parts it holds in all."""
        return {
            name: [sum(1 for length in lengths if length), sum(map(kept_length, lengths))]
            for name, lengths in self._lengths.items()
        }


def kept_length(length: int) -> int:
    """Return a field's length as Whoosh keeps it: in one byte, rounded."""
    kept: int = byte_to_length(length_to_byte(length))
    return kept


def _indexed(commit: Commit) -> dict[str, tuple[Terms, int]]:
    """Return the terms of each indexed field, and its length in parts."""
    return {
        "id": ([(commit.id, 0)], 1),
        "title": terms_at(commit.title),
        "body": terms_at(commit.parts.prose),
        "trailer": _trailer_terms(commit.trailers),
        "author": terms_at(str(commit.author)),
        "committer": terms_at(str(commit.committer or "")),
    }


def _trailer_terms(trailers: tuple[Trailer, ...]) -> tuple[Terms, int]:
    terms: list[tuple[str, int]] = []
    position = length = 0
    for trailer in trailers:
        key = trailer.key.lower()
        found, end = terms_at(trailer.value, position)
        terms.append((f":{key}", position))
        terms += [(f"{term}:{key}", at) for term, at in found]
        length += end - position
        position = end + TRAILER_GAP
    return terms, length


def _columns(commit: Commit) -> dict[str, int]:
    address = _address(commit.author)
    written = int(commit.author_date.timestamp())
    return {
        "committer_date": int(commit.date.timestamp()),
        "author_date": written,
        "author_key": number_of(address),
        "change_key": number_of(f"{address}\0{written}\0{commit.change_title}"),
    }


def _address(person: Person) -> str:
    return (person.email or person.name).lower()


def _by_document(codes: "array[int]") -> Iterator[tuple[int, list[int]]]:
    # Codes of a term come in order of documents and, within a part of the text, of positions.
    for document, group in groupby(codes, key=lambda code: code >> _POSITION_BITS):
        yield document, sorted(code & _POSITION_MASK for code in group)


def _encoded(positions: list[int]) -> bytes:
    if len(positions) == 1 and positions[0] < len(_SINGLE):
        return _SINGLE[positions[0]]
    encoded: bytes = Positions().encode(positions)
    return encoded


_SINGLE: list[bytes] = [Positions().encode([position]) for position in range(256)]
"""Most postings are one occurrence early in a message."""
