from datetime import UTC, datetime

import pytest

from kvmsearch.commit import Commit, Person
from kvmsearch.hits import Snippet
from kvmsearch.query import (
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    Phrase,
    Prefix,
    Regex,
    Trailer,
    Word,
    Words,
    parse_query,
)
from kvmsearch.snippets import AT_MOST, LONGEST, highlighter

MESSAGE = """\
KVM: guest_memfd: GUP source pages prior to populating

The userspace page fault path takes the filemap lock while holding
mmap_lock, leading to a potential AB-BA deadlock in kvm_gmem_populate().

This avoids use-after-free, a deadlock is not one.

Fixes: 2a62345b3052 ("KVM: guest_memfd: Rework populate")
Reviewed-by: Dead Lock <lock@example.org>
"""


def commit(message: str) -> Commit:
    """Return a commit with this message."""
    day = datetime(2026, 3, 1, tzinfo=UTC)
    return Commit("1" * 40, message, Person("Ann", "ann@example.org"), day)


def snippets(message: str, query: str | Node) -> tuple[Snippet, ...]:
    """Return the snippets of a message; `fixes` and `reviewed-by` are fields of the query."""
    keys = {"fixes", "reviewed-by"}
    tree = parse_query(query, trailer_keys=keys) if isinstance(query, str) else query
    return highlighter(tree)(commit(message))[1]


def marked(message: str, query: str | Node) -> list[str]:
    """Return what is marked below the title, in order of the snippets."""
    return [
        snippet.text[start:end]
        for snippet in snippets(message, query)
        if snippet.field != "title"
        for start, end in snippet.matches
    ]


def marked_in_title(message: str, query: str | Node) -> list[str]:
    """Return what is marked in the title."""
    title = commit(message).title
    tree = parse_query(query) if isinstance(query, str) else query
    return [title[start:end] for start, end in highlighter(tree)(commit(message))[0]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("deadlock", ["deadlock", "deadlock"]),
        ("DEADLOCKS", ["deadlock", "deadlock"]),
        ("ABBA", ["AB-BA"]),
        ("AB-BA", ["AB-BA"]),
        ('"AB BA"', ["AB-BA"]),
        ('"ABBA deadlock"', ["AB-BA deadlock"]),
        ('"deadlock ABBA"', []),
        ('"deadlock not"', []),
        ('"use after free"', ["use-after-free"]),
        ("kvm_gmem_populate", ["kvm_gmem_populate"]),
        ("gmem", ["gmem"]),
        ("kvm_gmem", ["kvm_gmem"]),
        ("gmem_release", ["gmem"]),
        ("mmap*", ["mmap_lock"]),
        ("kvm_gm*", ["kvm_gmem_populate"]),
        ("deadlock -potential", ["deadlock", "deadlock"]),
        ("deadlock AND NOT filemap", ["deadlock", "deadlock"]),
        ("the deadlock", ["deadlock", "deadlock"]),
        ("title:deadlock", []),
        ("body:deadlock", ["deadlock", "deadlock"]),
        ("body:guest_memfd", []),
        ("trailer:lock", ["Lock", "lock"]),
        ("fixes:populate", ["populate"]),
        ('fixes:"rework populate"', ["Rework populate"]),
        ("reviewed-by:populate", []),
        ("author:deadlock", []),
        ("deadlok~", ["deadlock", "deadlock"]),
        ("kvm_gmem_popluate~", ["kvm_gmem_populate"]),
        ("body:filemop~ title:filemop~", ["filemap"]),
        ("eadlock~", []),
        ('"deadlock potential"~3', ["potential", "deadlock"]),
        ('"deadlock potential"~2', []),
        ('"deadlock avoids use"~6', ["avoids", "use", "deadlock"]),
        ('trailer:"guest rework"~3', ["guest", "Rework"]),
        ("re:/mmap.lock/", ["mmap_lock"]),
        ("re:/DEADLOCK/", []),
        ("re:/DEADLOCK (in|is)/i", ["deadlock in"]),
        ("re:/holding$/ -re:/use/", ["holding"]),
        ("re:/holding\\nmmap/", ["holding\nmmap"]),
        ("re:/^Fixes: \\w{12}/", ["Fixes: 2a62345b3052"]),
        ("re:/Rework/ OR potential", ["potential", "Rework"]),
        ("re:/^|x*/", []),
        ("2a62345b3052", ["2a62345b3052"]),
        ("2a62345", ["2a62345b3052"]),
        ("2a62345b30529e488beb6a1220577b3495933724", ["2a62345b3052"]),
        ("commit 2a62345b30529e48:", ["2a62345b3052"]),
        ("2a62345b3053", []),
        ("fixes:2a62345b30529e48", ["2a62345b3052"]),
        ("reviewed-by:2a62345b30529e48", []),
        ("subsystem:deadlock", []),
        ("*", []),
    ],
)
def test_what_is_marked(query: str, expected: list[str]) -> None:
    """What matched is marked in its own spelling, and nothing else is."""
    assert marked(MESSAGE, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("guest_memfd", ["guest_memfd"]),
        ("guest memfd", ["guest", "memfd"]),
        ("title:populate", ["populating"]),
        ("body:populate", []),
        ('"source page"', ["source pages"]),
        ("deadlock", []),
        ("subsystem:guest_memfd", ["guest_memfd"]),
        ('sub:"memfd kvm"', ["KVM", "memfd"]),
        ("subsystem:populating", []),
        ("page -subsystem:kvm", ["pages"]),
        ("memdf~", ["memfd"]),
        ('"populating guest"~20', ["guest", "populating"]),
        ("re:/^KVM: .*memfd/", ["KVM: guest_memfd"]),
        ("re:/populating\\n/", []),
    ],
)
def test_what_is_marked_in_the_title(query: str, expected: list[str]) -> None:
    """The title is marked by the same rules, apart from the snippets."""
    assert marked_in_title(MESSAGE, query) == expected


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Words((Word("deadlock"), Not(Word("lock")))), ["deadlock", "deadlock"]),
        (Not(Word("deadlock")), []),
        (Word("gmem_release"), []),
        (Phrase("gmem_release"), []),
        (Prefix("_"), []),
        (Prefix("free_"), ["free"]),
        (Trailer("FIXES", "rework"), ["Rework"]),
        (Trailer("fixes"), []),
        (Regex("filemap"), ["filemap"]),
        (Named(("2a62345b30529e48",), "KVM", "x@y"), ["2a62345b3052"]),
        (Near("deadlock", 1), ["deadlock", "deadlock"]),
        (Fuzzy("dead lock"), []),
        (Word(""), []),
        (Words(()), []),
    ],
)
def test_trees_made_by_hand(tree: Node, expected: list[str]) -> None:
    """What is asked for whole is not marked in parts, and what asks for nothing marks nothing."""
    assert marked(MESSAGE, tree) == expected


