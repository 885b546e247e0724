from datetime import UTC, datetime

import pytest

from kvmsearch.query import Node, parse_query
from kvmsearch.query.plain import in_words
from tests.query.test_parse import KEYS, TEXT, TREES

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ANY = "any of, the more and the rarer the better: "

PLAIN = {
    "": ["only: every commit"],
    "deadlock": ["the word: deadlock"],
    "the deadlock of gmem*": [
        f"{ANY}deadlock, words that begin with gmem",
        "passed over, as they are everywhere: the, of",
        "first of all: a commit with the subject the deadlock of gmem",
    ],
    "to be": [f"{ANY}to, be", "first of all: a commit with the subject to be"],
    'a:sean deadlok~ "a b" "c d"~5 s:lock': [
        (
            f'{ANY}deadlok or what differs by a slip of the keyboard, "a b" side by side, '
            '"c d" in any order within 5 words'
        ),
        "only: author with sean in the name or address",
        "only: lock in the title",
    ],
    "* -branch:next NOT (id:2a62 OR fixes:x AND cc:*)": [
        "only: not on branch next",
        "only: not (the commit 2a62 or (a trailer fixes with x and a trailer cc))",
    ],
    "re:/a b/i sub:kvm (x y OR re:/z/)": [
        "only: a message that matches a b, in any case",
        "only: kvm in the prefix of the subject",
        "only: (x, y or a message that matches z)",
    ],
    "date:2026-01 author-date:2026-02-01T00:00:00Z..": [
        "only: committed since 2026-01-01 00:00:00+00:00 until 2026-01-31 23:59:59+00:00",
        "only: written since 2026-02-01 00:00:00+00:00",
    ],
    'Fixes: 2a62345b3052 ("KVM: foo")': [
        f'{ANY}Fixes:, 2a62345b3052, "KVM: foo" side by side',
        "first of all: the commit 2a62345b3052 or a commit with the subject KVM: foo",
    ],
    "<20260108214622.1084057@x.y>": [
        "the word: <20260108214622.1084057@x.y>",
        "first of all: a commit that links to 20260108214622.1084057@x.y",
    ],
}


def parse(text: str) -> Node:
    """Parse at one time, with a few trailer keys."""
    return parse_query(text, trailer_keys=KEYS, now=NOW)


@pytest.mark.parametrize("text", PLAIN)
def test_queries_in_plain_words(text: str) -> None:
    """Each query of the table is told in these lines."""
    assert list(in_words(parse(text), any_word=True)) == PLAIN[text]


def test_all_words() -> None:
    """Where all free words must match, that is told."""
    first = next(in_words(parse("abba deadlock"), any_word=False))
    assert first == "all of: abba, deadlock"


@pytest.mark.parametrize("text", [*TREES, *TEXT])
def test_every_query_can_be_told(text: str) -> None:
    """There are words for every node."""
    assert all(in_words(parse(text), any_word=True))
