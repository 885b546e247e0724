"""What a search answers: immutable records of text and spans, free of markup."""

from collections.abc import Iterator

from kvmsearch.commit import Commit
from kvmsearch.record import Record


class Snippet(Record):
    """A piece of one field of a commit, and where the query matched in it."""

    field: str
    """`title`, `body` or `trailers`."""

    text: str
    matches: tuple[tuple[int, int], ...]
    """Half-open offsets in code points of text, in order, not overlapping."""

    def __init__(self, field: str, text: str, matches: tuple[tuple[int, int], ...]) -> None:
        # That of all records takes twice the time, and each hit has some.
        values = self.__dict__
        values["field"] = field
        values["text"] = text
        values["matches"] = matches


class Part(Record):
    """One reason why a hit ranks where it does."""

    label: str
    """In plain words: `deadlock`, `ABBA deadlock side by side`, `from its series`."""

    gain: float
    """What it adds to the score; less than nothing where it takes away."""

    details: tuple[tuple[str, str | int | float], ...] = ()
    """How the gain comes about: what it is made of, each with its value."""


class Explanation(Record):
    """Why a hit ranks where it does."""

    parts: tuple[Part, ...]
    """In order of the query; what they add makes up the score."""


class Hit(Record):
    """One answer: a change, shown by one of its commits."""

    commit: Commit
    score: float
    title_matches: tuple[tuple[int, int], ...]
    """Where the query matched in `commit.title`; half-open offsets in code points."""

    snippets: tuple[Snippet, ...]
    """The best pieces of the message, best first; the title only where nothing else is there."""

    copies: tuple[Commit, ...] = ()
    """The other matching commits of the same change."""

    explanation: Explanation | None = None
    """Why it ranks where it does, if that was asked for and the answers are ranked."""

    def __init__(
        self,
        commit: Commit,
        score: float,
        title_matches: tuple[tuple[int, int], ...],
        snippets: tuple[Snippet, ...],
        copies: tuple[Commit, ...] = (),
        explanation: Explanation | None = None,
    ) -> None:
        # As of a snippet.
        values = self.__dict__
        values["commit"] = commit
        values["score"] = score
        values["title_matches"] = title_matches
        values["snippets"] = snippets
        values["copies"] = copies
        values["explanation"] = explanation


class Results(Record):
    """One page of ranked or sorted answers."""

    query: str
    """The query as understood, printed from its tree."""

    total: int
    """Answers that paging can reach."""

    total_commits: int
    """Matching commits of all answers, copies included."""

    with_all_words: int
    """How many of them match every word of the query."""

    suggestion: str | None
    """A spelling to try where a word matches nothing."""

    hits: tuple[Hit, ...]
    """In order, best first."""

    understood: tuple[str, ...] = ()
    """The query in plain words, a line each, if that was asked for."""

    def __iter__(self) -> Iterator[Hit]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)