def test_of_a_regular_expression_the_first_match_is_marked() -> None:
    """Only the match that found the commit is marked: to look for more could take for ever."""
    assert marked("T\n\na lock, a lock\n", "re:/lock/") == ["lock"]
    assert marked("lock\n\na lock\n", "re:/lock/") == []
    slow = "T\n\nxy " + "a" * 50 + "\n"
    assert marked(slow, "re:/x|(a+)+y/") == ["x"]


def test_a_match_that_is_shown_otherwise_is_not_marked() -> None:
    """Folded trailers and titles are shown on one line; what matches over its end is not marked."""
    message = "One\ntwo\n\nBody\n\nFixes: 1234 (KVM:\n  gmem lock)\nLink:  x\n"
    assert marked_in_title(message, r"re:/One\s*two/") == []
    assert marked(message, r"re:/KVM:\s*gmem/") == []
    assert marked(message, r"re:/Link: *x/") == []


def test_a_prose_snippet_is_a_few_whole_lines() -> None:
    """A snippet begins with the line of the match, and ends with the paragraph or the third."""
    assert snippets("T\n\nOne\n\nTwo lock\nThree\n\nFour\n", "lock")[0].text == "Two lock\nThree"
    assert snippets("T\n\n  a lock\nb\nc\nd\n", "lock")[0].text == "  a lock\nb\nc"


def test_a_trailer_snippet_is_the_trailer_on_one_line() -> None:
    """Offsets of a trailer's snippet count from its key, folded lines unfolded."""
    message = "T\n\nBody\n\nFixes: 1234 (KVM:\n  gmem lock)\n"
    assert snippets(message, "lock") == (
        Snippet("trailers", "Fixes: 1234 (KVM: gmem lock)", ((23, 27),)),
    )


