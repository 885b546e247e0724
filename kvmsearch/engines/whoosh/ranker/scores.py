"""What a document earns by itself: the first two parts of the formula of kvmsearch.ranking.

Work is done on many documents at a time. Besides the scores of documents there are bounds
of them, cheap enough to have for a whole segment: see docs/searching.md.
"""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from math import ceil
from operator import add, or_
from typing import NamedTuple

from kvmsearch.engines.whoosh.ranker.bits import lanes_of
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.phrases import side_by_side
from kvmsearch.engines.whoosh.ranker.terms import Pair, Unit, ranking_pairs, ranking_units
from kvmsearch.query.tree import Node
from kvmsearch.ranking import NAMED_SCORE, NEIGHBOUR_WEIGHT, WEIGHTS, idf, saturated

DIGITS = 9
"""Decimal places of a document's own score, so that it does not depend on how sums are rounded."""

GREATEST_LANE = 255

GROUP = 100
"""Units whose lanes are added up together."""

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
        self.emphases = ranking_units(query)
        self.frequencies = {
            unit: sum(reading.frequency(unit) for reading in readings) for unit in self.emphases
        }
        self.tables = {
            unit: self._table(unit, frequency)
            for unit, frequency in self.frequencies.items()
            if frequency
        }
        pairs = ranking_pairs(query)
        self.share = NEIGHBOUR_WEIGHT / max(len(pairs), 1)
        """Of the lesser of its two words' gains: what a pair adds."""

        self.pairs = [
            pair
            for pair in pairs
            if any(unit in self.tables for unit in pair.first)
            and any(unit in self.tables for unit in pair.second)
        ]
        self._paired = {unit for pair in self.pairs for unit in (*pair.first, *pair.second)}

    def _table(self, unit: Unit, frequency: int) -> Table:
        rarity = self.emphases[unit] * idf(self.documents, frequency)
        return [rarity * value for value in _saturated()]

    def scores(self, reading: Reading, documents: Sequence[int]) -> list[float]:
        """Return the own scores of documents, in their order."""
        totals, by_unit = self._by_units(reading, documents)
        for pair in self.pairs:
            gains = self._possible(pair, by_unit, documents)
            beside = side_by_side(reading, pair, sorted(gains))
            if beside:
                totals = [
                    total + gains[document] if document in beside else total
                    for total, document in zip(totals, documents, strict=True)
                ]
        totals = self._with_names(reading, documents, totals)
        # Where one unit ranks, many documents have the same score.
        rounded = {total: round(total, DIGITS) for total in set(totals)}
        return list(map(rounded.__getitem__, totals))

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
            document: self.share * gain
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
            if side_by_side(reading, pair, sorted(gains)):
                pairs[pair] = gains[document]
        return units, pairs


def _greatest(columns: Sequence[list[float]]) -> list[float]:
    return columns[0] if len(columns) == 1 else list(map(max, *columns))


class _Summand(NamedTuple):
    """What a unit adds to the lanes of documents that have it, or it and one of some others."""

    unit: Unit
    gains: Table
    others: Sequence[Unit] = ()


class Lanes:
    """Bounds of the own scores of all documents of a segment, one byte each.

    The score of a document is at most its lane times `step`. Many units are added up in groups,
    each with a step of its own, so that rounding up adds little.
    """

    def __init__(self, scorer: Scorer) -> None:
        summands = [_Summand(*item) for item in scorer.tables.items()]
        for pair in scorer.pairs:
            units, others = _bounded_by(pair, scorer.tables)
            for unit in units:
                gains = [scorer.share * gain for gain in scorer.tables[unit]]
                summands.append(_Summand(unit, gains, others))
        summands.sort(key=lambda summand: -summand.gains[-1])
        groups = [summands[at : at + GROUP] for at in range(0, len(summands), GROUP)]
        steps = [_step([summand.gains[-1] for summand in group]) for group in groups]
        self.step = _step([GREATEST_LANE * step for step in steps])
        self._groups = [
            (
                [(one.unit, _in_steps(one.gains, step), one.others) for one in group],
                _in_steps([lane * step for lane in range(GREATEST_LANE + 1)], self.step),
            )
            for group, step in zip(groups, steps, strict=True)
        ]

    def of(self, reading: Reading, within: int) -> bytes:
        """Return the lanes of a segment; 0 for what is not `within`, and may be for what is."""
        count = reading.leaf.count
        total = 0
        for summands, in_steps in self._groups:
            lanes = 0
            for unit, table, others in summands:
                added = reading.found(unit).raise_bounds(0 if others else lanes, table)
                lanes = lanes + (added & lanes_of(_any(reading, others))) if others else added
            total += int.from_bytes(lanes.to_bytes(count, "little").translate(in_steps), "little")
        return (total & lanes_of(within)).to_bytes(count, "little")


def _step(greatest: Sequence[float]) -> float:
    """Return what a lane counts in, if so much can be added to it at the most."""
    return sum(greatest) / (GREATEST_LANE - len(greatest)) * _SAFE


def _in_steps(gains: Table, step: float) -> bytes:
    return bytes([ceil(gain / step) for gain in gains])


def _any(reading: Reading, units: Sequence[Unit]) -> int:
    return reduce(or_, (reading.found(unit).bits for unit in units))


def _bounded_by(pair: Pair, tables: Mapping[Unit, Table]) -> tuple[Sequence[Unit], Sequence[Unit]]:
    """Return the side of a pair that can add less, and the other."""
    sides = [[unit for unit in side if unit in tables] for side in (pair.first, pair.second)]
    sides.sort(key=lambda side: sum(tables[unit][-1] for unit in side))
    return sides[0], sides[1]
