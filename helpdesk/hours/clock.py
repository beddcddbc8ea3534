"""Business time: pure functions over a frozen calendar and two instants. No Django, no database.

The one rule everything follows: **an instant is open when the wall clock of the calendar's zone, at that
instant, shows an open time.** From it comes the rest:

- wall time that the clock repeats in autumn counts twice, wall time that it skips in spring does not exist;
- an interval that crosses midnight belongs to the dates it covers, so a holiday closes its own date only
  (from 00:00 to 24:00): the tail of the evening before falls away, the tail into the next date stays;
- per date: weekly hours, minus holidays, plus openings. An opening wins over a holiday of the same date.

Instants are aware datetimes, results are in UTC. Microseconds are kept, never rounded: a budget that starts
at 12:00:00.25 ends at a quarter past the second. Intervals are half-open, `[start, end)`, in whole seconds of
wall time.

`spec=None` means no calendar: time runs around the clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

DAY = 86_400
# How far a deadline or an opening is looked for. Past it the answer is "none": a search always ends.
HORIZON_DAYS = 20 * 366

Interval = tuple[int, int]
"""Seconds from local midnight, start < end; an end past 86,400 reaches into the next date."""

Kind = Literal["open", "closed", "holiday"]

_MICRO = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_ONE_MICROSECOND = timedelta(microseconds=1)
# A zone's offset needs one local day of room at both ends of what a datetime can hold.
_FIRST_DAY = date.min.toordinal() - _EPOCH_ORDINAL + 2
_LAST_DAY = date.max.toordinal() - _EPOCH_ORDINAL - 2


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date that is closed: all day, or only during `intervals`."""

    date: date
    name: str
    intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours added to one date, even a holiday."""

    date: date
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A calendar as a value; `hours.rules` makes it from JSON. `weekly`: seven days, Monday first."""

    time_zone: str
    weekly: tuple[tuple[Interval, ...], ...]
    holidays: tuple[Holiday, ...] = ()
    openings: tuple[Opening, ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError("weekly needs seven days, Monday first")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time of one kind.

    `reason`: `weekly`, `opening` or `always` when open; `outside_hours` when closed; a holiday's name.
    """

    start: datetime
    end: datetime
    kind: Kind
    reason: str

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def open_time(spec: CalendarSpec | None, start: datetime, end: datetime) -> timedelta:
    """Open time in `[start, end)`, exact to the microsecond; zero when `end` is not after `start`."""
    begin, finish = _micros(start), _micros(end)
    if finish <= begin:
        return timedelta(0)
    if spec is None:
        return timedelta(microseconds=finish - begin)
    total = 0
    for opens, closes in _open_between(_compiled(spec), begin, finish):
        total += closes - opens
    return timedelta(microseconds=total)


def open_seconds(spec: CalendarSpec | None, start: datetime, end: datetime) -> float:
    """`open_time` in seconds. Whole seconds are exact floats."""
    return open_time(spec, start, end).total_seconds()


def add_open_seconds(spec: CalendarSpec | None, start: datetime, seconds: float) -> datetime | None:
    """The earliest instant by which `seconds` of open time have passed since `start`; None for no deadline.

    Zero seconds are due at `start` itself, open or not. A budget used up exactly at closing is due at
    closing. None: the calendar never opens again, or not for long enough within `HORIZON_DAYS`.
    Raises ValueError for negative or non-finite seconds and for naive datetimes.
    """
    begin = _micros(start)
    if not 0 <= seconds < float("inf"):
        raise ValueError("seconds must be a finite number, zero or more")
    left = round(seconds * _MICRO)
    if left == 0:
        return start.astimezone(UTC)
    if spec is None:
        return _instant(begin + left)
    calendar = _compiled(spec)
    for opens, closes in _open_between(calendar, begin, calendar.search_end(begin)):
        if left <= closes - opens:
            return _instant(opens + left)
        left -= closes - opens
    return None


def is_open(spec: CalendarSpec | None, at: datetime) -> bool:
    """Whether the wall clock at `at` shows an open time."""
    return _state(spec, at)[0] == "open"


def next_opening(spec: CalendarSpec | None, at: datetime) -> datetime | None:
    """The earliest open instant at or after `at` (`at` itself when open); None when there is none to come."""
    begin = _micros(at)
    if spec is None:
        return at.astimezone(UTC)
    calendar = _compiled(spec)
    for opens, _ in _open_between(calendar, begin, calendar.search_end(begin)):
        return _instant(opens)
    return None


def next_closing(spec: CalendarSpec | None, at: datetime) -> datetime | None:
    """The earliest closed instant at or after `at` (`at` itself when closed); None when it never closes."""
    begin = _micros(at)
    if spec is None:
        return None
    calendar = _compiled(spec)
    end, limit = begin, calendar.search_end(begin)
    for opens, closes in _open_between(calendar, begin, limit):
        if opens > end:
            break
        end = closes
    return None if begin < end == limit else _instant(end)


def closed_reason(spec: CalendarSpec | None, at: datetime) -> str | None:
    """The name of the holiday that closes `at`; None when open, or closed for no special reason."""
    kind, reason = _state(spec, at)
    return reason if kind == "holiday" else None


def explain(spec: CalendarSpec | None, start: datetime, end: datetime, limit: int | None = None) -> list[Span]:
    """`[start, end)` cut into spans that follow on one another, at most `limit` of them (the earliest)."""
    begin, finish = _micros(start), _micros(end)
    if finish <= begin:
        return []
    if spec is None:
        return [Span(start.astimezone(UTC), end.astimezone(UTC), "open", "always")]
    spans: list[tuple[int, int, Kind, str]] = []
    for opens, closes, kind, reason in _pieces_between(_compiled(spec), begin, finish):
        if spans and spans[-1][2:] == (kind, reason):
            spans[-1] = (spans[-1][0], closes, kind, reason)
        elif limit is not None and len(spans) == limit:
            break
        else:
            spans.append((opens, closes, kind, reason))
    return [Span(_at(a), _at(b), kind, reason) for a, b, kind, reason in spans]


# --- instants ---


def _micros(at: datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError("naive datetime: business time needs an instant, not a wall time")
    return (at - _EPOCH) // _ONE_MICROSECOND


def _at(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _instant(micros: int) -> datetime | None:
    try:
        return _at(micros)
    except OverflowError:  # past year 9999: no deadline anyone will see
        return None


# --- offsets ---

_BLOCK_DAYS = 512  # transitions are found and kept per zone and per so many UTC days
_PROBE = 12 * 3_600  # no zone changes its offset twice within half a day


@lru_cache(maxsize=1_024)
def _offsets(time_zone: str, block: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(from which epoch second, UTC offset in seconds) for one block of days; the first is the block's start.

    zoneinfo keeps its transitions to itself: they are found by probing and halving, once per zone and block.
    """
    zone = ZoneInfo(time_zone)

    def offset(second: int) -> int:
        clamped = min(max(second, _FIRST_DAY * DAY), _LAST_DAY * DAY)
        delta = (_EPOCH + timedelta(seconds=clamped)).astimezone(zone).utcoffset()
        return 0 if delta is None else int(delta.total_seconds())

    start = block * _BLOCK_DAYS * DAY
    starts, values = [start], [offset(start)]
    for before in range(start, start + _BLOCK_DAYS * DAY, _PROBE):
        low, high = before, before + _PROBE
        after = offset(high)
        if after == values[-1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset(middle) == after:
                high = middle
            else:
                low = middle
        starts.append(high)
        values.append(after)
    return tuple(starts), tuple(values)


def _stretches(time_zone: str, day: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, offset): the UTC day cut where the zone's offset changes, in epoch seconds."""
    starts, values = _offsets(time_zone, day // _BLOCK_DAYS)
    at, end = day * DAY, (day + 1) * DAY
    index = bisect_right(starts, at) - 1
    while at < end:
        until = min(end, starts[index + 1]) if index + 1 < len(starts) else end
        yield at, until, values[index]
        at, index = until, index + 1


# --- a calendar, made ready to be asked ---

_Piece = tuple[int, int, Kind, str]
_CACHED_DAYS = 16_384


class _Compiled:
    """Looks days up by number (days since 1970-01-01) and keeps what it worked out. Safe between threads: the
    worst that a race does is to work out the same day twice."""

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.holidays: dict[int, list[Holiday]] = {}
        self.openings: dict[int, list[Interval]] = {}
        for holiday in spec.holidays:
            self.holidays.setdefault(holiday.date.toordinal() - _EPOCH_ORDINAL, []).append(holiday)
        for opening in spec.openings:
            self.openings.setdefault(opening.date.toordinal() - _EPOCH_ORDINAL, []).extend(opening.intervals)
        self.recurs = any(spec.weekly)
        self._regular: dict[int, list[_Piece]] = {}
        self._pieces: dict[int, tuple[_Piece, ...]] = {}
        self._open: dict[int, tuple[Interval, ...]] = {}

    def search_end(self, begin: int) -> int:
        """Epoch microsecond at which to stop looking: `begin` when it can never open again."""
        day = begin // _MICRO // DAY
        last = day + HORIZON_DAYS
        if not self.recurs:
            # An opening may cross midnight, and a zone may be a day away from UTC.
            last = min(last, max(self.openings, default=day - 3) + 3)
        return max(begin, min(last, _LAST_DAY) * DAY * _MICRO)

    def wall_day(self, day: int) -> list[_Piece]:
        """One local date cut into pieces, in seconds from its midnight, covering 0 to 86,400 without gaps."""
        if any(base in special for base in (day, day - 1) for special in (self.holidays, self.openings)):
            return self._paint(day)
        weekday = (day + 3) % 7  # day 0, 1970-01-01, was a Thursday
        if weekday not in self._regular:
            self._regular[weekday] = self._paint(day)
        return self._regular[weekday]

    def _paint(self, day: int) -> list[_Piece]:
        layers: list[_Piece] = [(0, DAY, "closed", "outside_hours")]  # the last one painted is what shows
        dates = ((day, 0), (day - 1, DAY))  # the evening before may reach into this date
        for base, shift in dates:
            layers += [(a - shift, b - shift, "open", "weekly") for a, b in self.spec.weekly[(base + 3) % 7]]
        for base, shift in dates:
            for holiday in self.holidays.get(base, ()):
                closed = holiday.intervals or ((0, DAY),)
                layers += [(a - shift, b - shift, "holiday", holiday.name) for a, b in closed]
        for base, shift in dates:
            layers += [(a - shift, b - shift, "open", "opening") for a, b in self.openings.get(base, ())]
        layers = [layer for layer in layers if layer[0] < DAY and layer[1] > 0]
        edges = sorted({min(max(edge, 0), DAY) for layer in layers for edge in layer[:2]})
        pieces: list[_Piece] = []
        for a, b in pairwise(edges):
            _, _, kind, reason = next(layer for layer in reversed(layers) if layer[0] <= a and b <= layer[1])
            pieces.append((a, b, kind, reason))
        return pieces

    def pieces(self, day: int) -> tuple[_Piece, ...]:
        """One UTC day cut into pieces, in epoch microseconds."""
        found = self._pieces.get(day)
        if found is None:
            found = tuple(self._cut(day))
            if len(self._pieces) >= _CACHED_DAYS:
                self._pieces.clear()
            self._pieces[day] = found
        return found

    def open(self, day: int) -> tuple[Interval, ...]:
        """The open stretches of one UTC day, in epoch microseconds."""
        found = self._open.get(day)
        if found is None:
            found = tuple((a, b) for a, b, kind, _ in self._cut(day) if kind == "open")
            if len(self._open) >= _CACHED_DAYS:
                self._open.clear()
            self._open[day] = found
        return found

    def _cut(self, day: int) -> Iterator[_Piece]:
        for start, end, offset in _stretches(self.spec.time_zone, day):
            for local in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
                midnight = local * DAY - offset
                for a, b, kind, reason in self.wall_day(local):
                    a, b = max(start, midnight + a), min(end, midnight + b)
                    if a < b:
                        yield a * _MICRO, b * _MICRO, kind, reason


@lru_cache(maxsize=256)
def _compiled(spec: CalendarSpec) -> _Compiled:
    return _Compiled(spec)


def _open_between(calendar: _Compiled, begin: int, finish: int) -> Iterator[Interval]:
    """Open stretches of `[begin, finish)` in order, in microseconds; midnight UTC may cut one in two."""
    for day in range(begin // _MICRO // DAY, -(-finish // (_MICRO * DAY))):
        for opens, closes in calendar.open(day):
            opens, closes = max(opens, begin), min(closes, finish)
            if opens < closes:
                yield opens, closes


def _pieces_between(calendar: _Compiled, begin: int, finish: int) -> Iterator[_Piece]:
    for day in range(begin // _MICRO // DAY, -(-finish // (_MICRO * DAY))):
        for start, end, kind, reason in calendar.pieces(day):
            start, end = max(start, begin), min(end, finish)
            if start < end:
                yield start, end, kind, reason


def _state(spec: CalendarSpec | None, at: datetime) -> tuple[Kind, str]:
    begin = _micros(at)
    if spec is None:
        return "open", "always"
    _, _, kind, reason = next(_pieces_between(_compiled(spec), begin, begin + 1))
    return kind, reason
