"""`name:value` to the node that it means, by the table of fields."""

import re
from collections.abc import Container
from datetime import datetime, timedelta

from kvmsearch.errors import UsageError
from kvmsearch.fields import BY_NAME, Field, Kind
from kvmsearch.query.lex import read_word
from kvmsearch.query.tree import (
    Dated,
    Id,
    Near,
    Node,
    On,
    Person,
    Phrase,
    Subsystem,
    Trailer,
    Word,
)

_ID = r"[0-9A-Fa-f]{4,64}"
_SECOND = timedelta(seconds=1)


def read_filter(
    name: str, value: Word | Phrase | Near, *, trailer_keys: Container[str], now: datetime
) -> Node | None:
    """Return what a field (its name in lower case) asks with a value, no Word if it was quoted.

    None where no field has that name, or where it cannot have that value.
    """
    field = BY_NAME.get(name)
    if field is not None:
        return _read(field, value, now)
    if name in trailer_keys and not isinstance(value, Near):
        return Trailer(name, "" if value == Word("*") else value.text)
    return None


def _read(field: Field, value: Word | Phrase | Near, now: datetime) -> Node | None:
    if value == Word("*"):
        return On("*") if field.kind is Kind.BRANCH else None
    if field.kind is Kind.TEXT:
        return _words(field.name, value)
    return None if isinstance(value, Near) else _filter(field, value, now)


def _filter(field: Field, value: Word | Phrase, now: datetime) -> Node | None:
    match field.kind:
        case Kind.SUBSYSTEM:
            return Subsystem(value.text)
        case Kind.PEOPLE:
            return Person(value.text, field.name)
        case Kind.BRANCH:
            return On(value.text)
        case Kind.ID:
            return Id(value.text.lower()) if re.fullmatch(_ID, value.text) else None
        case Kind.REGEX:
            return None  # What is one was read before white space parted it.
        case _:
            return _dated(field, value.text, now)


def _words(name: str, value: Word | Phrase | Near) -> Node:
    match value:
        case Near(text, distance):
            return Near(text, distance, name)
        case Phrase(text):
            return Phrase(text, name)
    return read_word(value.text, name)


def _dated(field: Field, text: str, now: datetime) -> Node | None:
    """Read a date; what is none is text, for query text is never an error."""
    from kvmsearch.dates import parse_date, parse_span  # noqa: PLC0415 - slow, and rarely needed

    try:
        if field.kind is Kind.SINCE:
            return Dated(since=parse_date(text, now))
        if field.kind is Kind.UNTIL:
            # As git has it, that second is in; the tree's `until` is the first moment out.
            return Dated(until=parse_date(text, now) + _SECOND)
        since, until = parse_span(text, now)
    except UsageError:
        return None
    return Dated(since, until, "author" if field.name == "author-date" else "committer")
