import os
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from shutil import which
from zoneinfo import ZoneInfo

import pytest

from kvmsearch.dates import parse_date, parse_span
from kvmsearch.errors import UsageError

NOW = datetime(2026, 3, 17, 9, 41, 53, tzinfo=UTC)
"""A Tuesday morning, before noon. git asks the system's clock, not the one set for the test,
whether a date such as 10/03/2026 lies in the future: so this must be long past."""

EVENING = datetime(2024, 2, 29, 18, 0, 7, tzinfo=UTC)
"""A Thursday evening, after tea, on a leap day."""

BERLIN = ZoneInfo("Europe/Berlin")

RELATIVE = """
now|today|yesterday|midnight|noon|tea|Yesterday|NOW|never|today noon|yesterday noon
noon yesterday|yesterday midnight|midnight yesterday|yesterday tea|tea yesterday
1 second ago|30 seconds ago|90 minutes ago|1 hour ago|36 hours ago|1 day ago|3 days ago
2 weeks ago|2.weeks.ago|2.weeks|2 weeks|2weeks|1 week ago|10 weeks|02 weeks ago|0 days ago
1 month ago|2 months ago|3.months.ago|12 months ago|27 months ago|1 year ago|5 years ago
1 year 3 months ago|1.year.3.months.ago|1 year, 2 months ago|1 year and 2 months ago
2 weeks 3 days ago|2.weeks.3.days.4.hours.ago|1 day 12 hours ago|100000 seconds ago
2 Weeks Ago|one week ago|two weeks ago|three days ago|four hours ago|five minutes ago
six months ago|seven days ago|eight weeks ago|nine years ago|ten days ago
last second|last hour|last day|last week|last month|last year|1200 days ago|2020 hours ago
last monday|last tuesday|last wednesday|last thursday|last friday|last saturday|last sunday
last mon|last fri|2 mondays ago|two fridays ago|3 tuesdays ago|last.monday|2.fridays.ago
10 sundays ago|last friday noon|last monday midnight|last monday 5pm|noon last friday
2 fridays 1 month ago|5pm|5 pm|5am|12am|12pm|5:30pm|5:30 pm|5:30:15 am|12:30am|12:30pm|14:30|00:00
7:05|23:59:59|24:00|5pm yesterday|yesterday 5pm|yesterday at 5pm|yesterday 17:00|17:00 yesterday
at 5pm|yesterday, 5:30 pm|2 days ago 12:34|12:34 2 days ago|3 days ago noon|1 week 2 days ago 10am
noon 2 days ago|last week 8:00|1 month ago midnight|1 year ago 0:00
"""

ABSOLUTE = """
2026-03-10|2026-3-1|2026/03/10|2026.03.10|2026/3/1|1999-12-31|2000-02-29|2027-03-10
2099-12-31|1970-01-02|2026-03-10 12:34|2026-03-10 12:34:56|2026-03-10T12:34|2026-03-10T12:34:56
2026-03-10t12:34:56|2026-03-10T12:34:56Z|2026-03-10 12:34:56Z|2026-03-10 12:34:56 Z
2026-03-10T12:34:56+01:00|2026-03-10T12:34:56+0100|2026-03-10 12:34:56 -0800
2026-03-10 12:34 +01|2026-03-10 12:34:56 UTC|2026-03-10 12:34 gmt|2026-03-10T12:34:56.789Z
2026-03-10T12:34:56.789+05:45|2026-03-10 12:34:56.5|2026-03-10 24:00|2026-03-10 12:34:60
2026-03-10 00:00|2026-03-10 5pm|2026-03-10 5:30 pm|2026-03-10 5:30pm +0100|5pm 2026-03-10
12:34 2026-03-10|12:34 2026-03-10 +0200|2026-03-10 noon|2026-03-10 midnight|2026-03-10 tea
2026-03-10 at 12:34|2026-03-10, 12:34|2026/03/10 12:34:56 +0100|2026-03-10 23:59 -2359
20260310T123456|20260310T123456Z|20260310T123456+0100|19991231T235960
10.03.2026|1.3.2026|10.03.2026 12:34|25.12.2025|03.25.2023|10.03.26|10.03.99|31.12.71
03/10/2026|10/03/2026|25/12/2025|12/25/2023|3/1/2026|03-10-2026|10-03-2026|03/10/25 5pm
10.03.2027|10/12/2027|25/12/2027|10/12/2027 12:34|12:34 10/12/2023
Tue 2026-03-10|Tue, 10.03.2026|wednesday 2026-03-10 12:00
10 March 2026|10 Mar 2026|March 10 2026|March 10, 2026|Mar 10 2026|Mar. 10, 2026|1 Apr 2025
10 March|March 10|10.March|10.Mar.2026|March 10th|1st March 2026|March 2nd, 2026
3rd April|April 3|31 December|Dec 31|Feb 29|29 Feb 2024|March|April|December|February
March 2026|April 2025|Feb 2024|sept 2025|septem 2025|MARCH 10|10march 2026
March 10 12:34|March 10 5pm|10 March 5pm|12:34 March 10|5pm 10 March
March 10 noon|10 March 2026 noon|10 March 2026 midnight|March 10, 2026 tea|April 3 noon
10 March 2026 12:34|10 March 2026 12:34:56 +0100|10 March 2026 5:30 pm -0700
Tue Mar 10 12:34:56 2026 +0100|Tue Mar 10 12:34:56 2026|Mar 10 12:34 2026|Mar 10 5pm 2025
Tue, 10 Mar 2026 12:34:56 +0100|Tue, 10 Mar 2026 12:34:56 GMT|Mon, 10 Mar 2026 12:34:56 +0100
Thu, 1 Jan 1970 00:00:01 +0000|Tue 10 March|Tuesday, March 10|10 Mar 2026 12:34:56.25 +0100
1700000000|@1700000000|1700000000 +0000|1700000000 -0500|@1700000000 +0200|@0 +0000|@5 +0100
100000000|4102444799|@4102444799|@99 -0800
"""

