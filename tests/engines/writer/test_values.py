"""Positions that are encoded in bulk are what Whoosh decodes, one value after the other."""

from itertools import accumulate, pairwise
from pickle import loads
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from whoosh.formats import Positions

from kvmsearch.engines.whoosh.writer.values import FAR, FORMS, NEAR, VERBATIM, encoded, pickled

GAPS = st.integers(0, 255) | st.just(ord(".")) | st.integers(0, 65535) | st.integers(0, 1 << 30)
FEW = st.lists(st.tuples(GAPS, st.integers(1, 64) | st.just(1)), min_size=1, max_size=5)
MANY = st.integers(250, 260).map(lambda count: [(1, 1)] * count)


def unpickled(data: bytes) -> Any:  # noqa: ANN401 - whatever was pickled
    """Return what was pickled without a mark at its end."""
    return loads(data + b".")  # noqa: S301 - by us, just now


@given(st.lists(st.tuples(FEW | MANY, st.booleans()), min_size=1, max_size=8))
def test_whoosh_decodes_them(values: list[tuple[list[tuple[int, int]], bool]]) -> None:
    """The positions are those given, and behind them are the parts where any covers several."""
    places = [list(accumulate(gap for gap, _ in found)) for found, _ in values]
    covered = [[parts for _, parts in found] for found, _ in values]
    begins = np.array([0, *accumulate(map(len, places))][:-1])
    written = encoded(
        np.array([place for found in places for place in found]),
        begins,
        np.array([parts - 1 for found in covered for parts in found], np.uint8),
        np.array([whole for _, whole in values]),
    )
    data, at = written.data.tobytes(), 0
    for number, (_, whole) in enumerate(values):
        form, count = int(written.forms[number]), int(written.counts[number])
        size = int(written.sizes[number])
        stored, at = data[at : at + size], at + size
        value = unpickled(stored) if whole else FORMS[form] % (count, count, stored)
        assert Positions().decode_positions(value) == places[number]
        if max(covered[number]) > 1:
            assert list(value[-len(covered[number]) :]) == covered[number]
    assert at == len(data)


def test_forms() -> None:
    """A value is as short as its gaps and their number allow."""
    positions = [0, 255, 3, 259, *range(256), 70_000]
    begins = np.array([0, 2, 4, 260])
    ones = np.zeros(len(positions), np.uint8)
    written = encoded(np.array(positions), begins, ones, np.zeros(4, np.bool_))
    assert written.forms.tolist() == [NEAR, FAR, VERBATIM, VERBATIM]
    assert written.counts.tolist() == [2, 2, 0, 0]
    assert written.sizes.tolist() == [2, 7, 5 + 3 * 256 + 1, 5 + 5 + 1]


@given(st.lists(st.integers(0, (1 << 31) - 1), min_size=1, max_size=20))
def test_pickled_numbers(numbers: list[int]) -> None:
    """Each number is unpickled from its own bytes."""
    ends, data = pickled(np.array(numbers))
    begins = [0, *ends.tolist()]
    found = [unpickled(data[begin:end]) for begin, end in pairwise(begins)]
    assert found == numbers
