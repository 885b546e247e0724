from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvmsearch.dates import parse_date, parse_span
from kvmsearch.errors import UsageError
from tests.test_dates import git_dates, git_repository

NOW = datetime(2026, 3, 17, 9, 41, 53, tzinfo=UTC)

ZONES = st.integers(-12 * 4, 14 * 4).map(lambda n: timezone(n * timedelta(minutes=15)))
# From where on seconds alone are a date; numbers below are none, as git has it.
DATETIMES = st.datetimes(
    datetime(1973, 3, 5),  # noqa: DTZ001
    datetime(2099, 12, 30),  # noqa: DTZ001
    timezones=ZONES,
).map(lambda when: when.replace(microsecond=0))

FORMATS = [
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%d %H:%M:%S %z", "%Y%m%dT%H%M%S%z"),
    *("%Y/%m/%d %H:%M:%S %z", "%Y.%m.%d %H:%M:%S %z", "%d.%m.%Y %H:%M:%S %z", "%s", "@%s %z"),
    *("%a, %d %b %Y %H:%M:%S %z", "%a %b %d %H:%M:%S %Y %z", "%A, %B %d, %Y %I:%M:%S %p %z"),
    *("%H:%M:%S %d %b %Y %z", "%Y-%m-%d %H:%M:%S.%f %z", "@%s"),
]

WORDS = (
    "1 2 15 31 99 2026 2026-03-10 10.03.2026 12:34 5pm am T Z +0100 @ 1700000000 a last two ago "
    "day weeks months years monday fri march dec yesterday now noon tea never at and .. - / , : ."
).split()
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
)

DAYS = st.dates(date(1971, 1, 1), date(2026, 3, 26))
WHOLE = st.sampled_from(
    ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%B %d, %Y", "%a %d %b %Y"]
)
PARTIAL = st.sampled_from(["%d %B", "%b %d"])
MONTHS = st.sampled_from(["%b", "%B %Y"])
CLOCKS = st.times().flatmap(
    lambda t: st.sampled_from(["%H:%M", "%H:%M:%S", "%I%p", "%I:%M %p"]).map(t.strftime)
)
NAMED = st.sampled_from(["noon", "midnight", "tea"])
COUNTS = st.integers(1, 30).map(str) | st.sampled_from(["one", "three", "ten", "last"])
AMOUNTS = st.builds(
    "{} {}{}".format,
    COUNTS,
    st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"]),
    st.sampled_from(["", "s", " ago", "s ago"]),
)
WEEKDAYS = st.builds("{} {}".format, COUNTS, st.sampled_from(["monday", "fridays ago", "sun"]))
RELATIVES = AMOUNTS | st.sampled_from(["yesterday", "now", "today"])


def dated(pattern: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Days in one of these formats."""
    return st.builds(date.strftime, DAYS, pattern)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of these parts in this order."""
    return st.tuples(*parts).map(" ".join)


SENTENCES = st.one_of(
    dated(WHOLE),
    dated(PARTIAL | MONTHS),
    joined(dated(WHOLE | PARTIAL), CLOCKS | NAMED),
    joined(CLOCKS, dated(WHOLE | PARTIAL)),
    st.lists(RELATIVES, min_size=1, max_size=4).map(" ".join),
    joined(RELATIVES, RELATIVES, CLOCKS | NAMED),
    joined(CLOCKS | NAMED, RELATIVES, RELATIVES),
    joined(RELATIVES | WEEKDAYS, CLOCKS | NAMED),
    joined(WEEKDAYS, RELATIVES),
    joined(CLOCKS | NAMED, WEEKDAYS),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository."""
    return git_repository(tmp_path_factory.mktemp("dates"))


@settings(max_examples=20)
@given(
    texts=st.lists(SENTENCES, min_size=1, max_size=30),
    # Not before the days above: git's guesses at dates to come are not ours.
    seconds=st.integers(1_774_600_000, 1_790_000_000),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Phoenix"]),
)
def test_sentences_are_read_as_git_reads_them(
    repository: Path, texts: list[str], seconds: int, zone: str
) -> None:
    """Whatever the grammar puts together is the instant that git takes it for."""
    now = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    ours = {text: parse_date(text, now) for text in texts}
    assert ours == dict(zip(ours, git_dates(repository, list(ours), now, zone), strict=True))


def formatted(when: datetime, pattern: str) -> str:
    """Format a date; `%s` and `%:z` are not Python's everywhere."""
    with_colon = when.isoformat()[-6:]
    seconds = str(int(when.timestamp()))
    return when.strftime(pattern.replace("%:z", with_colon).replace("%s", seconds))


@settings(max_examples=300)
@given(st.sampled_from(FORMATS), DATETIMES)
def test_a_formatted_date_is_read_back(pattern: str, when: datetime) -> None:
    """What prints a whole date in a format of git's is read as that date, whatever zone is ours."""
    assert parse_date(formatted(when, pattern), NOW) == when


@given(TEXTS)
def test_any_text_is_a_date_or_a_usage_error(text: str) -> None:
    """No text raises anything but a UsageError of one printable line."""
    for parse in (parse_date, parse_span):
        try:
            parse(text, NOW)
        except UsageError as error:
            assert str(error).isprintable()  # noqa: PT017


@given(DATETIMES, DATETIMES)
def test_spans_of_days_hold_their_days(first: datetime, last: datetime) -> None:
    """FROM..TO holds both of its days and ends at the midnight after."""
    first, last = sorted((first, last))
    now = NOW.astimezone(first.tzinfo)
    days = [day.astimezone(now.tzinfo).strftime("%Y-%m-%d") for day in (first, last)]
    start, end = parse_span("..".join(days), now)
    assert start is not None
    assert end is not None
    assert start <= first <= last < end
    assert end.strftime("%H:%M:%S") == "00:00:00"
