"""A link: one thing that the message of a commit says of another, as written."""

from typing import Literal

from kvmsearch.record import Record

Kind = Literal["fixes", "reverts", "reverts-title", "copies", "mentions", "link"]

LONGEST_VALUE = 250
"""Characters of a value; a longer URL is no link, a longer title is cut."""

SHORTEST_ID = 7
"""Digits of an abbreviated id in a message, git's own least."""


class Link(Record):
    """One thing that a message says of another commit."""

    kind: Kind
    value: str
    """As written: an id of 7 to 64 digits in lower case; of `reverts-title` a title as
    `title_key` has it; of `link` a message id, or a URL where it holds none."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def abbreviates(one: str, other: str) -> bool:
    """Tell whether two ids, full or abbreviated, may be the same."""
    return one.startswith(other) or other.startswith(one)


def title_key(title: str) -> str:
    """Return a title as titles are compared: runs of spaces as one, cut to LONGEST_VALUE."""
    return storable(" ".join(title.split()))[:LONGEST_VALUE]


def storable(text: str) -> str:
    """Return a text with a mark for what is no Unicode."""
    return text.encode("utf-8", "replace").decode()
