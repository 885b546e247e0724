"""Dates as git's `--since` and `--until` take them, by a grammar that refuses what git guesses at.

A text is cut into parts, each part has a kind (one letter), and `_SENTENCE` says which kinds go
together. The parts are then applied in order to a `_Reading`, as git does, so that the
surprises are git's own: https://git-scm.com/docs/git-commit#_date_formats and `docs/dates.md`.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NoReturn

from kvmsearch.errors import UsageError
from kvmsearch.record import Record, replace

_LONGEST = 200
"""Characters; no date is longer, and a limit keeps every match below it quick."""

_BLANKS = " \t\r\n"

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER_LAST = datetime(2100, 1, 1, tzinfo=UTC)
"""git reckons with the years 1970 to 2099 only."""

_EXAMPLES = 'try 2026-03-10, "2026-03-10 14:30", "2 weeks ago", yesterday or "last monday"'
_SPAN_EXAMPLES = "try 2026, 2026-03, 2026-03-10, today, yesterday, 2026-01..2026-03 or 2026-03.."

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT_OF = {word: n for n, word in enumerate(_COUNTS, 1)} | {"last": 1, "a": 1, "an": 1}
_SECONDS_OF = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_HOUR_OF = {"midnight": 0, "noon": 12, "tea": 17}


def parse_date(text: str, now: datetime) -> datetime:
    """Return the instant that `text` names, to the second, in the time zone of `now`.

    `now` tells the current time and the zone in which the clock is read. Its tzinfo should know
    summer time (a fixed offset is wrong for half of the year); a naive `now` is the time of
    this system, read by its rules. What of day, month, year and time of day the text does not
    say is that of `now`, as git has it. `never` and `all` are 1970-01-01 in UTC.

    Raises UsageError for a text outside the grammar of `docs/dates.md`, a day that does not
    exist, and an instant outside the years 1970 to 2099.
    """
    return _date(text, now).astimezone(now.tzinfo)


def parse_span(text: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the half-open span [start, end) that `text` names; None is open.

    A unit is `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `today` or `yesterday`, from midnight to midnight
    in the time zone of `now`. A span is a unit, `FROM..TO`, `FROM..` or `..TO`, where each
    side is a unit or what `parse_date` takes, then one second. TO is inclusive of its whole
    unit.

    Raises UsageError for anything else, and for a span that ends before it begins.
    """
    first, dots, last = (part.strip(_BLANKS) for part in text.partition(".."))
    if not dots:
        span = _unit(first, now) or _refuse(text, "it is no year, month or day", _SPAN_EXAMPLES)
        return span[0].astimezone(now.tzinfo), span[1].astimezone(now.tzinfo)
    start = _side(first, now)[0] if first else None
    end = _side(last, now)[1] if last else None
    if not (start or end):
        _refuse(text, "it is empty", _SPAN_EXAMPLES)
    if start and end and end <= start:
        _refuse(text, "it ends before it begins", _SPAN_EXAMPLES)
    return start and start.astimezone(now.tzinfo), end and end.astimezone(now.tzinfo)


def _refuse(text: str, why: str, examples: str = _EXAMPLES) -> NoReturn:
    """Raise the UsageError for `text`."""
    raise UsageError(f"cannot read the date {_quoted(text)}: {why}; {examples}")


