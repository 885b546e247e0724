from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.sources.history import (
    LONGEST_RECORD,
    parse_date,
    parse_parents,
    parse_record,
    read_ids,
    read_log,
)

line = st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]), max_size=20)
record = st.tuples(line, line, line, line, st.text("abc \n\r\x85\u2028", max_size=50)).map(
    lambda given: "\n".join(
        ("a" * 40, "b" * 40, given[0], given[1], "1 +0000", given[2], given[3], "2 -0130", given[4])
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
    date = parse_date(f"{seconds} {zone:+05d}")
    assert date is not None
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
