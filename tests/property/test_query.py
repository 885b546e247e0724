from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.fields import BY_NAME
from kvmsearch.query import And, Not, Or, Word, Words, parse_query
from kvmsearch.query.tree import Node

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KEYS = frozenset({"cc", "fixes"})

VALUES = ("x", "2026", "2026-01..", '"a b"', '"', "94fe", "*", "y*", "2weeks", "(", "a)", '"/x"')
PIECES = st.sampled_from(
    [
        *("a", "KVM", "foo()", "foo*", "word~", "KVM:", "[1]", "-b", "-bc", "-EINVAL", "do", "a.b"),
        *("AND", "OR", "NOT", "(", ")", '"', "\\", "*", "-", ":", "//", "[", ",", "\0", "\u202e"),
        *(" AND ", " OR ", " NOT ", " (", ") ", ' "', '" ', " -", " * ", " \\"),
        *(f"{name}:{value}" for name in [*BY_NAME, *KEYS] for value in VALUES),
    ]
)
HOSTILE = st.text(st.characters(codec=None), max_size=40)
QUERIES = st.lists(PIECES | st.just(" ") | HOSTILE, max_size=25).map("".join)
TYPED = st.lists(PIECES.filter(lambda piece: not piece.isspace()), max_size=25).map(" ".join)


def parse(text: str) -> Node:
    """Parse at one time, with a few trailer keys."""
    return parse_query(text, trailer_keys=KEYS, now=NOW)


def nodes(tree: Node) -> list[Node]:
    """Return a tree's nodes."""
    match tree:
        case And(parts) | Or(parts) | Words(parts):
            return [tree, *(node for part in parts for node in nodes(part))]
        case Not(part):
            return [tree, *nodes(part)]
        case _:
            return [tree]


@given(st.text() | HOSTILE | QUERIES | TYPED)
def test_every_text_is_a_query(text: str) -> None:
    """Whatever is typed or pasted gives a tree, and what that prints gives the same tree."""
    tree = parse(text)
    assert parse(str(tree)) == tree


@given(QUERIES | TYPED)
def test_trees_are_normal(text: str) -> None:
    """No Words within Words, no And within And, no Or within Or, no Not of Not, no group of one."""
    for node in nodes(parse(text)):
        match node:
            case Words(parts):
                assert parts
                assert not any(isinstance(part, And | Or | Not | Words) for part in parts)
            case And(parts) | Or(parts):
                assert len(parts) > 1
                assert not any(isinstance(part, type(node)) for part in parts)
            case Not(part):
                assert not isinstance(part, Not)
            case Word(text):
                assert any(letter.isalnum() for letter in text)


@given(st.lists(st.text(st.characters(codec=None)), max_size=10).map(" ".join))
def test_words_are_found_in_the_text(text: str) -> None:
    """Every word of the tree stands in the text, as typed."""
    assert all(node.text in text for node in nodes(parse(text)) if isinstance(node, Word))
