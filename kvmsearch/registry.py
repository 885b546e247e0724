"""The sources an index knows and where each one stands; plain records that an engine keeps.

The registry changes in the same atomic commit as the documents and the membership of
commits in refs, so the three are always in step.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kvmsearch.commit import Commit
from kvmsearch.record import Record, replace


class SourceSpec(Record):
    """What is followed where, under which name."""

    name: str
    location: str
    """A URL, a path (absolute), or `-` for standard input."""

    branches: tuple[str, ...] = ()
    """Branch and tag names or globs of a repository; none means HEAD. Feeds name their own."""

    paths: tuple[str, ...] = ()
    """Path limits of a repository, as git has them."""

    merges: bool = True


class RefState(Record):
    """Where a source stands on one ref."""

    state: str | None
    """What the source resumes from; opaque (a repository: the tip's id).

    None: a read of the ref is under way, or was cut short. The commits that are on the ref
    are then some of before and some of after, and the next read begins by forgetting them.
    """

    complete: bool
    """Whether the index knows the whole history of the ref."""


class SourceState(Record):
    """A registered source and how its last update went."""

    spec: SourceSpec
    refs: Mapping[str, RefState] = MappingProxyType({})
    last_update: datetime | None = None
    """When the last update ended, aware; None: never."""

    last_error: str | None = None

    def with_ref(self, branch: str, ref: RefState | None) -> "SourceState":
        """Return the state with one ref set, or with None left out."""
        others = {name: known for name, known in self.refs.items() if name != branch}
        return replace(self, refs=others if ref is None else {**others, branch: ref})


Registry = Mapping[str, SourceState]
"""The known sources by name."""


class SourceStatus(Record):
    """A source as `kvmsearch sources` lists it."""

    spec: SourceSpec
    refs: tuple[str, ...]
    commits: int
    """How many commits of the index are on a ref of this source."""

    newest: Commit | None
    last_update: datetime | None
    last_error: str | None


class Progress(Record):
    """How far one source is read."""

    source: str
    done: int
    """Commits read so far."""

    count: Callable[[], int | None] | None
    """What tells `total`, where the source can."""

    @property
    def total(self) -> int | None:
        """Commits there are to read; None until that is known.

        Once asked for it is found out beside the reading, which takes a moment on another core.
        """
        return self.count() if self.count else None


class Outcome(Record):
    """What an update did for one source."""

    source: str
    new: int
    updated: int
    """Commits whose record a more complete one replaced."""

    unchanged: int
    """Commits that were there as they are, and were told again or came onto a branch."""

    error: str | None = None


def to_json(registry: Registry) -> list[dict[str, Any]]:
    """Return the registry as JSON values."""
    return [
        {
            "name": source.spec.name,
            "location": source.spec.location,
            "branches": list(source.spec.branches),
            "paths": list(source.spec.paths),
            "merges": source.spec.merges,
            "refs": {name: [ref.state, ref.complete] for name, ref in source.refs.items()},
            "last_update": source.last_update and source.last_update.isoformat(),
            "last_error": source.last_error,
        }
        for source in registry.values()
    ]


def from_json(values: list[dict[str, Any]]) -> dict[str, SourceState]:
    """Return the registry that `to_json` wrote.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it did not write that.
    """
    return {_text(value["name"]): _source(value) for value in values}


def _source(value: dict[str, Any]) -> SourceState:
    error = value["last_error"]
    return SourceState(
        SourceSpec(
            _text(value["name"]),
            _text(value["location"]),
            tuple(map(_text, value["branches"])),
            tuple(map(_text, value["paths"])),
            bool(value["merges"]),
        ),
        {name: _ref(*ref) for name, ref in value["refs"].items()},
        _date(value["last_update"]),
        None if error is None else _text(error),
    )


def _ref(state: object, complete: object) -> RefState:
    return RefState(None if state is None else _text(state), bool(complete))


def _date(text: str | None) -> datetime | None:
    date = None if text is None else datetime.fromisoformat(text)
    if date and date.tzinfo is None:
        raise ValueError("a date without its time zone")
    return date


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
