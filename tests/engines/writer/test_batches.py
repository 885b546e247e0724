"""Commits come out of a batch as they went in."""

import io
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from kvmsearch.commit import Commit, Completeness, Moment, Person
from kvmsearch.engines.whoosh.writer.batches import read_batch, write_batch

ANN, BEN = Person("Ann", "ann@x.org"), Person("Bén\udcff", "")
EAST = datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45)))
WHOLE = Commit("a" * 40, "title\n\nprose", ANN, EAST, BEN, EAST, ("b" * 40,))
OF_A_FEED = Commit(
    *("c" * 64, "", BEN, datetime(2024, 5, 1, tzinfo=UTC)),
    url="https://x.org/c",
    completeness=Completeness.FEED,
)


def test_batches_one_behind_the_other() -> None:
    """All that commits say is there again, and their types are; then there are no more."""
    file = io.BytesIO()
    for batch in ([WHOLE, OF_A_FEED], [WHOLE], []):
        write_batch(batch, file)
    file.seek(0)
    assert [read_batch(file) for _ in range(3)] == [[WHOLE, OF_A_FEED], [WHOLE], []]
    file.seek(0)
    whole, of_a_feed = read_batch(file)
    assert isinstance(whole.authored, Moment)
    assert isinstance(whole.committed, Moment)
    assert of_a_feed.completeness is Completeness.FEED


def test_the_end_is_told() -> None:
    """A file that ends before a batch, or within one, raises what pickle does."""
    file = io.BytesIO()
    write_batch([WHOLE], file)
    with pytest.raises(EOFError):
        read_batch(file)
    with pytest.raises((EOFError, pickle.UnpicklingError)):
        read_batch(io.BytesIO(file.getvalue()[:-9]))
