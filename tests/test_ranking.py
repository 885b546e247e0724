from itertools import pairwise
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.ranking import (
    AVERAGE_LENGTHS,
    FIELD_WEIGHTS,
    NAMED_SCORE,
    SERIES_WEIGHT,
    TITLE_SHARE,
    TITLE_SHARE_POWER,
    USUAL_IDF,
    WEIGHTS,
    code,
    emphasis,
    having,
    idf,
    normalised,
    raised,
    rarity,
    saturated,
    titled,
)


def test_idf() -> None:
    """A term is worth the more the fewer have it, and never less than nothing."""
    assert idf(10, 1) == pytest.approx(log(1 + 9.5 / 1.5))
    assert idf(10, 1) > idf(10, 5) > idf(10, 10) > 0
    assert exp(idf(0, 0)) == pytest.approx(2)


def test_rarity() -> None:
    """Rare terms and common ones are further apart than by idf, in a long query most."""
    rare, common = (1_000_000, 1), (1_000_000, 100_000)
    assert idf(*rare) > USUAL_IDF > idf(*common)
    for is_short in (False, True):
        assert rarity(*rare, is_short=is_short) > idf(*rare)
        assert rarity(*common, is_short=is_short) < idf(*common)
    assert rarity(*rare, is_short=False) > rarity(*rare, is_short=True)
    assert rarity(1_000_000, 911, is_short=False) == pytest.approx(USUAL_IDF, abs=1e-3)


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


def test_emphasis() -> None:
    """What is said first counts most, and a whole of several parts half as much as a part."""
    assert emphasis(0, 1) == 1
    assert emphasis(0, 3) == 0.4
    assert emphasis(50, 1) == pytest.approx(0.5)
    assert emphasis(50, 2) == pytest.approx(0.2)
    assert emphasis(0, 1, is_code=True) == 1.2


def test_code() -> None:
    """The code of a term is near to what BM25F gives its fields, on commits of usual size."""
    for frequencies, lengths in [((1, 0, 0), (8, 60, 12)), ((0, 2, 1), (9, 300, 4))]:
        wanted = sum(
            weight * normalised(frequency, length, AVERAGE_LENGTHS[field])
            for (field, weight), frequency, length in zip(
                FIELD_WEIGHTS.items(), frequencies, lengths, strict=True
            )
        )
        assert WEIGHTS[code(frequencies, lengths)] == pytest.approx(wanted, rel=0.017)


def test_code_loses_little() -> None:
    """No term's share of a score moves by more than a hundredth of the most it can be."""
    shares = [saturated(weight) for weight in WEIGHTS]
    assert all(0 < after - before < 0.022 for before, after in pairwise(shares[1:]))


def test_titles_weigh_most() -> None:
    """A word in a title outweighs one in the body, and that one in a trailer."""
    lengths = (8, 60, 12)
    title, body, trailer = (code(one, lengths) for one in ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert title > body > trailer


NUMBERS = st.integers(0, 10**9)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_codes_fit_a_byte(frequencies: tuple[int, ...], lengths: tuple[int, ...]) -> None:
    """Whatever a commit holds, a code fits a byte and tells the term from one that is not there."""
    assert 1 <= code(frequencies, lengths) <= 255


def test_every_code_stands_for_a_weight() -> None:
    """There are 256 weights, rising from that of no term."""
    assert len(WEIGHTS) == 256
    assert WEIGHTS[0] == 0
    assert list(WEIGHTS) == sorted(set(WEIGHTS))


def test_titled() -> None:
    """A long query raises what it says the title of, and no more for saying it in two ways."""
    assert titled(0, 8) == titled(0, 0) == 1
    assert titled(4, 8) == pytest.approx(1 + TITLE_SHARE * 0.5**TITLE_SHARE_POWER)
    assert titled(8, 8) == titled(9, 8) == pytest.approx(1 + TITLE_SHARE)


def test_having() -> None:
    """What has all of a short query keeps its score; half of it costs a fifth."""
    assert having(1) == 1
    assert having(0.5) == pytest.approx(0.812, abs=1e-3)
    assert having(0) == 0


def test_raised() -> None:
    """A change goes part of the way to the best of its series, which stays where it is."""
    assert raised(2, 4) == pytest.approx(2 + 2 * SERIES_WEIGHT)
    assert raised(4, 4) == 4
    assert 0 < SERIES_WEIGHT < 1


def test_names_outrank_words() -> None:
    """What is named outright stands above thirty words that only one commit of a million has."""
    most = rarity(1_000_000, 1, is_short=False) * saturated(1e9) * titled(1, 1)
    assert 30 * most < NAMED_SCORE
