from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.commit import Person
from kvmsearch.sources.history import (
    LONGEST_RECORD,
    parse_date,
    parse_parents,
    parse_record,
    read_ids,
    read_log,
)
from tests.sources.repositories import Follower, Repository

line = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), max_size=20)
record = st.tuples(line, line, line, line, st.text("abc \n\r\x85\u2028", max_size=50)).map(
    lambda part: "\n".join(
        ("a" * 40, "b" * 40, part[0], part[1], "1 +0000", part[2], part[3], "2 -0130", part[4])
    )
)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut data into pieces of the sizes given, and what is left."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(st.lists(record, max_size=5), st.lists(st.integers(1, 100), max_size=20))
def test_any_cut_reads_the_same(records: list[str], sizes: list[int]) -> None:
    """However the output arrives in pieces, the commits are those of the records in order."""
    data = "".join(f"{one}\0" for one in records).encode()
    assert list(read_log(cut(data, sizes), {})) == [parse_record(one.encode()) for one in records]


@given(record)
def test_every_field_is_kept(one: str) -> None:
    """Odd names and messages come out as they went in, whatever line breaks Unicode has."""
    commit = parse_record(one.encode())
    fields = one.split("\n", 8)
    assert [commit.author.name, commit.author.email, commit.message] == [*fields[2:4], fields[8]]
    assert commit.author_date.timestamp() == 1


@given(st.integers(0, 2**64), st.integers(-99999, 99999))
def test_every_date_is_a_date(seconds: int, zone: int) -> None:
    """No date or zone that git can print is beyond us."""
    moment = parse_date(f"{seconds} {zone:+05d}")
    assert moment is not None
    date = moment.date
    assert abs(date.utcoffset() or timedelta(0)) < timedelta(hours=24)
    assert date.timestamp() == min(seconds, 253402214399)


@given(st.lists(st.text("0123456789abcdef", min_size=40, max_size=40)), st.integers(1, 99))
def test_ids(ids: list[str], size: int) -> None:
    """Ids are read one a line, however they arrive in pieces."""
    data = "".join(f"{one}\n" for one in ids).encode()
    assert list(read_ids(cut(data, [size] * 50))) == ids


@pytest.mark.parametrize("size", [1 << 14, LONGEST_RECORD // 3, 10 * LONGEST_RECORD])
def test_long_record(size: int) -> None:
    """A record is cut at the same byte however it arrives, and the next one is whole."""
    header = "\n".join(("a" * 40, "", "A", "a@b", "1 +0000", "", "", "", ""))
    data = f"{header}{'x' * 3 * LONGEST_RECORD}\0{header}short\0".encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    long, short = read_log(pieces, {})
    assert len(long.message) == LONGEST_RECORD - len(header)
    assert short.message == "short"


def test_parents_of_objects() -> None:
    """Parents are read of commit objects side by side, and of no line of a message."""
    first = b"tree t\nparent 1\nparent 2\nauthor A\n\nparent 3\n"
    second = b"tree t\nauthor A\n\n"
    batch = b"a commit %d\n%s\nc missing\nb commit %d\n%s\n" % (
        len(first),
        first,
        len(second),
        second,
    )
    assert parse_parents(batch) == {"a": ("1", "2"), "b": ()}


def test_commit_as_written(repository: Repository) -> None:
    """A commit has all that its object says: people, dates with their zones, parents, message."""
    root = repository.commit("Root")
    (repository.path / ".mailmap").write_text("Other <other@example.org> <ann@example.org>\n")
    env = {"GIT_AUTHOR_DATE": "1600000000 +0545", "GIT_COMMITTER_DATE": "1700000000 -0800"}
    message = "KVM: Fix ünïcode\n\nBody\n\nSigned-off-by: Ann\n"
    repository.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message.encode(), env=env)
    newest, oldest = Follower(repository.path).told().commits
    assert newest.message == message
    assert newest.author == newest.committer == Person("Ann", "ann@example.org")
    assert newest.author_date.isoformat() == "2020-09-13T18:11:40+05:45"
    assert str(newest.committer_date) == "2023-11-14 14:13:20-08:00"
    assert (newest.parents, oldest.parents, oldest.id) == ((root,), (), root)


@pytest.mark.parametrize(
    ("header", "raw", "read"),
    [
        (b"encoding ISO-8859-1\n", b"caf\xe9", "café"),
        (b"", b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"encoding no-such-thing\n", b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
        (b"", b"a\r\nb\x1b[31m\xc2\x85c", "a\r\nb\x1b[31m\x85c"),
        (b"", b"\n\nlate\n\n\n", "\n\nlate\n\n\n"),
        (b"", b"seen\0hidden", "seen"),
        (b"", b"", ""),
    ],
)
def test_odd_messages(repository: Repository, header: bytes, raw: bytes, read: str) -> None:
    """Messages are converted from the encoding that they name; what is no text is replaced."""
    people = b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    repository.raw_commit(people + header + b"\n" + raw)
    (commit,) = Follower(repository.path).told().commits
    assert commit.message == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"0 -0000", "1970-01-01T00:00:00+00:00"),
        (b"1700000000 +0545", "2023-11-15T03:58:20+05:45"),
        (b"1700000000 +9999", "2023-11-15T22:12:20+23:59"),
        (b"1700000000 -9999", "2023-11-13T22:14:20-23:59"),
        (b"315507398399999 +0000", "9999-12-30T23:59:59+00:00"),
        (b"315507398399999 +1400", "9999-12-31T13:59:59+14:00"),
        (b"99999999999999999999999 +0000", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_odd_dates(repository: Repository, raw: bytes, read: str) -> None:
    """Dates and zones that datetime does not reach come as near as it does."""
    people = b"author A <a@b> " + raw + b"\ncommitter A <a@b> 1700000000 +0000\n"
    repository.raw_commit(people + b"\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert commit.author_date.isoformat() == read


def test_unreadable_dates(repository: Repository) -> None:
    """A date before 1970 is unknown to git: then the other date stands for it, or 1970."""
    first = b"author A <a@b> -62135596800 +0000\ncommitter B <b@c> 1700000000 +0000\n\nx\n"
    repository.raw_commit(first)
    (commit,) = Follower(repository.path).told().commits
    assert commit.author_date == commit.committer_date == datetime.fromtimestamp(1.7e9, UTC)
    repository.raw_commit(b"author A <a@b> when\ncommitter B <b@c>\n\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert (commit.author_date.year, commit.committer_date) == (1970, None)


def test_nameless_people(repository: Repository) -> None:
    """Empty names and addresses stay empty; a committer without both is unknown."""
    repository.raw_commit(b"author  <> 1 +0000\ncommitter  <> 2 +0000\n\nx\n")
    (commit,) = Follower(repository.path).told().commits
    assert (commit.author, commit.committer) == (Person("", ""), None)
    assert commit.date == datetime.fromtimestamp(2, UTC)


def test_giant_message(repository: Repository) -> None:
    """A message of many megabytes is cut; its neighbours are whole."""
    people = b"author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
    parent = repository.raw_commit(people + b"\n" + b"giant " * 1_000_000)
    repository.raw_commit(b"parent " + parent.encode() + b"\n" + people + b"\nsmall\n")
    small, giant = Follower(repository.path).told().commits
    assert small.message == "small\n"
    assert 1_000_000 < len(giant.message) <= 1 << 20
