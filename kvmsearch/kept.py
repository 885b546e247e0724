"""What is made of texts that come again and again, kept for when they do."""

from collections.abc import Callable
from typing import TypeVar

_LONGEST = 200
"""Characters of a text that is kept."""

_MOST = 8192
"""Texts that are kept; past that, they make room for others."""

_Made = TypeVar("_Made")


class Kept(dict[str, _Made]):
    """What a function makes of each text that it is asked for as an item."""

    def __init__(self, make: Callable[[str], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> _Made:
        made = self._make(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = made
        return made
