"""What a document earns by itself: the formula of kvmsearch.ranking, but for the series.

Work is done on many documents at a time. Besides the scores of documents there are bounds
of them, cheap enough to have for a whole segment: see docs/searching.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, reduce
from itertools import compress, repeat
from math import ceil
from operator import add, mul, or_, sub

from kvmsearch.engines.whoosh.ranker.bits import lanes_of
from kvmsearch.engines.whoosh.ranker.factors import (
    Codes,
    Details,
    Factor,
    QueryShare,
    TitleShare,
)
from kvmsearch.engines.whoosh.ranker.lookup import Reading
from kvmsearch.engines.whoosh.ranker.phrases import side_by_side
from kvmsearch.engines.whoosh.ranker.terms import Pair, Unit, asked, ranking_pairs
from kvmsearch.query.tree import Node
from kvmsearch.ranking import NAMED_SCORE, NEIGHBOUR_WEIGHT, ROUNDING, WEIGHTS, rarity, saturated
from kvmsearch.record import Record

GREATEST_LANE = 255

GROUP = 100
"""Units whose lanes are added up together."""

_SAFE = 1 + 1e-9
"""Makes up for the rounding of sums."""

Table = Sequence[float]
"""What a unit adds to a score, by its code."""

Gains = Mapping[Unit, Sequence[float]]
"""By unit, what it adds to the score of each of some documents."""


@cache
def _saturated() -> Table:
    return tuple(map(saturated, WEIGHTS))


class Scorer:
    """The scores of the documents of one question."""

    def __init__(self, readings: Sequence[Reading], query: Node, named: Sequence[int]) -> None:
        self.named = named
        self._named = dict(zip(readings, named, strict=True))
        self.documents = sum([one.leaf.count - one.leaf.deleted.bit_count() for one in readings])
        words = asked(query)
        self.emphases = words.emphases
        self.frequencies = {
            unit: sum(reading.frequency(unit) for reading in readings) for unit in self.emphases
        }
        self.rarities = {
            unit: rarity(self.documents, frequency, is_short=words.is_short)
            for unit, frequency in self.frequencies.items()
            if frequency
        }
        worths = {unit: self.emphases[unit] * value for unit, value in self.rarities.items()}
        self.tables = {
            unit: list(map(worth.__mul__, _saturated())) for unit, worth in worths.items()
        }
        self.factor: Factor = (
            QueryShare(worths) if words.is_short else TitleShare(words.single & worths.keys())
        )
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

    def scores(self, reading: Reading, documents: Sequence[int]) -> list[float]:
        """Return the own scores of documents, in their order."""
        totals, codes, gains = self._by_units(reading, documents)
        for pair in self.pairs:
            possible = self._possible(pair, gains)
            beside = side_by_side(reading, pair, sorted(compress(documents, possible)))
            if beside:
                totals = [
                    total + gain if document in beside else total
                    for total, document, gain in zip(totals, documents, possible, strict=True)
                ]
        totals = list(map(mul, totals, self.factor.of(reading, documents, codes)))
        totals = self._with_names(reading, documents, totals)
        # As `rounded` does, but for all at once.
        return list(map(sub, map(add, totals, repeat(ROUNDING)), repeat(ROUNDING)))

    def _by_units(
        self, reading: Reading, documents: Sequence[int]
    ) -> tuple[list[float], Codes, Gains]:
        """Return the sums over all units, and the codes and gains of those asked for."""
        totals: list[float] = []
        kept_codes, kept_gains = {}, {}
        for unit, table in self.tables.items():
            codes = reading.found(unit).codes_in(documents)
            gains = list(map(table.__getitem__, codes))
            totals = list(map(add, totals, gains)) if totals else gains
            if unit in self.factor.needed:
                kept_codes[unit] = codes
            if unit in self._paired:
                kept_gains[unit] = gains
        return totals or [0.0] * len(documents), kept_codes, kept_gains

    def _possible(self, pair: Pair, gains: Gains) -> list[float]:
        """Return what a pair adds where it stands side by side; 0 without both words."""
        first, second = (
            _greatest([gains[unit] for unit in side if unit in gains])
            for side in (pair.first, pair.second)
        )
        share = self.share
        both = zip(first, second, strict=True)
        # To call min() takes three times as long.
        return [share * (one if one < other else other) for one, other in both]  # noqa: FURB136

    def bounds(self, reading: Reading, documents: Sequence[int]) -> list[float]:
        """Return what the own scores of documents cannot exceed, in their order."""
        totals, codes = self._possible_totals(reading, documents)
        factors = self.factor.bounds(reading, documents, codes)
        totals = [total * factor * _SAFE for total, factor in zip(totals, factors, strict=True)]
        return self._with_names(reading, documents, totals)

    def _possible_totals(
        self, reading: Reading, documents: Sequence[int]
    ) -> tuple[list[float], Codes]:
        """Return the sums as if all pairs stood side by side, and the codes asked for."""
        totals, codes, gains = self._by_units(reading, documents)
        for pair in self.pairs:
            totals = list(map(add, totals, self._possible(pair, gains)))
        return totals, codes

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

    def parts(self, reading: Reading, document: int) -> "Parts":
        """Return what the score of a document is made of."""
        codes = {unit: list(reading.found(unit).codes_in([document])) for unit in self.tables}
        gains = {unit: [self.tables[unit][code]] for unit, (code,) in codes.items()}
        units = {unit: (code, gains[unit][0]) for unit, (code,) in codes.items() if code}
        pairs = {}
        for pair in self.pairs:
            (gain,) = self._possible(pair, gains)
            if gain and document in side_by_side(reading, pair, [document]):
                pairs[pair] = gain
        total = sum(gain for _, gain in units.values()) + sum(pairs.values())
        factor, details = self.factor.explained(reading, document, codes)
        return Parts(units, pairs, (factor - 1) * total, details)


class Parts(Record):
    """What the score of a document is made of."""

    units: dict[Unit, tuple[int, float]]
    """By unit its code and gain."""

    pairs: dict[Pair, float]
    """By pair its gain."""

    gain: float
    """What the factor adds to their sum; less than nothing where it takes away."""

    details: Details
    """How the factor comes about."""


def _greatest(columns: Sequence[Sequence[float]]) -> Sequence[float]:
    return columns[0] if len(columns) == 1 else list(map(max, *columns))


class _Summand(Record):
    """What a unit adds to the lanes of documents that have it, or it and one of some others."""

    unit: Unit
    gains: Table
    others: Sequence[Unit] = ()


class Lanes:
    """Bounds of the own scores of all documents of a segment, one byte each.

    The score of a document is at most its lane times `step`. Many units are added up in groups,
    each with a step of its own, so that rounding up adds little; most queries are one group.
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
        several = len(steps) > 1
        step = _step([GREATEST_LANE * step for step in steps]) if several else steps[0]
        self.step = step * scorer.factor.greatest
        self._groups = [
            [(one.unit, _in_steps(one.gains, of_group), one.others) for one in group]
            for group, of_group in zip(groups, steps, strict=True)
        ]
        self._in_steps = [
            _in_steps([lane * of_group for lane in range(GREATEST_LANE + 1)], step)
            for of_group in steps
            if several
        ]

    def of(self, reading: Reading, within: int) -> bytes:
        """Return the lanes of a segment; 0 for what is not `within`, and may be for what is."""
        count = reading.leaf.count
        sums = [_sum(reading, group, within) for group in self._groups]
        if self._in_steps:
            sums = [
                int.from_bytes(lanes.to_bytes(count, "little").translate(in_steps), "little")
                for lanes, in_steps in zip(sums, self._in_steps, strict=True)
            ]
        return (sum(sums) & lanes_of(within)).to_bytes(count, "little")


def _sum(reading: Reading, group: Iterable[tuple[Unit, bytes, Sequence[Unit]]], within: int) -> int:
    """Return the sum of lanes of some summands, right for what is `within`."""
    lanes = 0
    tables: dict[Unit, bytes] = {}
    for unit, in_steps, others in group:
        also = _any(reading, others) if others else within
        if within & ~also:
            lanes += reading.found(unit).raise_bounds(0, in_steps) & lanes_of(also)
        else:
            known = tables.get(unit)
            tables[unit] = bytes(map(add, known, in_steps)) if known else in_steps
    for unit, in_steps in tables.items():
        lanes = reading.found(unit).raise_bounds(lanes, in_steps)
    return lanes


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
