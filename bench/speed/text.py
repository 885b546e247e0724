"""One commit as the peers are given it; apart from its reader, which is slow to import."""

from typing import NamedTuple


class Text(NamedTuple):
    """One commit, in the columns that kvmsearch has too."""

    id: str
    author: str
    """`Name <address>`."""

    committer: str
    written: int
    """The author date, seconds since 1970."""

    committed: int
    parents: str
    """Ids, with blanks between."""

    title: str
    body: str
    """All between title and trailers."""

    trailers: str
    """The last paragraph, where it begins with a trailer."""
