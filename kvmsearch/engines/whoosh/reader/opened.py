"""What was opened last of the postings, of all segments of a snapshot.

A search looks at its best candidates first, and then perhaps at more; and who searches again
mostly does so with some of the same words.
"""

from typing import Protocol, TypeVar

_MOST = 128 << 20
"""Bytes that are kept: blocks of 30 KB mostly, and of each document looked at some hundred."""

Name = tuple[str, int]
"""A segment, and where in its file it is."""


class Weighed(Protocol):
    """What takes some room."""

    size: int
    """Bytes."""


Kept = TypeVar("Kept", bound=Weighed)


class Opened:
    """What was opened, each taken out to be used, and put back."""

    def __init__(self, most: int = _MOST) -> None:
        self._room = most
        self._kept: dict[Name, Weighed] = {}
        """The one used last at the end."""

    def take(self, name: Name, kind: type[Kept]) -> Kept | None:
        """Take out what is of a kind and has a name, if it is here."""
        found = self._kept.pop(name, None)
        if not isinstance(found, kind):
            return None
        self._room += found.size
        return found

    def put(self, name: Name, opened: Weighed) -> None:
        """Keep this instead of what has not been used for longest."""
        self._kept[name] = opened
        self._room -= opened.size
        while self._room < 0:
            self._room += self._kept.pop(next(iter(self._kept))).size
