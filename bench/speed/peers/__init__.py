"""Other engines over the same commits, each set up as a careful user would.

Every one has kvmsearch's columns: id and dates, stored; title, body and trailers, stemmed by
Porter, weighing 3, 1 and 1/2 (Xapian, which knows whole numbers only: 3, 1 and 1); author and
committer, not stemmed. All give id, title and a marked piece of the body of each hit.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from bench.speed.asked import Query
from bench.speed.text import Text

Shown = tuple[str, str, str]
"""A hit: id, title, and a piece of the body with marks."""

Search = Callable[[Query, int], list[Shown]]
"""From a query and a limit to the best hits."""

MODULES = {"fts5": "sqlite3", "tantivy": "tantivy", "xapian": "xapian"}
"""The modules of this package, and what each needs."""


class Peer(NamedTuple):
    """How an engine is used."""

    name: str
    build: Callable[[Path, Iterable[Text], int], None]
    """Make an index in an empty folder, with so many threads where it can use them."""

    add: Callable[[Path, Iterable[Text]], None]
    """Add a few commits to an index and make them durable."""

    open: Callable[[Path], AbstractContextManager[Search]]


def installed(module: str) -> bool:
    """Tell whether what a peer needs can be had here."""
    return find_spec(MODULES[module]) is not None


def peer(module: str) -> Peer:
    """Return the peer of a module of this package, and import no other."""
    found: Peer = import_module(f"bench.speed.peers.{module}").PEER
    return found
