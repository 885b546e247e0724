"""Whatever the parts of the writer put down, those of the reader read again."""

from array import array
from hashlib import sha1

from hypothesis import given
from hypothesis import strategies as st

from kvmsearch.engines.whoosh.reader import columns, lookups
from kvmsearch.engines.whoosh.reader.postings import Postings
from kvmsearch.engines.whoosh.reader.terms import Terms
from kvmsearch.engines.whoosh.writer import columns as written_columns
from kvmsearch.engines.whoosh.writer import lookups as written_lookups
from kvmsearch.engines.whoosh.writer.dictionary import Dictionary
from kvmsearch.engines.whoosh.writer.postings import POSITION_BITS, PostingsWriter

COUNT = 1 << 24
DOCUMENTS = st.sets(st.integers(0, COUNT - 1) | st.integers(0, 300), min_size=1, max_size=60)
POSITIONS = st.sets(st.integers(0, 70_000) | st.integers(0, 300), min_size=1, max_size=300)
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)


class Blocks(bytearray):
    """A file that is written to and then read."""

    def write(self, data: bytes) -> int:
        """Append to it."""
        self.extend(data)
        return len(data)


@given(st.dictionaries(st.integers(0, COUNT - 1), st.integers(1, 255), min_size=1, max_size=60))
def test_codes(codes: dict[int, int]) -> None:
    """Documents and codes of a term are read as they were written."""
    documents = sorted(codes)
    weights = bytes(codes[document] for document in documents)
    file = Blocks()
    entry = PostingsWriter(file.write).coded(documents, weights)
    term = Postings(memoryview(entry), memoryview(bytes(file)), COUNT)
    assert term.frequency == len(documents)
    assert term.documents() == documents
    assert term.coded() == (documents, weights)


@given(DOCUMENTS)
def test_bare(documents: set[int]) -> None:
    """Documents without more are read as they were written."""
    file = Blocks()
    entry = PostingsWriter(file.write).bare(sorted(documents))
    assert Postings(memoryview(entry), memoryview(bytes(file)), COUNT).documents() == sorted(
        documents
    )


@given(st.dictionaries(st.integers(0, COUNT - 1), POSITIONS, min_size=1, max_size=40), st.data())
def test_positions(positions: dict[int, set[int]], data: st.DataObject) -> None:
    """Positions are read as they were written, of any choice of documents."""
    occurrences = sorted(
        document << POSITION_BITS | position
        for document, found in positions.items()
        for position in found
    )
    file = Blocks()
    entry = PostingsWriter(file.write).positioned(array("Q", occurrences))
    wanted = data.draw(st.sets(st.sampled_from(sorted(positions)) | st.integers(0, COUNT)))
    term = Postings(memoryview(entry), memoryview(bytes(file)), COUNT)
    expected = {
        document: sorted(positions[document]) for document in sorted(wanted & positions.keys())
    }
    assert {document: list(at) for document, at in term.positions(wanted)} == expected
    assert term.documents() == sorted(positions)


@given(st.dictionaries(st.text(max_size=30).map(str.encode), st.binary(max_size=40)), st.data())
def test_terms(terms: dict[bytes, bytes], data: st.DataObject) -> None:
    """Each term of each field leads to its value, and no other does; they come in order."""
    file = Blocks()
    dictionary = Dictionary(file)  # type: ignore[arg-type]
    names = sorted(terms)
    dictionary.add(0, names, [terms[name] for name in names])
    dictionary.add(1, names[::2], [b"other" for _ in names[::2]])
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
    ids = lookups.Ids(memoryview(written_lookups.ids(raw)))
    assert {one: ids.find(one) for one in raw} == ids.find_many(raw) == known
    assert dict(ids.beginning("")) == {one.hex(): document for one, document in known.items()}
    names = columns.ShortRows(memoryview(written_columns.short_bytes(raw)), len(raw))
    assert [names[document] for document in range(len(raw))] == raw


@given(st.lists(st.tuples(st.integers(-2, 2) | NUMBERS, NUMBERS), max_size=30))
def test_sorted(rows: list[tuple[int, int]]) -> None:
    """What one author wrote is found by the key, in order of dates; numbers are as written."""
    keys = array("q", [key for key, _ in rows])
    dates = array("q", [date for _, date in rows])
    series = lookups.Sorted(memoryview(written_lookups.series(keys, dates)), "qqI", len(rows))
    changes = lookups.Sorted(memoryview(written_lookups.changes(keys)), "qI", len(rows))
    for key in {*keys, 17}:
        of_key = sorted((date, number) for number, (k, date) in enumerate(rows) if k == key)
        assert list(zip(*series.rows(key), strict=True)) == of_key
        assert list(changes.rows(key)[0]) == sorted(number for _, number in of_key)
    column = memoryview(written_columns.numbers(dates))
    assert columns.numbers(column, len(rows)) == dates
    assert [columns.number(column, number) for number in range(len(rows))] == list(dates)
    assert columns.number(column, len(rows)) == 0
