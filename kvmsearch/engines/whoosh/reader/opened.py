"""The blocks of postings that were opened last, of all segments of a snapshot.

A search looks at its best candidates first, and then perhaps at more; and who searches again
mostly does so with some of the same words.
"""

from kvmsearch.engines.whoosh.reader.blocks import Block

_MOST = 128 << 20
"""Bytes of blocks that are kept: mostly 20 KB each, and 200 KB where places are looked up."""

Name = tuple[str, int]
"""A segment, and where in its file the block is."""


class Opened:
    """Blocks, each taken out to be used, and put back."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._room = most
        self._kept: dict[Name, tuple[Block, int]] = {}
        """With the bytes of each; the one used last at the end."""

    @property
    def has_room(self) -> bool:
        """Whether a block may come to take more than it does; else others would go for it."""
        return self._room > self._most // 2

    def take(self, name: Name) -> Block | None:
        """Take out a block, if it is here."""
        block, size = self._kept.pop(name, (None, 0))
        self._room += size
        return block

    def put(self, name: Name, block: Block) -> None:
        """Keep a block, instead of those that have not been used for longest."""
        size = block.size
        self._kept[name] = block, size
        self._room -= size
        while self._room < 0:
            self.take(next(iter(self._kept)))
