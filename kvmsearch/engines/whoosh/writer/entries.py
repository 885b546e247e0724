"""What was gathered of documents to the entries of the dictionary, field by field."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvmsearch.asides import WHOLE
from kvmsearch.engines.whoosh.layout import TEXT_GAP, TEXTS
from kvmsearch.engines.whoosh.writer.documents import Notes, Texts
from kvmsearch.engines.whoosh.writer.lookups import DenseTerms
from kvmsearch.engines.whoosh.writer.occurrences import (
    AT_ONCE,
    Keys,
    Numbers,
    Ranked,
    parts_of,
    places_of,
)
from kvmsearch.engines.whoosh.writer.postings import (
    BARE_INLINE,
    COLUMNS_FROM,
    INLINE,
    BlocksWriter,
    Gaps,
    bare_entry,
    entry,
    positioned,
    statistics,
)
from kvmsearch.engines.whoosh.writer.values import Values, encoded, pickled
from kvmsearch.engines.whoosh.writer.weights import Weights

_TITLE, _TRAILERS = TEXTS.index("title"), TEXTS.index("trailer")

Entries = Iterator[tuple[str, bytes]]
"""Terms in order, and their values in the dictionary."""


def noted(notes: Notes, blocks: BlocksWriter) -> Entries:
    """Yield the entries of a field of notes."""
    words = np.frombuffer(notes.words, np.uint32)
    ranked = Ranked(notes.lexicon())
    return _bare(ranked, words, np.frombuffer(notes.documents, np.uint32), blocks)


def _bare(
    ranked: Ranked, words: NDArray[np.uint32], documents: NDArray[np.uint32], blocks: BlocksWriter
) -> Entries:
    for ranks, keys, of_terms in ranked.pieces(words, documents.__getitem__, spread=False):
        found, begins = _once(keys, of_terms)
        there = np.flatnonzero(np.diff(begins))
        begin, end = begins[there], begins[there + 1]
        heads = statistics(found[begin], found[end - 1], end - begin)
        ends, numbers = pickled(found)
        at = np.concatenate(([0], ends))
        gaps = Gaps(found)
        rows = (begin, end, at[begin], at[end], there + ranks.start)
        for head, first, behind, from_, to, rank in zip(
            heads, *(row.tolist() for row in rows), strict=True
        ):
            yield (
                ranked.terms[rank],
                bare_entry(head, behind - first, numbers[from_:to])
                if behind - first < BARE_INLINE
                else blocks.bare(head, first, behind, gaps),
            )


def _once(keys: Keys, begins: Numbers) -> tuple[Numbers, Numbers]:
    """Return the places of keys, each once for a term, and where those of each term begin."""
    new = np.diff(keys, prepend=keys[:1] + np.uint64(1)) != 0
    return places_of(keys[new]), np.concatenate(([0], np.cumsum(new)))[begins]


class Gathered:
    """The texts of the documents of a segment, as arrays.

    A *place* is a position counted on from one document to the next.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._ranked = Ranked(texts.lexicon())
        self._words = np.frombuffer(texts.words, np.uint32)
        self._counts = np.array(texts.counts, np.int64)
        places = self._all_places()
        self._starts = places[::AT_ONCE].copy()
        titles, proses, others = self._counts
        ends = np.cumsum(titles + proses + others)
        begins, prose, trailers, behind = (
            places[ends - words].astype(np.int64)
            for words in (others + proses + titles, others + proses, others, 0)
        )
        self._begins = begins
        self.prose, self.trailers = prose - begins, trailers - begins
        """The positions where the prose of each document begins, and its trailers."""

        self._lacking = _lacking(places, np.frombuffer(texts.asides, np.uint32).reshape(-1, 3))
        """By place how much less than WHOLE a word counts that stands there."""

        self._lengths = (
            self.prose - TEXT_GAP,
            trailers - prose - TEXT_GAP,
            behind - trailers - TEXT_GAP * others,
        )

    def _all_places(self) -> NDArray[np.uint32]:
        """Return where each word begins, and where all end; they take as much as the words."""
        places = np.zeros(len(self._words) + 1, np.uint32)
        for begin in range(0, len(self._words), AT_ONCE):
            widths = self._ranked.widths[self._words[begin : begin + AT_ONCE]]
            places[begin + 1 : begin + 1 + len(widths)] = places[begin] + np.cumsum(widths)
        return places

    def _places(self, some: slice) -> NDArray[np.int64]:
        """Return where some words begin, of which the first is the first of AT_ONCE."""
        widths = self._ranked.widths[self._words[some]]
        behind: Numbers = self._starts[some.start // AT_ONCE] + np.cumsum(widths, dtype=np.int64)
        return behind - widths

    def titles(self, blocks: BlocksWriter) -> Entries:
        """Yield the entries of the field of subjects."""
        documents, titled = self._of_text(_TITLE)
        return _bare(self._ranked, self._words[titled], documents, blocks)

    def trailers_alone(self, blocks: BlocksWriter) -> Entries:
        """Yield the entries of the field of trailers."""
        documents, chosen = self._of_text(_TRAILERS)
        return _bare(Ranked(self._texts.trailers()), self._words[chosen], documents, blocks)

    def _of_text(self, text: int) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
        """Return which words are of a text, and the document of each of these."""
        counts = self._counts
        numbers = np.arange(counts.shape[1], dtype=np.uint32)
        chosen = np.arange(len(counts)) == text
        flags = np.repeat(np.tile(chosen, len(numbers)), counts.T.ravel())
        return np.repeat(numbers, counts[text]), flags

    def messages(self, blocks: BlocksWriter, dense: DenseTerms) -> Entries:
        """Yield the entries of the field of all texts."""
        ranked = self._ranked
        weights = Weights(self._lengths)
        for ranks, keys, begins in ranked.pieces(self._words, self._places, spread=True):
            postings = self._postings(keys, begins, weights)
            terms = [ranked.terms[rank] for rank in ranks]
            yield from zip(terms, _entries(terms, postings, blocks, dense), strict=True)

    def _postings(self, keys: Keys, begins: Numbers, weights: Weights) -> "_Postings":
        """Return the postings of some terms, of which the keys begin somewhere each."""
        places = places_of(keys)
        of_key = np.searchsorted(self._begins, places, "right") - 1
        positions = places - self._begins[of_key]
        new = np.diff(of_key, prepend=-1) != 0
        new[begins[:-1]] = True
        firsts = np.flatnonzero(new)
        documents = of_key[firsts]
        counts = self._frequencies(of_key, positions, firsts, self._lacking[places])
        codes = weights.codes(documents, counts)
        parts = parts_of(keys)
        terms = np.searchsorted(firsts, begins)
        few = np.diff(terms) < COLUMNS_FROM
        values = encoded(positions, firsts, parts, np.repeat(few, np.diff(terms)))
        wide = np.maximum.reduceat(parts, begins[:-1]) > 0
        return _Postings(terms, documents, codes, values, wide)

    def _frequencies(
        self, documents: Numbers, positions: Numbers, firsts: Numbers, lacking: NDArray[np.uint8]
    ) -> list[NDArray[np.float64]]:
        """Return how often each posting is in each text, less what each place lacks."""
        prose = positions >= self.prose[documents]
        trailers = positions >= self.trailers[documents]
        behind_title, behind_prose, aside = (
            np.add.reduceat(counted, firsts, dtype=np.int64)
            for counted in (prose, trailers, lacking)
        )
        title = np.diff(firsts, append=len(positions)) - behind_title
        return [title, behind_title - behind_prose - aside / WHOLE, behind_prose]


def _lacking(places: NDArray[np.uint32], asides: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return by place what words lack there, given their places and which count how much."""
    lacking = np.zeros(places[-1], np.uint8)
    begins, ends = places[asides[:, 0]].tolist(), places[asides[:, 1]].tolist()
    for begin, end, share in zip(begins, ends, asides[:, 2].tolist(), strict=True):
        lacking[begin:end] = WHOLE - share
    return lacking


class _Postings(NamedTuple):
    """The postings of some terms, one behind the other."""

    begins: Numbers
    """Where those of each term begin, and where all end."""

    documents: Numbers
    codes: NDArray[np.uint8]
    values: Values
    """Whole ones where a term has few postings."""

    wide: NDArray[np.bool_]
    """Whether a term stands for several parts anywhere."""

    def statistics(self) -> list[bytes]:
        """Return the beginning of each term's entry."""
        first, last = self.begins[:-1], self.begins[1:] - 1
        return statistics(
            self.documents[first],
            self.documents[last],
            last + 1 - first,
            weights=np.add.reduceat(self.codes, first, dtype=np.int64),
            greatest=np.maximum.reduceat(self.codes, first),
            wide=self.wide,
        )


def _entries(
    terms: Sequence[str], postings: _Postings, blocks: BlocksWriter, dense: DenseTerms
) -> Iterator[bytes]:
    """Yield the value of each term, having written the blocks of those with many postings."""
    documents, begins = postings.documents, postings.begins
    columns = positioned(documents, postings.codes, postings.values)
    codes, values = columns.codes, columns.data
    ends, numbers = pickled(documents)
    places = begins, np.concatenate(([0], ends))[begins], columns.ends[begins]
    spans = (pairwise(place.tolist()) for place in places)
    for term, head, (begin, end), (first, behind), (from_, to) in zip(
        terms, postings.statistics(), *spans, strict=True
    ):
        if end - begin < INLINE:
            yield entry(head, numbers[first:behind], codes[begin:end], values[from_:to])
            continue
        some = postings.codes[begin:end]
        dense.add(term, documents[begin:end], some)
        yield blocks.positioned(head, begin, end, int(some.max()), columns)