def _quoted(text: str) -> str:
    """Quote hostile text for one line: short, and without anything a terminal would obey."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


# --- Instants and clocks ---------------------------------------------------------------------


def _instant(local: datetime, zone: tzinfo | None) -> datetime:
    """Return when clocks in `zone` (None: this system's) show `local`, in UTC.

    In UTC, for arithmetic on the datetimes of one zone is arithmetic on its clock.
    """
    return local.replace(tzinfo=zone).astimezone(UTC)


def _local(instant: datetime, zone: tzinfo | None) -> datetime:
    """Return what clocks in `zone` (None: this system's) show at `instant`, naive."""
    return instant.astimezone(zone).replace(tzinfo=None)


class _Reading(Record):
    """What is read so far: fields of the local calendar, None where nothing is said yet."""

    now: datetime
    zone: tzinfo | None
    clock: timedelta
    """The time of day; up to 24:59:60, for git takes that."""
    fold: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    clock_follows: bool = False
    """A full time of day stands after the date: git then accepts future dates as written."""

    def local(self) -> datetime:
        """Fill in what is not said from `now`; a month without a year is the last such one."""
        month = self.now.month if self.month is None else self.month
        year = self.year
        if year is None:
            year = self.now.year - (month > self.now.month)
        day = self.now.day if self.day is None else self.day
        # Added, so that a month before 31 March is 3 March, as mktime(3) has it.
        local = datetime(year, month, 1) + timedelta(days=day - 1) + self.clock  # noqa: DTZ001
        return local.replace(fold=self.fold)

    def instant(self) -> datetime:
        """Return the instant, in UTC."""
        return _instant(self.local(), self.zone)


def _read(local: datetime, zone: tzinfo | None) -> _Reading:
    """Return a reading at `local`, in which nothing is said but the time of day."""
    clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return _Reading(local, zone, clock, local.fold)


def _back(reading: _Reading, seconds: int) -> _Reading:
    """Go back by so much elapsed time; everything is said then."""
    moved = _local(reading.instant() - timedelta(seconds=seconds), reading.zone)
    back = _read(moved, reading.zone)
    return replace(back, now=reading.now, year=moved.year, month=moved.month, day=moved.day)


# --- The parts of a text, and what each does to the reading ----------------------------------


def _check_day(text: str, year: int | None, month: int, day: int) -> None:
    """Refuse a day that its month does not have; git would roll over into the next."""
    leap_year = 2000
    if not 1 <= day <= monthrange(year or leap_year, month)[1]:
        name = f"{day} {_MONTHS[month - 1].capitalize()} {year or ''}".strip()
        _refuse(text, f"there is no {name}")


def _full_year(digits: str) -> int:
    """Return the year of two or four digits: 71 to 99 are of 1900, 00 to 37 of 2000."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year > 70 else 2000 if year < 38 else 0)


def _iso_date(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `2026-03-10`, `2026/3/10`, or `20260310` before a compact time."""
    year, month, day = (int(part[name]) for name in ("year", "month", "day"))
    if not 1 <= month <= 12:
        _refuse(part.string, f"there is no month {month}")
    _check_day(part.string, year, month, day)
    return replace(reading, year=year, month=month, day=day)


def _numeric_date(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `10.03.2026`, `03/10/2026`: the order is guessed as git does.

    Day first with dots, else month first, unless that is more than ten days from now. Where
    both are, day first.
    """
    a, b, year = int(part["a"]), int(part["b"]), _full_year(part["year"])
    order = [(b, a), (a, b)] if part["by"] == "." else [(a, b), (b, a)]
    days = [
        replace(reading, year=year, month=month, day=day)
        for month, day in order
        if 1 <= month <= 12 and 1 <= day <= 31
    ]
    if not days:
        _refuse(part.string, f"no day is {_quoted(part[0].strip())}")
    horizon = reading.now + timedelta(days=10)
    soon = (day for day in days if reading.clock_follows or day.local() <= horizon)
    said = next(soon, None) or min(days, key=lambda day: day.day != a)
    _check_day(part.string, year, said.month or 1, said.day or 1)
    return said


def _named_date(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `10 March` or `March 10`."""
    month, day = _month(part["month"]), int(part["day"])
    _check_day(part.string, None, month, day)
    return replace(reading, month=month, day=day)


def _named_month(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `March`: the day of the month is today's."""
    return replace(reading, month=_month(part["month"]))


def _month(word: str) -> int:
    """Return the number of the month that begins with `word`."""
    return 1 + next(n for n, name in enumerate(_MONTHS) if name.startswith(word.lower()))


def _year(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read a year after a month."""
    year = int(part["year"])
    _check_day(part.string, year, reading.month or 1, reading.day or 1)
    return replace(reading, year=year)


def _clock(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `14:30`, `2:30:15 pm`, `2pm`, or `143015` after a compact date."""
    groups = part.groupdict()
    hour, half = int(groups["hour"]), groups.get("half")
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    minute, second = int(groups.get("minute") or 0), int(groups.get("second") or 0)
    return replace(reading, clock=timedelta(hours=hour, minutes=minute, seconds=second))


def _named_clock(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `noon`: the last one, the day before where the clock is not yet there."""
    clock = timedelta(hours=_HOUR_OF[part["name"].lower()])
    if reading.clock < clock:
        reading = _back(reading, _SECONDS_OF["day"])
    return replace(reading, clock=clock)


def _amount(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `2 weeks ago`: elapsed time, but months and years by the calendar."""
    count, unit = _count(part["count"]), part["unit"].lower()
    if unit in _SECONDS_OF:
        return _back(reading, count * _SECONDS_OF[unit])
    reading = _back(reading, 0)
    months = (reading.year or 0) * 12 + (reading.month or 0) - 1
    months -= count * (12 if unit == "year" else 1)
    return replace(reading, year=months // 12, month=months % 12 + 1)


def _weekday(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `last monday`, `2 fridays ago`, `friday`: never today, always before."""
    wanted = next(n for n, d in enumerate(_WEEKDAYS) if d.startswith(part["weekday"].lower()))
    behind = (reading.local().weekday() - wanted) % 7 or 7
    weeks = _count(part["count"] or "last") - 1
    return _back(reading, (behind + 7 * weeks) * _SECONDS_OF["day"])


def _count(word: str) -> int:
    """Return the number that `word` is, in digits or letters."""
    return _COUNT_OF.get(word.lower()) or int(word)


def _yesterday(reading: _Reading, _: re.Match[str]) -> _Reading:
    """Read `yesterday`: 24 hours before."""
    return _back(reading, _SECONDS_OF["day"])


def _nothing(reading: _Reading, _: re.Match[str]) -> _Reading:
    """Read `now` and `today`, which say nothing that is not so already."""
    return reading


def _utc(reading: _Reading, _: re.Match[str]) -> _Reading:
    """Read `Z`, `UTC` or `GMT`."""
    return replace(reading, zone=UTC)


def _zone(reading: _Reading, part: re.Match[str]) -> _Reading:
    """Read `+0100`, `+01:00` or `+01`."""
    ahead = timedelta(hours=int(part["hours"]), minutes=int(part["minutes"] or 0))
    return replace(reading, zone=timezone(-ahead if part["sign"] == "-" else ahead))


# --- The grammar -----------------------------------------------------------------------------


def _any_prefix(names: tuple[str, ...]) -> str:
    """Return a pattern for every name, whole or cut down to three letters or more."""
    cut = (name[:n] for name in names for n in range(len(name), 2, -1))
    return rf"(?:{'|'.join(cut)})(?![a-z\d])"


_S = r"(?:[ \t]|[.,](?!\.))"
"""What may stand between words; two dots make a span, which is no date."""

_BEFORE = rf"{_S}*(?:(?:at|and){_S}+)?"
"""What git passes over before a part."""

_MONTH = _any_prefix(_MONTHS)
_WEEKDAY = _any_prefix(_WEEKDAYS)
_ON = rf"(?:{_WEEKDAY}{_S}*)?"
_AGO = rf"(?:{_S}*ago(?![a-z\d]))?"
_WORD_COUNT = rf"(?:{'|'.join(_COUNT_OF)})(?={_S})"

_ISO = rf"{_ON}(?P<year>\d{{4}})(?P<by>[-/.])(?P<month>\d\d?)(?P=by)(?P<day>\d\d?)(?!\d)"
_COMPACT = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?=T\d{6}(?!\d))"
_NUMERIC = rf"{_ON}(?P<a>\d\d?)(?P<by>[-/.])(?P<b>\d\d?)(?P=by)(?P<year>\d{{4}}|\d\d)(?!\d)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_DAY_MONTH = rf"{_ON}{_DAY}{_S}*(?P<month>{_MONTH})"
_MONTH_DAY = rf"{_ON}(?P<month>{_MONTH}){_S}*{_DAY}"

_HOUR = r"(?:(?<=\d)T)?(?P<hour>[01]?\d|2[0-4])"
_HALF_HOUR = r"(?P<hour>0?[1-9]|1[0-2])"
_MINUTES = r":(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d|60))?"
_HALF = r"[ \t]*(?P<half>[ap])m(?![a-z\d])"
_SIX_DIGITS = r"(?<=\d{8})T(?P<hour>[01]\d|2[0-4])(?P<minute>[0-5]\d)(?P<second>[0-5]\d|60)"

_MANY = rf"(?P<count>(?:0?\d|[1-9]\d{{1,7}})(?!\d)|{_WORD_COUNT}){_S}*"
_FEW = rf"(?:(?P<count>(?:0?[1-9]|[1-9]\d)(?!\d)|{_WORD_COUNT}){_S}*)?"
_UNITS = r"(?P<unit>second|minute|hour|day|week|month|year)s?(?![a-z\d])"
_OFFSET = r"(?P<sign>[-+])(?P<hours>[01]\d|2[0-3])(?::?(?P<minutes>[0-5]\d))?(?!\d)"

_Apply = Callable[[_Reading, re.Match[str]], _Reading]
_PARTS: tuple[tuple[str, re.Pattern[str], _Apply], ...] = tuple(
    (kind, re.compile(_BEFORE + pattern, re.ASCII | re.IGNORECASE), apply)
    for kind, pattern, apply in (
        # D: a whole date in digits.
        ("D", _ISO, _iso_date),
        ("D", _COMPACT, _iso_date),
        ("D", _NUMERIC, _numeric_date),
        # M: a month and a day; m: a month alone.
        ("M", _DAY_MONTH, _named_date),
        ("M", rf"{_MONTH_DAY}(?![\d:a-z])(?!{_HALF})", _named_date),
        ("m", rf"{_ON}(?P<month>{_MONTH})", _named_month),
        # F: a time of day with a fraction, which is dropped; C: one with minutes; H: an hour;
        # N: an hour with a name.
        ("F", rf"{_HOUR}{_MINUTES}(?<=:\d\d:\d\d)\.\d+", _clock),
        ("C", rf"{_HOUR}{_MINUTES}(?![\d:])(?!{_HALF})", _clock),
        ("C", _SIX_DIGITS, _clock),
        ("C", rf"{_HALF_HOUR}{_MINUTES}{_HALF}", _clock),
        ("H", rf"{_HALF_HOUR}{_HALF}", _clock),
        ("N", rf"(?P<name>{'|'.join(_HOUR_OF)})(?![a-z\d])", _named_clock),
        # W, R: relative to what is read so far.
        ("W", rf"{_FEW}(?P<weekday>{_WEEKDAY}){_AGO}", _weekday),
        ("R", rf"{_MANY}{_UNITS}{_AGO}", _amount),
        ("R", r"yesterday(?![a-z\d])", _yesterday),
        ("R", r"(?:now|today)(?![a-z\d])", _nothing),
        # Y: the year after M or m, when it is not the count of an amount; Z: the time zone.
        ("Y", r"(?P<year>19[7-9]\d|20\d\d)(?![\d:])", _year),
        ("Z", r"(?:Z|UTC|GMT)(?![a-z\d])", _utc),
        ("Z", _OFFSET, _zone),
    )
)

_SENTENCE = re.compile(
    r"""
      m Y?                                          # a month; the day is that of now
    | (?: D | M Y? ) [CHN]? | [CH] (?: D | M Y? ) | M [CH] Y
    | (?: (?: D | MY ) [CF] | C (?: D | MY ) | MCY ) Z?     # an instant, all of it said
    | W R* | R+                                     # relative to now
    | (?: W R? | R{0,2} ) [CHN] | [CHN] (?: W R? | R{1,2} )
    """,
    re.VERBOSE,
)
"""Which kinds of part make a date. A weekday comes first, for after a month git counts from the
weekday that it was before; no more than two amounts stand beside a time of day, for git takes
the numbers of three for a year, a month and a day."""

_STAMP = re.compile(
    r"@?(?P<long>[1-9]\d{8,11})(?: [-+]\d{4})?|@(?P<any>\d{1,12}) [-+]\d{4}", re.ASCII
)


def _stamp(text: str) -> datetime | None:
    """Read `1700000000`, `@1700000000`, `@0 +0000` and `never`; the zone changes nothing."""
    if text.lower() in ("never", "all"):
        return _FIRST
    match = _STAMP.fullmatch(text)
    return match and _FIRST + timedelta(seconds=int(match["long"] or match["any"]))


def _date(text: str, now: datetime) -> datetime:
    """Return the instant that `text` names, in UTC."""
    if len(text) > _LONGEST:
        _refuse(text, f"it is longer than {_LONGEST} characters")
    try:
        instant = _stamp(text.strip(_BLANKS)) or _sentence(text.strip(_BLANKS), now)
    except (ValueError, OverflowError):
        instant = None
    if instant is None or not _FIRST <= instant < _AFTER_LAST:
        _refuse(text, "it is outside the years 1970 to 2099")
    return instant


def _sentence(text: str, now: datetime) -> datetime:
    """Cut `text` into parts, check that they go together, and apply them in order."""
    parts = list(_cut(text))
    kinds = "".join(kind for kind, _, _ in parts)
    if not _SENTENCE.fullmatch(kinds):
        _refuse(text, "its parts do not go together" if parts else "it is empty")
    clock_follows = "DC" in kinds or "DF" in kinds
    reading = replace(_read(now.replace(tzinfo=None), now.tzinfo), clock_follows=clock_follows)
    for _, part, apply in parts:
        reading = apply(reading, part)
    return reading.instant()


def _cut(text: str) -> Iterator[tuple[str, re.Match[str], _Apply]]:
    """Yield the kind, the match and the meaning of each part."""
    at = 0
    while at < len(text):
        for kind, pattern, apply in _PARTS:
            part = pattern.match(text, at)
            if part:
                yield kind, part, apply
                at = part.end()
                break
        else:
            _refuse(text, f"not understood: {_quoted(text[at:].strip())}")


# --- Spans -----------------------------------------------------------------------------------

_UNIT = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)


def _side(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the span of one side of a range, in UTC."""
    instant = _unit(text, now) or _date(text, now)
    return instant if isinstance(instant, tuple) else (instant, instant + timedelta(seconds=1))


def _unit(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the span of a year, month or day in UTC; None if `text` is none of these."""
    if text.lower() in ("today", "yesterday"):
        days = _one_day(now.date() - timedelta(days=text.lower() == "yesterday"))
    elif match := _UNIT.fullmatch(text):
        days = _calendar_days(match)
    else:
        return None
    start, end = (_instant(datetime.combine(day, time()), now.tzinfo) for day in days)
    return start, end


def _one_day(day: date) -> tuple[date, date]:
    """Return the day and the one after it."""
    return day, day + timedelta(days=1)


def _calendar_days(match: re.Match[str]) -> tuple[date, date]:
    """Return the first day of a unit and the first day after it."""
    year, month, day = (int(field or 1) for field in match.groups())
    if not _FIRST.year <= year < _AFTER_LAST.year:
        _refuse(match[0], "it is outside the years 1970 to 2099", _SPAN_EXAMPLES)
    try:
        first = date(year, month, day)
    except ValueError:
        _refuse(match[0], "there is no such day or month", _SPAN_EXAMPLES)
    if match["day"]:
        return _one_day(first)
    days = monthrange(year, month)[1] if match["month"] else (date(year + 1, 1, 1) - first).days
    return first, first + timedelta(days=days)
