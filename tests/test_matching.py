from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.analysis import tokenize
from kvmsearch.matching import merged, occurrences, pattern, side_by_side


def found(wanted: str, text: str) -> list[str]:
    """Return the pieces of a text where a word or phrase matches."""
    return [text[start:end] for start, end in occurrences(pattern(wanted), tokenize(text))]


@pytest.mark.parametrize(
    ("wanted", "text", "pieces"),
    [
        ("deadlock", "a Deadlock, two deadlocks; dead lock", ["Deadlock", "deadlocks"]),
        ("ABBA", "AB-BA, abba and AB BA", ["AB-BA", "abba"]),
        ("AB-BA", "AB-BA, abba and AB BA", ["AB-BA", "abba", "AB BA"]),
        ("AB BA", "AB-BA, abba and AB BA", ["AB-BA", "AB BA"]),
        ("ABBA deadlock", "an AB-BA deadlock", ["AB-BA deadlock"]),
        ("AB-BA deadlock", "ABBA deadlocks", ["ABBA deadlocks"]),
        ("use after free", "a use-after-free", ["use-after-free"]),
        ("use-after-free", "use after\nfree", ["use after\nfree"]),
        ("use-after free", "use after-free", ["use after-free"]),
        ("after free", "use-after-free", ["after-free"]),
        ("slots_lock", "kvm->slots_lock, slots lock", ["slots_lock", "slots lock"]),
        ("kvm->slots_lock", "slots_lock", []),
        ("guest memfd", "guest_memfd.c", ["guest_memfd"]),
        ("guestmemfd", "virt/guest_memfd.c", ["guest_memfd"]),
        ("nonleaf page", "non-leaf pages", ["non-leaf pages"]),
        ("a a", "a a a", ["a a", "a a"]),
        ("lock of", "of lock", []),
        ("lock", "", []),
        ("", "lock", []),
        ("...", "...", []),
        ("x->y->z", "x y z", ["x y z"]),
    ],
)
def test_occurrences(wanted: str, text: str, pieces: list[str]) -> None:
    """A pattern matches where one reading of it and one reading of the text spell the same."""
    assert found(wanted, text) == pieces


def test_longest_way() -> None:
    """Where several readings match from one place, the longest is what matched."""
    assert found("ab-ba", "abba ab-ba") == ["abba", "ab-ba"]
    assert found("non-leaf", "non-leaf-page") == ["non-leaf"]


def test_parts_and_whole() -> None:
    """A pattern tells its parts in order, and the one term that spells all of it."""
    wanted = pattern("kvm->slots_lock")
    assert (wanted.length, wanted.parts, wanted.whole) == (
        3,
        ("kvm", "slot", "lock"),
        "kvmslotslock",
    )
    assert pattern("two words").whole is None
    assert (pattern("locks").parts, pattern("locks").whole) == (("lock",), "lock")
    assert (pattern("...").length, pattern("...").parts, pattern("...").whole) == (0, (), None)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], ()),
        ([(0, 2), (1, 4), (3, 5)], ((0, 5),)),
        ([(4, 5), (0, 2), (2, 3)], ((0, 2), (2, 3), (4, 5))),
        ([(0, 9), (1, 2), (8, 9)], ((0, 9),)),
    ],
)
def test_merged(spans: list[tuple[int, int]], expected: tuple[tuple[int, int], ...]) -> None:
    """Spans that overlap become one; those that only touch stay apart."""
    assert merged(spans) == expected


WORDS = st.lists(st.sampled_from("a b ab ba a-b a_b ab-ba aB b-a-b abba".split()), max_size=6)


@given(WORDS, WORDS)
def test_positions_miss_nothing(wanted: list[str], words: list[str]) -> None:
    """What positions alone rule out even loosely is not in the text."""
    chain = pattern(" ".join(wanted))
    tokens = list(tokenize(" ".join(words)))
    at = defaultdict(set)
    for token in tokens:
        at[token.term].add(token.position)
    if next(occurrences(chain, tokens), None):
        assert side_by_side(chain, at, loosely=True)


@given(WORDS, WORDS, WORDS)
def test_a_piece_is_found(before: list[str], piece: list[str], behind: list[str]) -> None:
    """A phrase that was copied from a text is found in it."""
    if piece:
        assert found(" ".join(piece), " ".join([*before, *piece, *behind]))
