"""The seam between the index and what keeps it: a question, its answers, and who gives them.

What an engine does is in `protocol`; a location chooses one.
"""

from typing import TYPE_CHECKING, Literal

from kvmsearch.commit import Commit
from kvmsearch.errors import UsageError
from kvmsearch.hits import Explanation
from kvmsearch.query.tree import Node
from kvmsearch.record import Record

if TYPE_CHECKING:
    from kvmsearch.engines.protocol import Engine

Match = Literal["auto", "all", "any"]
"""What free words ask for; auto: any where answers are ranked, all where they are a set."""

Sort = Literal["relevance", "newest", "oldest"]


class Question(Record):
    """One search, as an engine takes it."""

    query: Node
    limit: int = 10
    skip: int = 0
    match: Match = "auto"
    sort: Sort = "relevance"
    group: bool = True
    """Whether the commits of one change are one answer."""

    explain: bool = False
    """Whether to tell why each answer ranks where it does."""

    @property
    def any_word(self) -> bool:
        """Whether one of the free words is enough."""
        return self.match == "any" or (self.match == "auto" and self.sort == "relevance")


class Answer(Record):
    """One change that matches."""

    commit: Commit
    score: float
    copies: tuple[Commit, ...]
    explanation: Explanation | None = None

    def __init__(
        self,
        commit: Commit,
        score: float,
        copies: tuple[Commit, ...],
        explanation: Explanation | None = None,
    ) -> None:
        # That of all records takes twice the time, and a page has many.
        values = self.__dict__
        values["commit"] = commit
        values["score"] = score
        values["copies"] = copies
        values["explanation"] = explanation


class Answers(Record):
    """What an engine answers: a page of changes and how many there are in all."""

    total: int
    with_all_words: int
    page: tuple[Answer, ...]
    total_commits: int = 0
    """The matching commits of all answers."""

    suggestion: str | None = None
    """A spelling to try where a word matches nothing."""


def open_engine(location: str, *, create: bool) -> "Engine":
    """Open the index at a location: a folder is a Whoosh index.

    Raises:
        NoIndexError: there is none and `create` is false.
        UsageError: no engine keeps an index at such a location.
    """
    if "://" in location:
        raise UsageError(f"{location}: an index is a folder; URLs are not supported yet")
    from kvmsearch.engines.whoosh.engine import WhooshEngine  # noqa: PLC0415 - Whoosh is slow to import

    return WhooshEngine(location, create=create)
