"""Whatever the parts of the writer put down, those of the reader read again."""

from array import array
from hashlib import sha1
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kvmsearch.engines.whoosh.layout import FIELDS, MARK, RANKED
from kvmsearch.engines.whoosh.reader import blocks, columns, lookups
from kvmsearch.engines.whoosh.reader.terms import Terms
from kvmsearch.engines.whoosh.writer import columns as written_columns
from kvmsearch.engines.whoosh.writer import lookups as written_lookups
from kvmsearch.engines.whoosh.writer import postings
from kvmsearch.engines.whoosh.writer.dictionary import Dictionary
from tests.engines.made import made
from tests.engines.memory import MemoryLeaf
from tests.engines.reader.built import leaf_of, stands

WORDS = st.sampled_from(("fix", "kvm_gmem", "vCPU", "a-b-c", "fix fix", "x/y_z.c ", "gap " * 300))
TRAILERS = st.sampled_from(
    ("Cc: kvm_gmem", 'Fixes: 2a62345b3052 ("fix")', "Cc: ", "Cc: fix fix", f"{'k' * 300}: fix")
)
MESSAGES = st.builds(
    lambda *texts: "\n\n".join(texts),
    st.lists(WORDS, max_size=9).map(" ".join),
    st.lists(WORDS, max_size=400).map(" ".join),
    st.lists(TRAILERS, max_size=4).map("\n".join),
)
BEGINS = st.integers(0, 255) | st.integers(0, 70_000)
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)


class Blocks(bytearray):
    """A file that is written to and then read."""

    def write(self, data: bytes) -> int:
        """Append to it."""
        self.extend(data)
        return len(data)


@settings(max_examples=30)
@given(st.lists(MESSAGES, min_size=1, max_size=40), st.data())
def test_messages(messages: list[str], data: st.DataObject) -> None:
    """Terms, documents, codes and places of a segment are those of the same segment in memory."""
    commits = [made(message, id=f"{number:040x}") for number, message in enumerate(messages)]
    memory = MemoryLeaf(commits, 0, ())
    with TemporaryDirectory() as folder:
        leaf = leaf_of(Path(folder), commits)
        for field in FIELDS:
            terms = list(memory.expand(field, ""))
            assert list(leaf.expand(field, "")) == terms
            for term in terms:
                assert leaf.documents(field, term) == memory.documents(field, term)
        assert [list(begins) for begins in leaf.begins()] == list(memory.begins())
        wanted = sorted(data.draw(st.sets(st.integers(0, len(messages) - 1))))
        for term in memory.expand(RANKED, ""):
            # What marks a trailer is not ranked.
            assert term.startswith(MARK) or leaf.postings(term) == memory.postings(term)
            assert stands(leaf, term, wanted) == stands(memory, term, wanted)


@given(st.dictionaries(st.text(max_size=30).map(str.encode), st.binary(max_size=40)), st.data())
def test_terms(terms: dict[bytes, bytes], data: st.DataObject) -> None:
    """Each term of each field leads to its value, and no other does; they come in order."""
    file = Blocks()
    dictionary = Dictionary(file)  # type: ignore[arg-type]
    names = sorted(terms)
    dictionary.add(0, [(name.decode(), terms[name]) for name in names])
    dictionary.add(1, [(name.decode(), b"other") for name in names[::2]])
    dictionary.finish(["a", "b"])
    read = Terms(memoryview(bytes(file)))
    assert {name: bytes(read.get("a", name) or b"") for name in names} == terms
    assert [name for name in names if read.get("b", name)] == names[::2]
    unknown = data.draw(st.binary(max_size=5))
    assert unknown in terms or read.get("a", unknown) is None
    prefix, start = data.draw(st.binary(max_size=2)), data.draw(st.binary(max_size=2))
    expected = [name for name in names if name.startswith(prefix) and name >= start]
    assert list(read.expand("a", prefix, start)) == expected


@given(st.lists(st.binary(max_size=30_000) | st.just(b""), max_size=12))
def test_rows(rows: list[bytes]) -> None:
    """Rows of any length are read one by one."""
    file = Blocks()
    writer = written_columns.CompressedRows(file.write)
    for row in rows:
        writer.add(row)
    blocks = writer.finish()
    read = columns.CompressedRows(memoryview(bytes(file)), memoryview(blocks))
    for document in (*range(len(rows)), *reversed(range(len(rows)))):
        assert read[document] == rows[document]


@given(st.lists(st.sampled_from((20, 32)), max_size=40))
def test_ids(widths: list[int]) -> None:
    """Ids lead to their documents, whatever their lengths."""
    raw = [(sha1(bytes([n])).digest() * 2)[:width] for n, width in enumerate(widths)]  # noqa: S324
    known = {one: document for document, one in enumerate(raw)}
    names = columns.ShortRows(memoryview(written_columns.short_bytes(raw)), len(raw))
    assert [names[document] for document in range(len(raw))] == raw
    ids = lookups.Ids(memoryview(written_lookups.ids(raw)), names)
    assert {one: ids.find(one) for one in raw} == known
    assert dict(ids.beginning("")) == {one.hex(): document for one, document in known.items()}


@given(st.lists(st.tuples(st.integers(-2, 2) | NUMBERS, NUMBERS), max_size=30))
def test_ordered(rows: list[tuple[int, int]]) -> None:
    """What one author wrote is found by the key, in order of dates; numbers are as written."""
    count = len(rows)
    keys, dates = array("q", [key for key, _ in rows]), array("q", [date for _, date in rows])
    of_dates = memoryview(written_columns.numbers(dates))
    series = lookups.Ordered(memoryview(written_lookups.series(keys, dates)), count)
    changes = lookups.Ordered(memoryview(written_lookups.changes(keys)), count)
    for key in {*keys, 17}:
        of_key = sorted((date, number) for number, (k, date) in enumerate(rows) if k == key)
        assert list(series.having(key, keys.__getitem__)) == [number for _, number in of_key]
        assert list(changes.having(key, keys.__getitem__)) == sorted(n for _, n in of_key)
    assert columns.numbers(of_dates, count) == dates
    assert [columns.number(of_dates, number) for number in range(count)] == list(dates)
    assert columns.number(of_dates, count) == 0


@given(st.lists(st.tuples(BEGINS, BEGINS), max_size=30))
def test_texts(rows: list[tuple[int, int]]) -> None:
    """Where texts begin is read as it was written, whatever the size of the numbers."""
    written = [np.array(list(column), np.int64) for column in zip(*rows, strict=True)]
    file = written_lookups.texts(*(written or [np.array([], np.int64)] * 2))
    begins = lookups.begins_of(memoryview(file), len(rows))
    assert list(zip(*begins, strict=True)) == rows


def test_columns_of_values() -> None:
    """What stands around the columns of values is what the writer writes."""
    columns_ = b"<forms>", b"<counts>", b"<tails>", b"<sizes>"
    written = postings._VALUES % columns_  # noqa: SLF001
    assert b"".join(chain(*zip_longest(blocks.COLUMNS, columns_, fillvalue=b""))) == written
