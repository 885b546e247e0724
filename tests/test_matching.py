from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.analysis import tokenize
from kvmsearch.matching import (
    merged,
    nearby,
    occurrences,
    pattern,
    reach,
    side_by_side,
    similar_to,
    slips,
)


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


@pytest.mark.parametrize(
    ("wanted", "distance", "text", "pieces"),
    [
        ("lock page", 1, "page lock and lock the page", ["page", "lock"]),
        ("lock page", 2, "page lock and lock the page", ["page", "lock", "lock", "page"]),
        ("lock page", 9, "lock, no more", []),
        ("lock", 3, "a lock, locks", ["lock", "locks"]),
        ("one two three", 1, "three one two", ["three", "one", "two"]),
        ("gmem_populate lock", 4, "lock in kvm_gmem_populate", ["lock", "gmem_populate"]),
        ("gmem_populate lock", 3, "lock in kvm_gmem_populate", []),
        ("AB-BA lock", 2, "ABBA lock", ["ABBA", "lock"]),
        ("", 5, "lock", []),
    ],
)
def test_nearby(wanted: str, distance: int, text: str, pieces: list[str]) -> None:
    """Words near each other are found in any order; never is less asked than they take."""
    words = [pattern(word) for word in wanted.split()]
    spans = sorted(nearby(words, distance, tokenize(text)))
    assert [text[start:end] for start, end in spans] == pieces


def test_reach() -> None:
    """The reach is the distance, but as much as the words take side by side."""
    words = [pattern("gmem_populate"), pattern("lock")]
    assert (reach(words, 1), reach(words, 5)) == (2, 5)


def test_nearby_in_giant_texts() -> None:
    """A text of nothing but the words has them all near each other, each told once."""
    text = "lock page " * 5_000
    spans = list(nearby([pattern("lock"), pattern("page")], 99, tokenize(text)))
    assert len(spans) == len({*spans}) == 10_000


@pytest.mark.parametrize(
    ("text", "distance", "terms", "others"),
    [
        ("deadlok", 1, ["deadlock", "deadlok", "deadlo"], ["deadloxx", "eadlok", ""]),
        ("deadlcok", 1, ["deadlock"], ["deadlocker"]),
        ("populaet", 2, ["populat", "popula"], ["popul"]),
        ("lokc", 2, ["lock", "lok"], ["clock", "look"]),
        ("kvm_gmem_popluate", 1, ["kvmgmempopul"], ["popul"]),
        ("two words", 1, [], ["two", "word", ""]),
        ("...", 1, [], ["", "a"]),
    ],
)
def test_similar_to(text: str, distance: int, terms: list[str], others: list[str]) -> None:
    """A slip or two, the second in long words alone, is forgiven, but not in the first letter."""
    alike = similar_to(text, distance)
    assert [*filter(alike, [*terms, *others])] == terms


LETTERS = st.text("abc", max_size=6)


@given(LETTERS, LETTERS, LETTERS)
def test_slips_are_a_distance(one: str, other: str, third: str) -> None:
    """Equal words have no slip; order makes no difference; no way is more than all letters."""
    assert slips(one, one, 0)
    assert slips(one, other, 0) is (one == other)
    assert slips(one, other, 1) is slips(other, one, 1)
    assert slips(one, other, max(len(one), len(other)))
    if slips(one, other, 1):
        assert slips(third + one, third + other, 1)


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