BEYOND_GIT = [
    ("a week ago", "one week ago"),
    ("an hour ago", "one hour ago"),
    ("friday", "last friday"),
    ("tuesday", "last tuesday"),
    ("monday noon", "last monday noon"),
    ("all", "never"),
    ("12/25/2027", "2027-12-25"),
]

REFUSED = """
rubbish|yesterdayy|yester day|last|last week rubbish|2 fortnights ago|weeks ago|ago|2|20|2026
in 2 weeks|2 weeks from now|next friday|tomorrow|1.5 weeks ago|-2 weeks|2 weeks ago..yesterday
2026-03|2026-13-01|2026-02-30|31 April|April 31 2025|29 Feb 2025|31.04.2025|0 March|45 March
20260310|20260310T1234|2026-03-10T12|2026-03-10 25:00|2026-03-10 12:60|12:34:61|13pm|0am
2026-03-10 +0100|2026-03-10 12:34 +2500|2026-03-10 12:34 CET|12:34 +0100|March 12:34 +0100
2026-03-10 yesterday|10 March 2 days ago|noon noon|5pm 6pm|2026-03-10 2025-03-10|@|@5|never ever
1969-12-31|0000-01-01|2100-01-01|9999-12-31|4102444800|999999999999|100 years ago|1.1.50|march10
March 5pm|12:34 March|March 2026 12:34|March noon|9999999 months ago|13.13.2025|2026-03/10|99/03/10
@1700000000 Z|12:34.5|007 days ago|0 fridays
80 days 3 weeks 2 hours 10:00|1 month 1 monday||.|,
"""
HOSTILE = [
    *("2026-03-10\x0012:34", "now\nnow", "\x1b[31mnow", "yesterday\u202e", "--since=now"),
    *("\u0662 weeks ago", "2 week\u017f ago", "2026\uff0d03\uff0d10", "\ud800", "9" * 5000),
]


def listed(table: str) -> list[str]:
    """Return the cells of a table."""
    return [cell for line in table.strip("\n").split("\n") for cell in line.split("|")]


