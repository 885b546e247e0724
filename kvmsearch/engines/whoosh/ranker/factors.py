"""What the sum of a document's gains is multiplied by: the third part of the formula.

How much of its title a long query says, or how much of a short query the document has.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, compress
from operator import ge
from typing import Protocol

from kvmsearch.engines.whoosh.layout import TEXT_GAP
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.terms import Unit, expanded
from kvmsearch.engines.whoosh.ranker.texts import TITLE
from kvmsearch.ranking import code, having, titled

Codes = Mapping[Unit, Iterable[int]]
"""By unit, its code in each of some documents; 0 in one that lacks it."""

Details = tuple[tuple[str, int | float], ...]
"""What a factor is made of, in plain words."""


class Factor(Protocol):
    """A number for each document."""

    @property
    def greatest(self) -> float:
        """What it cannot exceed."""

    @property
    def needed(self) -> Collection[Unit]:
        """The units whose codes it is made of."""

    @property
    def label(self) -> str:
        """What it is, in plain words."""

    def of(self, reading: Reading, documents: Sequence[int], codes: Codes) -> Iterable[float]:
        """Return the factors of documents, in their order."""

    def bounds(self, reading: Reading, documents: Sequence[int], codes: Codes) -> Iterable[float]:
        """Return what the factors of documents cannot exceed, in their order."""

    def explained(self, reading: Reading, document: int, codes: Codes) -> tuple[float, Details]:
        """Return the factor of one document, and how it comes about."""


class TitleShare:
    """How much of its title the query says."""

    label = "says so much of its title"
    greatest = titled(1, 1)

    def __init__(self, units: frozenset[Unit]) -> None:
        self.needed = units

    def of(self, reading: Reading, documents: Sequence[int], codes: Codes) -> Iterable[float]:
        """Return the factors of documents, in their order."""
        return _factors(reading, documents, self._said(reading, documents, codes))

    def _said(self, reading: Reading, documents: Sequence[int], codes: Codes) -> Counter[int]:
        """Return by document how many of the units are in its title."""
        said: Counter[int] = Counter()
        for unit, possible in self._possible(reading, documents, codes):
            if possible:
                wanted = sorted(possible)
                entries = expanded(reading.leaf, TITLE, unit)
                found = (reading.leaf.among(TITLE, entry, wanted) for entry in entries)
                said.update(frozenset(chain.from_iterable(found)))
        return said

    def bounds(self, reading: Reading, documents: Sequence[int], codes: Codes) -> Iterable[float]:
        """Return what the factors of documents cannot exceed, in their order."""
        possible = self._possible(reading, documents, codes)
        said = Counter(chain.from_iterable(wanted for _, wanted in possible))
        return _factors(reading, documents, said)

    def _possible(
        self, reading: Reading, documents: Sequence[int], codes: Codes
    ) -> Iterator[tuple[Unit, list[int]]]:
        """Yield each unit, and the documents where its code is not below any in such a title."""
        least = list(map(_least_code, _title_lengths(reading, documents)))
        for unit in self.needed:
            enough = map(ge, codes[unit], least)
            yield unit, list(compress(documents, enough))

    def explained(self, reading: Reading, document: int, codes: Codes) -> tuple[float, Details]:
        """Return the factor of one document, and how it comes about."""
        (length,) = _title_lengths(reading, [document])
        said = self._said(reading, [document], codes)[document]
        details = ("words of its title that the query has", said), ("of all", length)
        return titled(said, length), details


def _factors(
    reading: Reading, documents: Sequence[int], said: Mapping[int, int]
) -> Iterable[float]:
    lengths = _title_lengths(reading, documents)
    return [
        titled(said[document], length) if document in said else 1.0
        for document, length in zip(documents, lengths, strict=True)
    ]


def _title_lengths(reading: Reading, documents: Sequence[int]) -> list[int]:
    begins, _ = reading.leaf.begins()
    return [begins[document] - TEXT_GAP for document in documents]


@cache
def _least_code(length: int) -> int:
    """Return the code of a term that stands once in a title of so many parts, and nowhere else."""
    return code((1, 0, 0), (length, 0, 0))


class QueryShare:
    """How much of the query a document has."""

    label = "lacks some of the query"
    greatest = having(1.0)

    def __init__(self, worths: Mapping[Unit, float]) -> None:
        # What has the only term there is has all.
        self._worths = worths if len(worths) > 1 else {}
        self.needed = frozenset(self._worths)
        self._all = sum(worths.values())

    def of(self, _reading: Reading, documents: Sequence[int], codes: Codes) -> Iterable[float]:
        """Return the factors of documents, in their order."""
        if all(all(codes[unit]) for unit in self._worths):
            return [self.greatest] * len(documents)
        had = list(zip(*(map(bool, codes[unit]) for unit in self._worths), strict=True))
        # Few differ in which of the terms they have.
        factors = {which: having(self._share(which)) for which in set(had)}
        return map(factors.__getitem__, had)

    bounds = of

    def _share(self, had: Iterable[bool]) -> float:
        return min(sum(compress(self._worths.values(), had)) / self._all, 1.0)

    def explained(self, _reading: Reading, _document: int, codes: Codes) -> tuple[float, Details]:
        """Return the factor of one document, and how it comes about."""
        share = self._share(any(codes[unit]) for unit in self._worths) if self._worths else 1.0
        return having(share), (("share that it has, by rarity and emphasis", round(share, 3)),)
