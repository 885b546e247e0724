from datetime import UTC, datetime

import click
import pytest

from kvmsearch.cli.filters import any_of, date, dated
from kvmsearch.query import Author, Dated, Or

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def test_until_is_inclusive() -> None:
    """As with git, a commit of the very second of --until is in."""
    [node] = dated(SINCE, SINCE, "author")
    assert node == Dated(SINCE, SINCE.replace(second=1), "author")


def test_no_dates_no_node() -> None:
    """Without dates there is no filter; one end may be open."""
    assert dated(None, None, "committer") == []
    assert dated(SINCE, None, "committer") == [Dated(SINCE, None, "committer")]


def test_any_of() -> None:
    """One value is its node, several are an OR, none is no filter."""
    first, second = Author("a"), Author("b")
    assert any_of([]) == []
    assert any_of([first]) == [first]
    assert any_of([first, second]) == [Or((first, second))]


def test_date_is_aware() -> None:
    """A date without a zone is read in the user's."""
    assert date("2026-03-01 10:00").utcoffset() is not None


def test_date_outside_the_grammar() -> None:
    """What is no date is an error of click, which names the option."""
    with pytest.raises(click.BadParameter, match="whenever"):
        date("whenever")
