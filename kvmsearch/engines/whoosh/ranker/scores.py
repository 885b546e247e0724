"""What a document earns by itself: the first two parts of the formula of kvmsearch.ranking.

Work is done on many documents at a time. Besides the scores of documents there are bounds
of them, cheap enough to have for a whole segment: see docs/searching.md.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from math import ceil
from operator import add

from kvmsearch.engines.whoosh.ranker.bits import lanes_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.phrases import side_by_side
from kvmsearch.engines.whoosh.ranker.terms import Pair, Unit, ranking_pairs, ranking_units
from kvmsearch.query.tree import Node
from kvmsearch.ranking import NAMED_SCORE, NEIGHBOUR_WEIGHT, WEIGHTS, idf, saturated

DIGITS = 9
"""Decimal places of a document's own score, so that it does not depend on how sums are rounded."""

GREATEST_LANE = 255
MOST_LANES = 120
"""Units that are added up in lanes; what all others could add is one number."""

_SAFE = 1 + 1e-9
"""Makes up for the rounding of sums."""

Table = Sequence[float]
"""What a unit adds to a score, by its code."""


@cache
def _saturated() -> Table:
    return tuple(map(saturated, WEIGHTS))


class Scorer:
    """The scores of the documents of one question."""

    def __init__(self, readings: Sequence[Reading], query: Node, named: Sequence[int]) -> None:
        self.named = named
        self._named = dict(zip(readings, named, strict=True))
        self.documents = sum(reading.leaf.live.bit_count() for reading in readings)
        self.frequencies = {
            unit: sum(reading.frequency(unit) for reading in readings)
            for unit in ranking_units(query)
        }
        self.tables = {
            unit: self._table(frequency)
            for unit, frequency in self.frequencies.items()
            if frequency
        }
        self.pairs = [
            pair
            for pair in ranking_pairs(query)
            if any(unit in self.tables for unit in pair.first)
            and any(unit in self.tables for unit in pair.second)
        ]
        self._paired = {unit for pair in self.pairs for unit in (*pair.first, *pair.second)}

    def _table(self, frequency: int) -> Table:
        rarity = idf(self.documents, frequency)
        return [rarity * value for value in _saturated()]

    def scores(self, reading: Reading, documents: Sequence[int]) -> list[float]:
        """Return the own scores of documents, in their order."""
        totals, by_unit = self._by_units(reading, documents)
        for pair in self.pairs:
            gains = self._possible(pair, by_unit, documents)
            beside = side_by_side(reading, pair, frozenset(gains))
            if beside:
                totals = [
                    total + gains[document] if document in beside else total
                    for total, document in zip(totals, documents, strict=True)
                ]
        return [round(total, DIGITS) for total in self._with_names(reading, documents, totals)]

    def _by_units(
        self, reading: Reading, documents: Sequence[int]
    ) -> tuple[list[float], dict[Unit, list[float]]]:
        """Return the sums over all units, and the gains by those that are in a pair."""
        totals = [0.0] * len(documents)
        by_unit = {}
        for unit, table in self.tables.items():
            codes = reading.found(unit).codes_in(documents)
            gains = list(map(table.__getitem__, codes))
            totals = list(map(add, totals, gains))
            if unit in self._paired:
                by_unit[unit] = gains
        return totals, by_unit

    def _possible(
        self, pair: Pair, by_unit: Mapping[Unit, list[float]], documents: Sequence[int]
    ) -> dict[int, float]:
        """Return what a pair adds where it stands side by side, by document with both words."""
        first, second = (
            _greatest([by_unit[unit] for unit in side if unit in by_unit])
            for side in (pair.first, pair.second)
        )
        lesser = map(min, first, second)
        return {
            document: NEIGHBOUR_WEIGHT * gain
            for document, gain in zip(documents, lesser, strict=True)
            if gain
        }

    def bounds(self, reading: Reading, documents: Sequence[int]) -> list[float]:
        """Return what the own scores of documents cannot exceed, in their order."""
        totals, by_unit = self._by_units(reading, documents)
        for pair in self.pairs:
            gains = self._possible(pair, by_unit, documents)
            totals = [
                total + gains.get(document, 0.0)
                for total, document in zip(totals, documents, strict=True)
            ]
        return [total * _SAFE for total in self._with_names(reading, documents, totals)]

    def _with_names(
        self, reading: Reading, documents: Sequence[int], totals: list[float]
    ) -> list[float]:
        named = self._named[reading]
        if not named:
            return totals
        return [
            total + NAMED_SCORE if named >> document & 1 else total
            for total, document in zip(totals, documents, strict=True)
        ]

    def parts(
        self, reading: Reading, document: int
    ) -> tuple[dict[Unit, tuple[int, float]], dict[Pair, float]]:
        """Return what the score of a document is made of: by unit code and gain, and by pair."""
        codes = {unit: next(iter(reading.found(unit).codes_in([document]))) for unit in self.tables}
        by_unit = {unit: [self.tables[unit][code]] for unit, code in codes.items()}
        units = {unit: (code, by_unit[unit][0]) for unit, code in codes.items() if code}
        pairs = {}
        for pair in self.pairs:
            gains = self._possible(pair, by_unit, [document])
            if side_by_side(reading, pair, frozenset(gains)):
                pairs[pair] = gains[document]
        return units, pairs


def _greatest(columns: Sequence[list[float]]) -> list[float]:
    return columns[0] if len(columns) == 1 else list(map(max, *columns))


class Lanes:
    """Bounds of the own scores of all documents of a segment, one byte each.

    The score of a document is at most its lane times `step`, plus `rest`.
    """

    def __init__(self, scorer: Scorer) -> None:
        strongest = sorted(scorer.tables, key=lambda unit: -scorer.tables[unit][-1])
        pairs = [_bounded_by(pair, scorer.tables) for pair in scorer.pairs]
        self._tables = [(unit, scorer.tables[unit]) for unit in strongest[:MOST_LANES]]
        paired = [
            (unit, [NEIGHBOUR_WEIGHT * gain for gain in scorer.tables[unit]], side)
            for units, side in pairs
            for unit in units
        ]
        greatest = [table[-1] for _, table in self._tables] + [t[-1] for _, t, _ in paired]
        self.rest = sum(scorer.tables[unit][-1] for unit in strongest[MOST_LANES:])
        self.step = sum(greatest) / (GREATEST_LANE - len(greatest)) * _SAFE
        self._units = [(unit, self._in_steps(table)) for unit, table in self._tables]
        self._pairs = [(unit, self._in_steps(table), side) for unit, table, side in paired]

    def _in_steps(self, table: Table) -> bytes:
        return bytes([ceil(gain / self.step) for gain in table])

    def of(self, reading: Reading, within: int) -> bytes:
        """Return the lanes of a segment; 0 for what is not `within`, and may be for what is."""
        total = 0
        for unit, table in self._units:
            total = reading.found(unit).raise_bounds(total, table)
        for unit, table, side in self._pairs:
            both = 0
            for other in side:
                both |= reading.found(other).bits
            if both:
                total += reading.found(unit).raise_bounds(0, table) & lanes_of(both)
        return (total & lanes_of(within)).to_bytes(reading.leaf.count, "little")


def _bounded_by(pair: Pair, tables: Mapping[Unit, Table]) -> tuple[Sequence[Unit], Sequence[Unit]]:
    """Return the side of a pair that can add less, and the other."""
    sides = [[unit for unit in side if unit in tables] for side in (pair.first, pair.second)]
    sides.sort(key=lambda side: sum(tables[unit][-1] for unit in side))
    return sides[0], sides[1]
