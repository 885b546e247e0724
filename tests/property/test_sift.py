import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvmsearch.analysis import Token, tokenize
from kvmsearch.snippets.sift import Found, looker, sifter

FILES = (Path(__file__).parent.parent / "data" / "messages").glob("*.jsonl")
MESSAGES = [
    json.loads(line)["message"] for path in FILES for line in path.read_text("utf-8").splitlines()
]

pieces = st.sampled_from(
    "a ab ba abba AB-BA aB Ab aBa lock Locks unlock kvm_gmem vcpu->mutex guestMemfd KVMGuest skies "
    "dying relational hoping café ß x86 v6.6 a__b a::b - _ . ' \t \n \x0b \x1c".split(" ")
)
texts = st.lists(pieces | st.sampled_from(["-", "_", " ", " ", "\n", ">", "@"])).map("".join)


def of(found: Found, number: int = 0) -> list[Token]:
    """Return what was found in one of some texts, in order."""
    tokens = [token for some in found.get(number, {}).values() for token in some]
    return sorted(tokens, key=lambda token: (token.position, -token.width))


def places(tokens: list[Token]) -> list[tuple[str, int, int, int]]:
    """Return what a highlight needs of tokens but their positions."""
    return [(token.term, token.start, token.end, token.width) for token in tokens]


def same(text: str, terms: frozenset[str], keep: Callable[[str], bool] | None = None) -> bool:
    """Whether sifting finds what a look at all tokens finds, and what is side by side."""
    keep = keep or terms.__contains__
    expected = of(looker(keep)([text]))
    found = of(sifter(keep, terms)([text]))
    if places(found) != places(expected):
        return False
    exact = [token.position for token in expected]
    positions = [token.position for token in found]
    return all(
        (one - first == other - second) if other - second < 2 else one - first > 1
        for first, one, second, other in zip(
            positions, positions[1:], exact, exact[1:], strict=False
        )
    )


@given(texts, st.sets(pieces, min_size=1, max_size=3))
def test_nothing_is_missed(text: str, words: set[str]) -> None:
    """Whatever a text and the words asked for, sifting finds their tokens and no others."""
    assert same(text, frozenset(token.term for word in words for token in tokenize(word)))


@given(texts, pieces, st.integers(1, 5))
def test_no_beginning_is_missed(text: str, word: str, length: int) -> None:
    """All terms that begin like a word are found, whatever they end in."""
    starts = frozenset(token.term[:length] for token in tokenize(word))
    assert same(text, starts, lambda term: term.startswith(tuple(starts)))


@settings(max_examples=30)
@given(st.sampled_from(MESSAGES), st.data())
def test_nothing_is_missed_of_real_messages(message: str, data: st.DataObject) -> None:
    """Each term of a real message, and several of them, are found wherever they stand in it."""
    terms = sorted({token.term for token in tokenize(message)})
    for term in terms:
        assert same(message, frozenset({term}))
    several = (
        data.draw(st.sets(st.sampled_from(terms), min_size=2, max_size=3)) if terms[1:] else ()
    )
    assert same(message, frozenset(several))


@pytest.mark.parametrize("giant", ["x" * 1_000_000 + " lock", "lock_" * 50_000, "l" * 100_000])
def test_giant_texts(giant: str) -> None:
    """Words and texts without end are sifted all the same."""
    assert same(giant, frozenset({"lock"}))


@given(st.lists(texts, min_size=1, max_size=4), st.sets(pieces, min_size=1, max_size=3))
def test_texts_are_sifted_together(several: list[str], words: set[str]) -> None:
    """Of several texts each has the tokens that it has alone, counted from its own beginning."""
    terms = frozenset(token.term for word in words for token in tokenize(word))
    sift = sifter(terms.__contains__, terms)
    together = sift(several)
    for number, text in enumerate(several):
        assert places(of(together, number)) == places(of(sift([text])))
