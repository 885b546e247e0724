"""What is asked: a tree, parsed from text or made by hand."""

from kvmsearch.query.parse import parse_query
from kvmsearch.query.tree import (
    And,
    Dated,
    Everything,
    Fuzzy,
    Id,
    Named,
    Near,
    Node,
    Not,
    On,
    Or,
    Person,
    Phrase,
    Prefix,
    Regex,
    Subsystem,
    Trailer,
    Word,
    Words,
)

__all__ = [
    "And",
    "Author",
    "Committer",
    "Dated",
    "Everything",
    "Fuzzy",
    "Id",
    "Named",
    "Near",
    "Node",
    "Not",
    "On",
    "Or",
    "Person",
    "Phrase",
    "Prefix",
    "Regex",
    "Subsystem",
    "Trailer",
    "Word",
    "Words",
    "parse_query",
]


def Author(text: str) -> Person:  # noqa: N802 - stands beside the classes: `query & Author("x")`
    """Ask for all words of `text` in the author's name or address."""
    return Person(text, "author")


def Committer(text: str) -> Person:  # noqa: N802 - as Author
    """Ask for all words of `text` in the committer's name or address."""
    return Person(text, "committer")