def test_the_title_is_shown_where_nothing_else_is() -> None:
    """Only where no other text matches is the title a snippet; without any match there is none."""
    only_in_title = snippets(MESSAGE, "GUP")
    title = commit(MESSAGE).title
    assert only_in_title == (Snippet("title", title, ((18, 21),)),)
    assert [snippet.field for snippet in snippets(MESSAGE, "deadlock GUP")] == ["body", "body"]
    assert snippets(MESSAGE, "author:ann") == ()


def test_prose_goes_before_trailers_and_more_words_before_fewer() -> None:
    """The best snippet has most words of the query; of equal ones prose is before trailers."""
    one_word = snippets("T\n\nSome lock.\n\nFixes: 1 lock lock\n", "lock")
    assert [snippet.field for snippet in one_word] == ["body", "trailers"]
    two_words = snippets("T\n\nA lock.\n\nA free lock.\n\nlock lock lock\n", "free lock")
    assert [snippet.text for snippet in two_words] == ["A free lock.", "lock lock lock"]


GIANT = {
    "one line": "lock " * 100_000,
    "many lines": "a line with a lock in it\n" * 10_000,
    "one identifier": "lock_" * 50_000,
    "one path": "lock/a_b/" * 20_000,
    "no match in it": "x_" * 100_000 + " lock",
    "one match": "long words " * 30 + "lock " + "long words " * 30,
    "no space": "x" * 300 + "->lock->" + "x" * 300,
    "one word": "x" * 1_000_000 + " lock",
    "emoji": "\N{POUTING CAT FACE}" * 300 + " lock " + "\N{POUTING CAT FACE}" * 300,
}


@pytest.mark.parametrize("kind", GIANT)
def test_giant_texts(kind: str) -> None:
    """However long words, lines and messages are, snippets are few, short and exact."""
    found = snippets(f"Title\n\n{GIANT[kind]}\n", "lock")
    assert 1 <= len(found) <= AT_MOST
    for snippet in found:
        assert len(snippet.text) <= LONGEST
        assert {snippet.text[start:end] for start, end in snippet.matches} == {"lock"}


def test_a_giant_title_is_cut_too() -> None:
    """The snippet of a title without end is as short as others."""
    (snippet,) = snippets("before " * 1000 + "deadlock" + " after" * 1000, "deadlock")
    assert snippet.field == "title"
    assert len(snippet.text) <= LONGEST
    assert snippet.text.startswith("before ")


def test_a_line_that_is_cut_keeps_words_and_context() -> None:
    """A cut snippet begins and ends with whole words, and shows what stands before the match."""
    (snippet,) = snippets("T\n\n" + "context " * 50 + "deadlock" + " follows" * 50, "deadlock")
    assert {*snippet.text.split()} == {"context", "deadlock", "follows"}
    assert snippet.text.index("deadlock") > 50


def test_a_match_at_the_cut_is_whole_or_left_to_the_next() -> None:
    """No match is cut in two by the end of a snippet."""
    body = "lock " + "word " * 45 + "page fault path " + "word " * 45
    for shift in range(30):
        found = snippets(f"T\n\n{'x' * shift} {body}\n", 'lock "page fault path"')
        assert {s.text[a:b] for s in found for a, b in s.matches} == {"lock", "page fault path"}


def test_a_match_longer_than_a_snippet_is_shown_whole() -> None:
    """One match may be longer than the limit: it is the snippet then."""
    phrase = " ".join(f"word{number}" for number in range(60))
    (snippet,) = snippets(f"T\n\n{'before ' * 60}{phrase} after\n", f'"{phrase}"')
    assert len(snippet.text) > LONGEST
    assert [snippet.text[start:end] for start, end in snippet.matches] == [phrase]
    assert snippet.text == phrase


def test_offsets_count_code_points() -> None:
    """Emoji, combining characters and ligatures before and in a match shift no offset."""
    body = (
        "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{BOY} cafe\N{COMBINING ACUTE ACCENT} \ufb01re Résumé lock"
    )
    assert marked(f"T\n\n{body}\n", "fire resume lock") == ["\ufb01re", "Résumé", "lock"]
    assert marked(f"T\n\n{body}\n", "FIRE résumé LOCK") == ["\ufb01re", "Résumé", "lock"]
