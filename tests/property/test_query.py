from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.errors import UsageError
from kvmsearch.fields import BY_NAME
from kvmsearch.query import And, Named, Not, Or, Regex, Word, Words, parse_query
from kvmsearch.query.plain import in_words
from kvmsearch.query.regex import compile_regex
from kvmsearch.query.tree import Node

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KEYS = frozenset({"cc", "fixes"})

VALUES = (
    *("x", "2026", "2026-01..", '"a b"', '"', "94fe", "*", "y*", "2weeks", "(", "a)", '"/x"'),
    *("gmen~", "/x/", "/a b/i", r"/\//", "/(/", '"a b"~5'),
)
PIECES = st.sampled_from(
    [
        *("a", "KVM", "foo()", "foo*", "word~", "KVM:", "[1]", "-b", "-bc", "-EINVAL", "do", "a.b"),
        *("gmen~", "gmen~2", '"a b"~5', "-gmen~", "~", "~2", "HEAD~2", "re:/", "/i", r"re:/a\/ b/"),
        *("2a62345b3052", "2a62345b3052,", "commit", "Fixes:", "https://lore.kernel.org/r/1@b"),
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


@given(st.text(st.characters(codec=None), min_size=1, max_size=40), st.booleans())
def test_every_regular_expression_can_be_written(pattern: str, ignore_case: bool) -> None:
    """A regular expression that compiles stands in a query, whatever slashes and spaces it has."""
    tree = parse(str(Regex(pattern, ignore_case)))
    assert tree == parse(str(tree))
    try:
        wanted = compile_regex(pattern, ignore_case=ignore_case)
    except UsageError:
        return
    assert isinstance(tree, Regex)
    assert tree.ignore_case is ignore_case
    assert tree.pattern.replace("\\/", "/") == pattern.replace("\\/", "/")
    assert compile_regex(tree.pattern, ignore_case=ignore_case).groups == wanted.groups


@given(QUERIES | TYPED)
def test_every_query_can_be_told(text: str) -> None:
    """Whatever is asked is told in plain words."""
    assert all(in_words(parse(text), any_word=True))


@given(QUERIES | TYPED)
def test_trees_are_normal(text: str) -> None:
    """No Words within Words, no And within And, no Or within Or, no Not of Not, no group of one."""
    for node in nodes(parse(text)):
        match node:
            case Words(parts):
                assert parts
                assert not any(isinstance(part, And | Or | Not | Words) for part in parts)
                assert not any(isinstance(part, Named) for part in parts[:-1])
                assert not isinstance(parts[0], Named)
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
