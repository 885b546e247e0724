"""The Whoosh schema, and a commit to and from the stored form of its document.

It holds nothing but Whoosh's own classes: a process without kvmsearch opens the folder.
Terms are made by kvmsearch.analysis; the tokenizer named here only lets Whoosh's own
query tools ask for a term as it stands.
"""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any

from whoosh.analysis.tokenizers import SpaceSeparatedTokenizer
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, STORED, TEXT, Schema

from kvmsearch.commit import Commit, Completeness, Person


def _text() -> TEXT:
    return TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=True)


SCHEMA = Schema(
    id=ID(unique=True, stored=True),
    title=_text(),
    body=_text(),
    # One field for all keys: a term is `word:key`, and `:key` is there once a trailer.
    trailer=_text(),
    author=_text(),
    committer=_text(),
    # Seconds since the epoch; the committer date is the author date where it is unknown.
    committer_date=COLUMN(NumericColumn("q")),
    author_date=COLUMN(NumericColumn("q")),
    # Equal for commits of the same author address, and for commits of the same change.
    author_key=COLUMN(NumericColumn("q")),
    change_key=COLUMN(NumericColumn("q")),
    message=STORED(),
    record=STORED(),
)

TEXT_FIELDS = ("title", "body", "trailer")
"""The fields that are ranked, in the order of their weights."""


def stored(commit: Commit) -> dict[str, str]:
    """Return the stored fields of a commit: its id, its message and a JSON record of the rest."""
    committer = commit.committer
    record = {
        "author": [commit.author.name, commit.author.email],
        "author_date": _stored_date(commit.author_date),
        "committer": committer and [committer.name, committer.email],
        "committer_date": commit.committer_date and _stored_date(commit.committer_date),
        "parents": commit.parents,
        "url": commit.url,
        "completeness": int(commit.completeness),
    }
    return {
        "id": commit.id,
        "message": commit.message,
        "record": json.dumps(record, separators=(",", ":")),
    }


def loaded(fields: dict[str, Any]) -> Commit:
    """Return the commit of a document's stored fields."""
    record = json.loads(fields["record"])
    committer, committed, parents = record["committer"], record["committer_date"], record["parents"]
    return Commit(
        id=fields["id"],
        message=fields["message"],
        author=Person(*record["author"]),
        author_date=_loaded_date(record["author_date"]),
        committer=None if committer is None else Person(*committer),
        committer_date=None if committed is None else _loaded_date(committed),
        parents=None if parents is None else tuple(parents),
        url=record["url"],
        completeness=Completeness(record["completeness"]),
    )


def number_of(text: str) -> int:
    """Return 64 bits that stand for a text, the same on every machine."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _stored_date(date: datetime) -> list[int]:
    offset = date.utcoffset() or timedelta()
    return [int(date.timestamp()), round(offset.total_seconds() / 60)]


def _loaded_date(stored_date: list[int]) -> datetime:
    seconds, minutes = stored_date
    zone = timezone(timedelta(minutes=minutes)) if minutes else UTC
    return datetime.fromtimestamp(seconds, zone)
