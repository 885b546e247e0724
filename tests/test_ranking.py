from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.ranking import Change, idf, normalised, saturated, series_lifts

MINUTE = 60


def test_idf() -> None:
    """A term is worth the more the fewer have it, and never less than nothing."""
    assert idf(10, 1) == pytest.approx(log(1 + 9.5 / 1.5))
    assert idf(10, 1) > idf(10, 5) > idf(10, 10) > 0
    assert exp(idf(0, 0)) == pytest.approx(2)


def test_normalised() -> None:
    """A field of mean length counts its terms as they are; one twice as long, two thirds."""
    assert normalised(3, 8, 8.0) == pytest.approx(3)
    assert normalised(3, 16, 8.0) == pytest.approx(2)
    assert normalised(3, 0, 8.0) == pytest.approx(6)
    assert normalised(1, 1, 0.0) == pytest.approx(1)


def test_saturated() -> None:
    """The first occurrences count most, and any number of them at most 2.2 times one."""
    assert saturated(1) == pytest.approx(1)
    assert saturated(3) == pytest.approx(3 * 2.2 / 4.2)
    assert saturated(0) == 0
    assert 2.19 < saturated(10_000) < 2.2


def test_lifts_within_a_series() -> None:
    """A change gains 0.55 of what it lacks to the best of its series; the best gains nothing."""
    changes = {
        1: Change(7, 0, 2.0),
        2: Change(7, 30 * MINUTE, 1.0),
        3: Change(7, 60 * MINUTE, 5.0),
        4: Change(7, 90 * MINUTE + 1, 9.0),
        5: Change(8, 30 * MINUTE, 9.0),
    }
    lifts = series_lifts(changes)
    assert lifts == pytest.approx({1: 0.55 * 3, 2: 0.55 * 4, 3: 0, 4: 0, 5: 0})


def test_no_series() -> None:
    """No changes have no lifts, and one alone gains nothing."""
    assert series_lifts({}) == {}
    assert series_lifts({1: Change(7, 0, 2.0)}) == {1: 0}


CHANGES = st.dictionaries(
    st.integers(0, 20),
    st.builds(Change, st.integers(0, 2), st.integers(0, 30_000), st.floats(0, 50)),
)


@given(CHANGES)
def test_best_stays_best(changes: dict[int, Change]) -> None:
    """No change of a series passes its best one, and no lift is below nothing."""
    lifts = series_lifts(changes)
    assert lifts.keys() == changes.keys()
    best = max((change.score for change in changes.values()), default=0)
    assert all(0 <= lift <= best for lift in lifts.values())
    assert all(changes[key].score + lift <= best + 1e-9 for key, lift in lifts.items())


@given(CHANGES)
def test_order_does_not_matter(changes: dict[int, Change]) -> None:
    """Lifts do not depend on the order in which the matches are found."""
    assert series_lifts(dict(reversed(changes.items()))) == series_lifts(changes)
