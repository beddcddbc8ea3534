"""Calendars from JSON and back. A refusal names the field at fault: `weekly.mon.0`, `holidays.2.date`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from helpdesk.hours.clock import DAY, CalendarSpec, Holiday, Interval, Opening
from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean_line

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_KEYS = frozenset({"time_zone", "weekly", "holidays", "openings"})

# Far above any real calendar; they bound what a stranger's JSON can cost.
MAX_INTERVALS = 48
MAX_DATES = 1_000
MAX_NAME = 120
MAX_CALENDAR_NAME = 80
FIRST_YEAR, LAST_YEAR = 1970, 2200
YEARS = {"first": FIRST_YEAR, "last": LAST_YEAR}  # for messages

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?|24:00(?::00)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Placed:
    """An interval in seconds from Monday 00:00, and the field it came from."""

    start: int
    end: int
    field: str


def calendar_name(value: object) -> str:
    """A calendar's name, trimmed, on one line. Raises Invalid."""
    if not isinstance(value, str) or len(value) > MAX_CALENDAR_NAME or not clean_line(value):
        message = _("A calendar needs a name of at most %(max)d characters.") % {"max": MAX_CALENDAR_NAME}
        raise Invalid("name", message)
    return clean_line(value)


def parse_calendar(data: object) -> CalendarSpec:
    """`{"time_zone", "weekly": {"mon": [["09:00", "18:00"]], …}, "holidays", "openings"}` as a value.

    Times are "HH:MM" or "HH:MM:SS"; an interval may end at "24:00" or at or before its start, and then
    crosses midnight. A day left out is closed. Overlapping weekly intervals are refused; openings may lie
    over anything and over one another, and never count twice. Raises Invalid with the field's name.
    """
    calendar = _mapping(data, "calendar")
    _refuse_unknown(calendar, CALENDAR_KEYS, "")
    return CalendarSpec(
        time_zone=_time_zone(calendar.get("time_zone")),
        weekly=_weekly(calendar.get("weekly", {})),
        holidays=_holidays(calendar.get("holidays", [])),
        openings=_openings(calendar.get("openings", [])),
    )


def calendar_json(spec: CalendarSpec) -> dict[str, Any]:
    """The same JSON again, in canonical form: `parse_calendar(calendar_json(spec)) == spec`."""
    holidays = []
    for holiday in spec.holidays:
        entry: dict[str, Any] = {"date": holiday.date.isoformat(), "name": holiday.name}
        if holiday.intervals:
            entry["intervals"] = _intervals_json(holiday.intervals)
        holidays.append(entry)
    return {
        "time_zone": spec.time_zone,
        "weekly": {
            day: _intervals_json(intervals) for day, intervals in zip(WEEKDAYS, spec.weekly, strict=True) if intervals
        },
        "holidays": holidays,
        "openings": [
            {"date": opening.date.isoformat(), "intervals": _intervals_json(opening.intervals)}
            for opening in spec.openings
        ],
    }


@cache
def time_zones() -> frozenset[str]:
    """The zone names that a calendar may have: `Area/City`, and `UTC`."""
    return frozenset(available_timezones()) - {"Factory", "localtime", "posixrules"}


