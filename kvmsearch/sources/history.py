"""The records of `git log` as commits, streamed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from kvmsearch.commit import Commit, Moment, Person
from kvmsearch.kept import Kept
from kvmsearch.record import replace

LOG = (
    "log",
    "-z",
    "--format=%H%n%P%n%an%n%ae%n%ad%n%cn%n%ce%n%cd%n%B",
    "--date=raw",
    "--encoding=UTF-8",
    "--no-color",
    "--no-mailmap",  # to read it, a partial clone would have to fetch it
    "--no-notes",
    "--no-patch",
)
"""The command that prints what `read_log` reads: people as written (no mailmap), raw dates."""

LONGEST_RECORD = 1 << 20
"""Bytes of a record that are kept; longer messages are no prose, and may be there to harm."""

_LATEST = int(datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC).timestamp())
"""The last second that is within the years of datetime in every time zone."""

_FURTHEST = 24 * 60 - 1
"""Minutes that a datetime may be ahead of UTC."""


def read_log(chunks: Iterable[bytes], cut: Mapping[str, tuple[str, ...]]) -> Iterator[Commit]:
    """Read the output of LOG.

    `cut` names the true parents of commits of which git hides them (a shallow clone's last ones).
    """
    commits = map(parse_record, _records(chunks))
    if not cut:
        return commits
    return (replace(commit, parents=cut.get(commit.id, commit.parents)) for commit in commits)


def _records(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split at NULs, which git prints within no commit: a message ends at its first one."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        rest = rest[:LONGEST_RECORD]
        yield from whole


def parse_record(record: bytes) -> Commit:
    """Build the commit of one record of LOG.

    Bytes that are no UTF-8 (git converts what names its encoding) become U+FFFD. A date that git
    cannot read is unknown: the committer date is then None, the author date that of the committer,
    or 1970. The year 9999 stands for later ones, a day less a minute for time zones further out.
    """
    text = record[:LONGEST_RECORD].decode("utf-8", "replace")
    object_id, parents, name, email, date, by, by_email, by_date, message = text.split("\n", 8)
    committed = parse_date(by_date)
    return Commit(
        object_id,
        message,
        _PEOPLE[f"{name}\n{email}"],
        parse_date(date) or committed or Moment((0, 0)),
        _PEOPLE[f"{by}\n{by_email}"] if by or by_email else None,
        committed,
        tuple(parents.split()),
    )


def _person(lines: str) -> Person:
    return Person(*lines.split("\n"))


_PEOPLE = Kept(_person)


def parse_date(raw: str) -> Moment | None:
    """Read git's raw date, `1700000000 +0545`; None where git printed none."""
    if not raw:
        return None
    seconds, zone = raw.split(" ")
    return Moment((min(int(seconds), _LATEST), _MINUTES[zone]))


def _minutes(zone: str) -> int:
    hours, minutes = divmod(abs(int(zone)), 100)
    ahead = min(hours * 60 + minutes, _FURTHEST)
    return -ahead if zone.startswith("-") else ahead


_MINUTES = Kept(_minutes)


def read_ids(chunks: Iterable[bytes]) -> Iterator[str]:
    """Read the output of `git rev-list`: one id a line."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("ascii") for line in whole)


def parse_parents(batch: bytes) -> dict[str, tuple[str, ...]]:
    """Read the parents of commits from `git cat-file --batch`; what is missing is left out."""
    parents = {}
    start = 0
    while start < len(batch):
        line_end = batch.index(b"\n", start)
        header = batch[start:line_end].decode("utf-8", "replace").split(" ")
        start = line_end + 1
        if header[1:] != ["missing"]:
            end = start + int(header[2])
            parents[header[0]] = _parents(batch[start:end])
            start = end + 1
    return parents


def _parents(content: bytes) -> tuple[str, ...]:
    head = content.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    return tuple(line.removeprefix("parent ") for line in head if line.startswith("parent "))
