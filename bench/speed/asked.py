"""What is asked: one query, in a form that every engine can put into its own language."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Query(NamedTuple):
    """Words, and how they are meant."""

    kind: str
    """`all`, `any`, `prefix`, `phrase`, `or`, `not` (all but the last word) or `question`.

    `or` is `any`, written with the operator; `question` is `any`, and kvmsearch gets `text`.
    """

    words: tuple[str, ...]
    text: str = ""
    """The question as a person wrote it."""

    narrowed: str = ""
    """A filter in the language of kvmsearch."""

    how: Mapping[str, Any] = MappingProxyType({})
    """More arguments of `kvmsearch.Index.search`."""

    def told(self) -> dict[str, Any]:
        """Return the query for JSON."""
        return {**self._asdict(), "how": dict(self.how)}


def read(told: Mapping[str, Any]) -> Query:
    """Return the query that `Query.told` told."""
    return Query(**{**told, "words": tuple(told["words"])})


def written(query: Query) -> tuple[str, dict[str, Any]]:
    """Return the query as a user of kvmsearch types it, and the arguments of the search."""
    words = query.words
    text = {
        "prefix": f"{words[0]}*",
        "phrase": f'"{" ".join(words)}"',
        "or": " OR ".join(words),
        "not": f"{' '.join(words[:-1])} NOT {words[-1]}",
        "question": query.text,
    }.get(query.kind, " ".join(words))
    match = "any" if query.kind in ("any", "question") else "all"
    return f"{text} {query.narrowed}".strip(), {"match": match, **query.how}