def _time_zone(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Invalid("time_zone", _("A time zone is needed, for example Europe/Madrid."), code="required")
    if value not in time_zones():
        raise Invalid("time_zone", _("This time zone is not known."), code="unknown_time_zone")
    try:
        ZoneInfo(value)
    except (OSError, ValueError):  # named by the index, but its file cannot be read
        raise Invalid("time_zone", _("This time zone is not known."), code="unknown_time_zone") from None
    return value


def _weekly(value: object) -> tuple[tuple[Interval, ...], ...]:
    days = _mapping(value, "weekly")
    _refuse_unknown(days, frozenset(WEEKDAYS), "weekly.")
    weekly = tuple(_intervals(days.get(day, []), f"weekly.{day}") for day in WEEKDAYS)
    placed = [
        _Placed(number * DAY + start, number * DAY + end, f"weekly.{day}.{index}")
        for number, day in enumerate(WEEKDAYS)
        for index, (start, end) in enumerate(weekly[number])
    ]
    placed.sort(key=lambda interval: interval.start)
    # The last one may reach from Sunday night into Monday.
    wrapped = [_Placed(i.start + 7 * DAY, i.end + 7 * DAY, i.field) for i in placed[:1] if len(placed) > 1]
    for before, after in zip(placed, placed[1:] + wrapped, strict=False):
        if after.start < before.end:
            raise Invalid(
                after.field,
                _("This interval overlaps %(other)s.") % {"other": before.field},
                code="overlapping_intervals",
            )
    return tuple(tuple(sorted(day)) for day in weekly)


def _holidays(value: object) -> tuple[Holiday, ...]:
    holidays = []
    for field, entry in _entries(value, "holidays", frozenset({"date", "name", "intervals"})):
        name = entry.get("name", "")
        if not isinstance(name, str) or len(name) > MAX_NAME or not clean_line(name):
            message = _("A holiday needs a name of at most %(max)d characters.") % {"max": MAX_NAME}
            raise Invalid(f"{field}.name", message)
        intervals = _intervals(entry.get("intervals", []), f"{field}.intervals")
        holidays.append(Holiday(_date(entry.get("date"), f"{field}.date"), clean_line(name), intervals))
    return tuple(sorted(holidays, key=lambda holiday: holiday.date))


def _openings(value: object) -> tuple[Opening, ...]:
    openings = []
    for field, entry in _entries(value, "openings", frozenset({"date", "intervals"})):
        intervals = _intervals(entry.get("intervals", []), f"{field}.intervals")
        if not intervals:
            raise Invalid(f"{field}.intervals", _("An opening needs at least one interval."), code="required")
        openings.append(Opening(_date(entry.get("date"), f"{field}.date"), intervals))
    return tuple(sorted(openings, key=lambda opening: opening.date))


def _entries(value: object, field: str, keys: frozenset[str]) -> list[tuple[str, Mapping[str, Any]]]:
    entries = []
    for index, item in enumerate(_sequence(value, field, MAX_DATES)):
        entry = _mapping(item, f"{field}.{index}")
        _refuse_unknown(entry, keys, f"{field}.{index}.")
        entries.append((f"{field}.{index}", entry))
    return entries


def _intervals(value: object, field: str) -> tuple[Interval, ...]:
    intervals = []
    for index, pair in enumerate(_sequence(value, field, MAX_INTERVALS)):
        at = f"{field}.{index}"
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise Invalid(at, _('An interval is a start and an end, for example ["09:00", "18:00"].'))
        start, end = _time(pair[0], at), _time(pair[1], at)
        if start == DAY:
            raise Invalid(at, _("An interval cannot start at 24:00."))
        if start == end:
            raise Invalid(at, _("An interval cannot end when it starts; all day is 00:00 to 24:00."))
        intervals.append((start, end if end > start else end + DAY))
    return tuple(intervals)


def _time(value: object, field: str) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Invalid(field, _("A time is written HH:MM, from 00:00 to 24:00."), code="invalid_time")
    hours, minutes, seconds = match.groups()
    if hours is None:
        return DAY
    return int(hours) * 3_600 + int(minutes) * 60 + int(seconds or 0)


def _date(value: object, field: str) -> date:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid(field, _("A date is written YYYY-MM-DD and must exist."), code="invalid_date") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        message = _("The year must be between %(first)d and %(last)d.") % YEARS
        raise Invalid(field, message, code="invalid_date")
    return day


def _mapping(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(field, _("This must be an object."), code="invalid_type")
    return value


def _sequence(value: object, field: str, most: int) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise Invalid(field, _("This must be a list."), code="invalid_type")
    if len(value) > most:
        raise Invalid(field, _("At most %(max)d entries are allowed here.") % {"max": most}, code="too_many")
    return value


def _refuse_unknown(given: Mapping[str, Any], known: frozenset[str], prefix: str) -> None:
    for key in given:
        if key not in known:
            raise Invalid(f"{prefix}{clean_line(str(key), max_length=40)}", _("Unknown field."), code="unknown_field")


def _intervals_json(intervals: Sequence[Interval]) -> list[list[str]]:
    return [[_clock(start), _clock(end)] for start, end in intervals]


def _clock(second: int) -> str:
    if second == DAY:
        return "24:00"
    hours, rest = divmod(second % DAY, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")