def git_repository(folder: Path) -> Path:
    """Make a repository, without which git reads no date."""
    if not which("git"):
        pytest.skip("git is not installed")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def git_dates(repository: Path, texts: Sequence[str], now: datetime, zone: str) -> list[datetime]:
    """Ask git, in one process, when each text is."""
    env = os.environ | {"GIT_TEST_DATE_NOW": str(int(now.timestamp())), "TZ": zone}
    command = ["git", "rev-parse", *(f"--since={text}" for text in texts)]
    run = subprocess.run(command, cwd=repository, env=env, check=True, stdout=subprocess.PIPE)
    seconds = [int(line.partition(b"=")[2]) for line in run.stdout.split()]
    return [datetime.fromtimestamp(s, UTC) for s in seconds]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository."""
    return git_repository(tmp_path_factory.mktemp("dates"))


@pytest.mark.parametrize("table", [RELATIVE, ABSOLUTE], ids=["relative", "absolute"])
@pytest.mark.parametrize("now", [NOW, EVENING], ids=["morning", "evening"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Phoenix"])
def test_dates_are_those_of_git(repository: Path, table: str, now: datetime, zone: str) -> None:
    """Each text of the table is the instant that git takes it for, at any hour, in any zone."""
    texts = listed(table)
    local = now.astimezone(ZoneInfo(zone))
    ours = {text: parse_date(text, local).astimezone(UTC) for text in texts}
    assert ours == dict(zip(texts, git_dates(repository, texts, now, zone), strict=True))


def test_the_month_comes_first_up_to_ten_days_ahead(repository: Path) -> None:
    """A date with slashes is month first, unless that is more than ten days from now."""
    texts = ["03/04/2026", "03/12/2026", "03/27/2026", "04/03/2026", "27/03/2026", "12/03/2026"]
    assert [parse_date(text, NOW) for text in texts] == git_dates(repository, texts, NOW, "UTC")


def test_dates_with_a_clock_are_those_of_git_over_summer_time(repository: Path) -> None:
    """A whole date and time is read by the clock in force then, as git does."""
    texts = ["2025-07-01 12:34", "2026-01-01 12:34", "1 Jul 2025 0:00", "180 days ago", "300 days"]
    ours = [parse_date(text, NOW.astimezone(BERLIN)) for text in texts]
    assert ours == git_dates(repository, texts, NOW, "Europe/Berlin")


def test_a_day_over_summer_time_keeps_the_time_of_day(repository: Path) -> None:
    """The one departure: git reads a filled-in clock with the summer time of now, an hour off."""
    texts = ["2025-07-01", "1 July 2025", "July 1 12:34", "8 months ago"]
    ours = [parse_date(text, NOW.astimezone(BERLIN)) for text in texts]
    assert [date.hour for date in ours] == [10, 10, 12, 10]
    assert git_dates(repository, texts, NOW, "Europe/Berlin") == [
        date + timedelta(hours=1) for date in ours
    ]


@pytest.mark.parametrize(("text", "same"), BEYOND_GIT)
def test_words_that_git_passes_over_mean_what_they_say(text: str, same: str) -> None:
    """Where git takes a common wording for now, it means what its plain form means."""
    now = NOW if "/" not in text else EVENING
    assert parse_date(text, now) == parse_date(same, now)


@pytest.mark.parametrize("text", [*listed(REFUSED), *HOSTILE])
def test_anything_else_is_refused(text: str) -> None:
    """A text outside the grammar is an error of one printable line with examples, never now."""
    with pytest.raises(UsageError) as caught:
        parse_date(text, NOW)
    message = str(caught.value)
    assert message.isprintable()
    assert message.startswith("cannot read the date ")
    assert "2 weeks ago" in message
    assert len(message) < 300


def test_the_error_says_what_was_not_understood() -> None:
    """The rest of the text from the first odd word on is named."""
    with pytest.raises(UsageError, match="date 'noon next week': not understood: 'next week';"):
        parse_date("noon next week", NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-30", "30 February 2026"),
        ("29 Feb 2025", "29 February 2025"),
        ("Apr 31", "31 April"),
    ],
)
def test_a_day_that_does_not_exist_is_refused_by_name(text: str, day: str) -> None:
    """Where git takes 30 February for 2 March, the error names the day."""
    with pytest.raises(UsageError, match=f"there is no {day};"):
        parse_date(text, NOW)


def test_a_month_before_a_long_month_rolls_over(repository: Path) -> None:
    """A month before 31 March is 3 March, and 29 February of a common year 1 March, as in git."""
    now = NOW.replace(day=31)
    texts = ["1 month ago", "last month", "1 year 1 month ago", "29 Feb", "February"]
    assert [parse_date(text, now) for text in texts] == git_dates(repository, texts, now, "UTC")


def test_a_huge_text_is_refused_at_once() -> None:
    """A megabyte is refused by its length, before any pattern sees it."""
    with pytest.raises(UsageError, match="longer than 200 characters"):
        parse_date("1 day " * 200_000, NOW)
    with pytest.raises(UsageError):
        parse_span("." * 1_000_000, NOW)


def test_dates_are_in_the_zone_of_now() -> None:
    """The answer carries the zone of now, to the second, whatever zone the text names."""
    now = NOW.astimezone(BERLIN).replace(microsecond=999)
    assert str(parse_date("2025-07-01T12:00:00Z", now)) == "2025-07-01 14:00:00+02:00"
    assert parse_date("now", now).microsecond == 0


def test_a_naive_now_is_the_clock_of_this_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a zone the system's own rules are used, summer time included."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        now = datetime(2026, 3, 17, 10, 0)  # noqa: DTZ001
        assert str(parse_date("2025-07-01", now)) == "2025-07-01 10:00:00+02:00"
        assert str(parse_span("2026-03-29", now)[1]) == "2026-03-30 00:00:00+02:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_now_in_the_repeated_hour_stays_now() -> None:
    """When clocks go back, the second 02:30 is not taken for the first."""
    now = datetime(2025, 10, 26, 1, 30, tzinfo=UTC).astimezone(BERLIN)
    assert now.fold == 1
    assert parse_date("now", now).astimezone(UTC) == now.astimezone(UTC)
    assert now.astimezone(UTC) - parse_date("1 hour ago", now).astimezone(UTC) == timedelta(hours=1)


SPANS = [
    ("2026", "2026-01-01", "2027-01-01"),
    ("2099", "2099-01-01", "2100-01-01"),
    ("2026-01", "2026-01-01", "2026-02-01"),
    ("2026-12", "2026-12-01", "2027-01-01"),
    ("2024-02", "2024-02-01", "2024-03-01"),
    ("2026-01-05", "2026-01-05", "2026-01-06"),
    ("2026-12-31", "2026-12-31", "2027-01-01"),
    ("today", "2026-03-17", "2026-03-18"),
    ("Yesterday", "2026-03-16", "2026-03-17"),
    ("2025..2026", "2025-01-01", "2027-01-01"),
    ("2026-01..2026-03", "2026-01-01", "2026-04-01"),
    ("2026-01-05..2026-01-05", "2026-01-05", "2026-01-06"),
    ("2025..2026-02", "2025-01-01", "2026-03-01"),
    ("2026-01..", "2026-01-01", None),
    ("..2026-01", None, "2026-02-01"),
    ("yesterday..today", "2026-03-16", "2026-03-18"),
    (" 2026-01 .. 2026-02 ", "2026-01-01", "2026-03-01"),
    ("2.weeks.ago..yesterday", "2026-03-03T09:41:53", "2026-03-17"),
    ("2 weeks ago..", "2026-03-03T09:41:53", None),
    ("..now", None, "2026-03-17T09:41:54"),
    ("2026-03-10T12:34..2026-03-10T12:34", "2026-03-10T12:34", "2026-03-10T12:34:01"),
    ("last monday..noon", "2026-03-16T09:41:53", "2026-03-16T12:00:01"),
]


@pytest.mark.parametrize(("text", "start", "end"), SPANS)
@pytest.mark.parametrize("zone", [UTC, BERLIN, timezone(timedelta(hours=-11))], ids=str)
def test_spans(text: str, start: str | None, end: str | None, zone: tzinfo) -> None:
    """A span goes from the first midnight to the one after it, by the clock of now."""
    now = NOW.replace(tzinfo=zone)
    expected = [at and datetime.fromisoformat(at).replace(tzinfo=zone) for at in (start, end)]
    assert list(parse_span(text, now)) == expected


def test_a_day_of_summer_time_is_as_long_as_it_is() -> None:
    """The day on which clocks go forward has 23 hours."""
    start, end = parse_span("2026-03-29", NOW.astimezone(BERLIN))
    assert start
    assert end
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=23)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "..", ".", "...", "2026...2027", "2026..2025", "today..yesterday", "now..noon"),
        *("2 weeks ago", "March", "2026-13", "2026-00", "2026-02-30", "1969", "2100", "0000"),
        *("2026-1", "20260310", "2026..rubbish", "rubbish..", "2026..2027..2028", "\u0662\u0660"),
        "2026-02-30..",
    ],
)
def test_other_spans_are_refused(text: str) -> None:
    """What is no span, or ends before it begins, is an error of one line."""
    with pytest.raises(UsageError, match="cannot read the date") as caught:
        parse_span(text, NOW)
    assert str(caught.value).isprintable()
