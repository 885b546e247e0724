"""Units looked up in one segment: which documents have them, and how much they weigh there.

Both kinds of `Found` answer alike. A rare unit is its list of documents; a common one is a
bitset and a lane of codes, so that what is asked of it costs the same however many have it.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from kvmsearch.engines.whoosh.layout import RANKED
from kvmsearch.engines.whoosh.ranker.bits import bits_of, have_members, members
from kvmsearch.engines.whoosh.ranker.terms import Unit, expanded
from kvmsearch.engines.whoosh.ranker.texts import PROSE, TITLE, TRAILER, Texts

if TYPE_CHECKING:
    from kvmsearch.engines.whoosh.ranker.protocol import Leaf

Place = tuple[int, int]
"""The number of a segment in the snapshot, and of a document in it."""

Scored = tuple[float, Place]
"""An own score, and a document that has it."""


_TERMS_KEPT = 16
"""Terms of a segment that are kept from one question to the next, the last ones."""


class Found(Protocol):
    """A unit in a segment."""

    @property
    def bits(self) -> int:
        """The documents that have it."""

    def codes_in(self, documents: Sequence[int]) -> Iterable[int]:
        """Return its code in each of the documents, 0 where it is not there."""

    def raise_bounds(self, bounds: int, table: bytes) -> int:
        """Return lanes with the table's number for its code added to each document's."""


class Rare:
    """A unit that few documents of a segment have."""

    def __init__(self, bits: int, documents: Sequence[int], codes: bytes, count: int) -> None:
        self._bits = bits
        self._documents = documents
        self._codes = codes
        self._count = count

    @property
    def bits(self) -> int:
        """The documents that have it."""
        have_members(self._bits, self._documents)
        return self._bits

    @cached_property
    def _code(self) -> dict[int, int]:
        return dict(zip(self._documents, self._codes, strict=True))

    def codes_in(self, documents: Sequence[int]) -> Iterable[int]:
        """Return its code in each of the documents, 0 where it is not there."""
        if documents is self._documents:
            return self._codes
        code = self._code.get
        return [code(document, 0) for document in documents]

    def raise_bounds(self, bounds: int, table: bytes) -> int:
        """Return lanes with the table's number for its code added to each document's."""
        lanes = bytearray(self._count)
        for document, addition in zip(self._documents, self._codes.translate(table), strict=True):
            lanes[document] = addition
        return bounds + int.from_bytes(lanes, "little")


class Common:
    """A unit that many documents of a segment have."""

    def __init__(self, bits: int, weights: bytes) -> None:
        self.bits = bits
        self.weights = weights

    def codes_in(self, documents: Sequence[int]) -> Iterable[int]:
        """Return its code in each of the documents, 0 where it is not there."""
        if len(documents) < 2:
            return [self.weights[document] for document in documents]
        codes: tuple[int, ...] = itemgetter(*documents)(self.weights)
        return codes

    def raise_bounds(self, bounds: int, table: bytes) -> int:
        """Return lanes with the table's number for its code added to each document's."""
        return bounds + int.from_bytes(self.weights.translate(table), "little")


class Reading:
    """One segment as one question reads it; what was looked up is kept until it is answered."""

    def __init__(self, leaf: "Leaf") -> None:
        self.leaf = leaf
        self._found: dict[Unit, Found] = {}
        self._in_text: dict[tuple[str, Unit], int] = {}

    def found(self, unit: Unit) -> Found:
        """Return where a unit is, in any of the ranked fields."""
        if unit not in self._found:
            self._found[unit] = self._look_up(unit)
        return self._found[unit]

    def _look_up(self, unit: Unit) -> Found:
        if unit.kind == "term":
            return self._term(unit.text)
        codes: dict[int, int] = {}
        for term in expanded(self.leaf, RANKED, unit):
            found = dict(zip(*self.leaf.postings(term), strict=True))
            for document in codes.keys() & found.keys():
                found[document] = max(found[document], codes[document])
            codes.update(found)
        bits = bits_of(codes, self.leaf.count)
        documents = members(bits)
        of_documents = bytes(map(codes.__getitem__, documents))
        return Rare(bits, documents, of_documents, self.leaf.count)

    def _term(self, term: str) -> Found:
        """Return where a term is; who changes a word of a question asks for the others again."""
        kept = self.leaf.kept
        found = kept.pop(term, None) or self._read(term)
        if len(kept) == _TERMS_KEPT:
            del kept[next(iter(kept))]
        kept[term] = found
        return found

    def _read(self, term: str) -> Found:
        dense = self.leaf.dense(term)
        if dense is not None:
            return Common(dense.bits, dense.weights)
        documents, codes = self.leaf.postings(term)
        bits = bits_of(documents, self.leaf.count)
        return Rare(bits, documents, codes, self.leaf.count)

    def bits(self, unit: Unit, text: str | None = None) -> int:
        """Return the documents with a unit in one of the texts of a message, or in any."""
        if text is None:
            return self.found(unit).bits
        key = text, unit
        if key not in self._in_text:
            self._in_text[key] = (
                self._in_prose(unit)
                if text == PROSE
                else self.having(text, expanded(self.leaf, text, unit))
            )
        return self._in_text[key]

    def _in_prose(self, unit: Unit) -> int:
        """Return the documents with a unit in their prose, for which there is no field."""
        anywhere = self.found(unit).bits
        elsewhere = anywhere & (self.bits(unit, TITLE) | self.bits(unit, TRAILER))
        if not elsewhere:
            return anywhere
        wanted = members(elsewhere)
        texts = Texts(self.leaf)
        found = {
            document
            for term in expanded(self.leaf, RANKED, unit)
            for stands in self.leaf.standing(term, wanted).values()
            for document, bits in zip(wanted, stands, strict=True)
            if texts.within(PROSE, document, bits)
        }
        return anywhere & ~elsewhere | bits_of(found, self.leaf.count)

    def having(self, field: str, entries: Iterable[str]) -> int:
        """Return the documents that have any of the entries of a field's dictionary."""
        found = (self.leaf.documents(field, entry) for entry in entries)
        return bits_of((document for documents in found for document in documents), self.leaf.count)

    def frequency(self, unit: Unit) -> int:
        """Return how many live documents have a unit."""
        if unit.kind == "term" and not self.leaf.deleted:
            return self.leaf.frequency(RANKED, unit.text)
        return (self.found(unit).bits & self.leaf.live).bit_count()
