"""Blocks that are kept open."""

from kvmsearch.engines.whoosh.reader.blocks import Block
from kvmsearch.engines.whoosh.reader.opened import Opened
from kvmsearch.engines.whoosh.reader.seen import Seen


class Weighed(Block):
    """A block of so many bytes."""

    size = 0

    def __init__(self, size: int) -> None:
        self.size = size


def test_least_used_goes() -> None:
    """Beyond so many bytes, what has not been used for longest is let go."""
    opened, blocks = Opened(100), [Weighed(40) for _ in range(3)]
    opened.put(("a", 0), blocks[0])
    opened.put(("a", 1), blocks[1])
    assert opened.take(("a", 0), Weighed) is blocks[0]
    opened.put(("a", 0), blocks[0])
    opened.put(("b", 0), blocks[2])
    assert opened.take(("a", 1), Weighed) is None
    assert opened.take(("a", 0), Weighed) is blocks[0]
    assert opened.take(("b", 0), Weighed) is blocks[2]


def test_what_grows() -> None:
    """What has grown while it was used makes others go; what is too large is not kept."""
    opened, block = Opened(100), Weighed(40)
    opened.put(("a", 0), Weighed(40))
    opened.put(("a", 1), block)
    assert opened.take(("a", 1), Weighed) is block
    block.size = 90
    opened.put(("a", 1), block)
    assert opened.take(("a", 0), Weighed) is None
    assert opened.take(("a", 1), Weighed) is block
    opened.put(("a", 2), Weighed(101))
    assert opened.take(("a", 2), Weighed) is None


def test_kinds() -> None:
    """What has the name, but is of another kind, is not what was asked for."""
    opened = Opened(100)
    opened.put(("a", 0), Weighed(40))
    assert opened.take(("a", 0), Seen) is None
