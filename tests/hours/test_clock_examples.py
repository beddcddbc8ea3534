"""Business time by example: each row is a promise somebody could be held to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.hours import clock
from helpdesk.hours.clock import (
    CalendarSpec,
    add_open_seconds,
    closed_reason,
    explain,
    is_open,
    next_closing,
    next_opening,
    open_seconds,
)
from helpdesk.hours.rules import parse_calendar

OFFICE = [["09:00", "18:00"]]
WEEKDAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE)
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def calendar(
    weekly: dict[str, Any] = WEEKDAYS,
    *,
    zone: str = "Europe/Madrid",
    holidays: list[dict[str, Any]] | None = None,
    openings: list[dict[str, Any]] | None = None,
) -> CalendarSpec:
    return parse_calendar({"time_zone": zone, "weekly": weekly, "holidays": holidays or [], "openings": openings or []})


def at(text: str) -> datetime:
    """An instant by its UTC text, "2026-03-20 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHT = {"mon": [["22:00", "06:00"]]}
# 2026-03-29 02:00 → 03:00 and 2026-10-25 03:00 → 02:00 in Madrid.
NIGHT_SHIFT = {"sat": [["22:00", "06:00"]]}
SAN_JOSE = {"date": "2026-03-19", "name": "San José"}
HALF_DAY = {"date": "2026-12-24", "name": "Nochebuena", "intervals": [["14:00", "24:00"]]}


@pytest.mark.parametrize(
    ("spec", "start", "minutes", "due"),
    [
        pytest.param(calendar(), "2026-03-20 16:30", 60, "2026-03-23 08:30", id="over a weekend"),
        pytest.param(calendar(), "2026-03-18 14:00", 480, "2026-03-19 13:00", id="over a night"),
        pytest.param(calendar(), "2026-03-20 16:30", 30, "2026-03-20 17:00", id="used up at closing: due then"),
        pytest.param(calendar(), "2026-03-21 11:00", 0, "2026-03-21 11:00", id="zero is due at once, closed or not"),
        pytest.param(calendar(), "2026-03-21 11:00", 1, "2026-03-23 08:01", id="from a closed day"),
        pytest.param(calendar(), "2026-03-27 16:30", 60, "2026-03-30 07:30", id="over the spring change"),
        pytest.param(calendar(), "2026-10-23 15:30", 60, "2026-10-26 08:30", id="over the autumn change"),
        pytest.param(calendar(holidays=[SAN_JOSE]), "2026-03-18 14:00", 480, "2026-03-20 13:00", id="holiday"),
        pytest.param(calendar(holidays=[HALF_DAY]), "2026-12-24 12:30", 60, "2026-12-25 08:30", id="half holiday"),
        pytest.param(
            calendar(openings=[{"date": "2026-03-21", "intervals": [["10:00", "12:00"]]}]),
            "2026-03-20 16:30",
            60,
            "2026-03-21 09:30",
            id="exceptional opening",
        ),
        pytest.param(
            calendar(holidays=[SAN_JOSE], openings=[{"date": "2026-03-19", "intervals": [["10:00", "11:00"]]}]),
            "2026-03-18 17:00",
            60,
            "2026-03-19 10:00",
            id="an opening wins over a holiday",
        ),
        pytest.param(calendar(NIGHT), "2026-03-23 20:00", 480, "2026-03-24 05:00", id="overnight"),
        pytest.param(
            calendar(NIGHT, holidays=[{"date": "2026-03-24", "name": "Fiesta"}]),
            "2026-03-23 20:00",
            180,
            "2026-03-30 21:00",
            id="a holiday takes the tail of the night before",
        ),
        pytest.param(
            calendar(NIGHT, holidays=[{"date": "2026-03-23", "name": "Fiesta"}]),
            "2026-03-23 20:00",
            60,
            "2026-03-24 00:00",
            id="a holiday ends at its midnight",
        ),
        pytest.param(calendar(NIGHT_SHIFT), "2026-03-28 20:00", 420, "2026-03-29 04:00", id="a night of 7 hours"),
        pytest.param(calendar(NIGHT_SHIFT), "2026-10-24 19:00", 540, "2026-10-25 05:00", id="a night of 9 hours"),
        pytest.param(calendar(ALL_DAY), "2026-03-28 23:00", 23 * 60, "2026-03-29 22:00", id="a day of 23 hours"),
        pytest.param(calendar(ALL_DAY), "2026-10-24 22:00", 25 * 60, "2026-10-25 23:00", id="a day of 25 hours"),
        pytest.param(
            calendar({"sun": [["02:15", "02:45"]]}),
            "2026-10-24 12:00",
            60,
            "2026-10-25 01:45",
            id="02:30 comes twice",
        ),
        pytest.param(
            calendar({"sun": [["02:15", "02:45"]]}),
            "2026-03-28 12:00",
            30,
            "2026-04-05 00:45",
            id="02:30 never comes",
        ),
        pytest.param(
            calendar({"sun": [["01:30", "02:30"]]}, zone="Australia/Lord_Howe"),
            "2026-04-04 12:00",
            90,
            "2026-04-04 16:00",
            id="half an hour comes twice",
        ),
        pytest.param(
            calendar({"fri": OFFICE, "sat": OFFICE}, zone="Pacific/Apia"),
            "2011-12-29 10:00",
            60,
            "2011-12-30 20:00",
            id="a Friday that never was",
        ),
        pytest.param(calendar({"tue": OFFICE}), "2028-02-29 07:00", 60, "2028-02-29 09:00", id="29 February"),
        pytest.param(
            calendar(holidays=[{"date": f"2026-08-{day:02d}", "name": "Agosto"} for day in range(1, 32)]),
            "2026-07-31 15:30",
            60,
            "2026-09-01 07:30",
            id="closed for a month",
        ),
        pytest.param(
            calendar({"mon": [["09:00", "11:00"], ["11:00", "13:00"], ["15:00", "15:01"]]}),
            "2026-03-23 08:00",
            241,
            "2026-03-23 14:01",
            id="many intervals, some touching",
        ),
        pytest.param(None, "2026-03-21 11:00", 90, "2026-03-21 12:30", id="no calendar: around the clock"),
    ],
)
def test_deadline(spec: CalendarSpec | None, start: str, minutes: int, due: str) -> None:
    assert add_open_seconds(spec, at(start), minutes * 60) == at(due)
    assert open_seconds(spec, at(start), at(due)) == minutes * 60


def test_elapsed_over_a_weekend() -> None:
    assert open_seconds(calendar(), at("2026-03-20 15:00"), at("2026-03-23 09:00")) == 180 * 60


def test_the_second_is_the_second() -> None:
    spec = calendar({"mon": [["09:00:30", "09:01:15"]]})
    assert open_seconds(spec, at("2026-03-23 00:00"), at("2026-03-24 00:00")) == 45
    assert add_open_seconds(spec, at("2026-03-23 08:00:31"), 44) == at("2026-03-23 08:01:15")
    assert not is_open(spec, at("2026-03-23 08:01:15"))
    assert is_open(spec, at("2026-03-23 08:01:14.999999"))


def test_microseconds_are_kept() -> None:
    due = add_open_seconds(calendar(), at("2026-03-20 16:59:30.250000"), 60)
    assert due == at("2026-03-23 08:00:30.250000")


def test_an_overlap_of_openings_counts_once() -> None:
    spec = calendar(
        openings=[
            {"date": "2026-03-20", "intervals": [["08:00", "12:00"], ["11:00", "19:00"]]},
            {"date": "2026-03-20", "intervals": [["10:00", "11:30"]]},
        ]
    )
    assert open_seconds(spec, at("2026-03-20 00:00"), at("2026-03-21 00:00")) == 11 * 3_600


@pytest.mark.parametrize(
    "spec",
    [
        calendar({}),
        calendar({}, openings=[{"date": "2026-01-02", "intervals": OFFICE}]),
        calendar({"mon": []}),
        calendar({}, openings=[{"date": "2026-05-01", "intervals": [["09:00", "10:00"]]}]),  # not enough
    ],
)
def test_an_impossible_calendar_gives_no_deadline(spec: CalendarSpec) -> None:
    assert add_open_seconds(spec, at("2026-03-20 12:00"), 2 * 3_600) is None
    assert open_seconds(spec, at("2026-03-20 12:00"), at("2026-04-20 12:00")) == 0


def test_a_calendar_of_holidays_only_gives_no_deadline() -> None:
    start = at("2026-03-20 12:00")
    first = start.date()
    days = [first + timedelta(days=n) for n in range(clock.HORIZON_DAYS + 3)]
    spec = CalendarSpec("Europe/Madrid", (((0, clock.DAY),),) * 7, tuple(clock.Holiday(day, "Closed") for day in days))
    assert add_open_seconds(spec, start, 1) is None
    assert next_opening(spec, start) is None


def test_never_opening_means_no_next_opening() -> None:
    assert next_opening(calendar({}), at("2026-03-20 12:00")) is None
    assert next_closing(calendar({}), at("2026-03-20 12:00")) == at("2026-03-20 12:00")


def test_the_next_change_of_state() -> None:
    spec = calendar(holidays=[{"date": "2026-03-23", "name": "Lunes de fiesta"}])
    assert next_opening(spec, at("2026-03-20 12:00")) == at("2026-03-20 12:00")
    assert next_closing(spec, at("2026-03-20 12:00")) == at("2026-03-20 17:00")
    assert next_opening(spec, at("2026-03-20 17:00")) == at("2026-03-24 08:00")
    assert next_closing(calendar(ALL_DAY), at("2026-03-20 12:00")) is None
    assert next_closing(None, at("2026-03-20 12:00")) is None


def test_a_holiday_is_named_and_a_plain_evening_is_not() -> None:
    spec = calendar(holidays=[SAN_JOSE, HALF_DAY])
    assert closed_reason(spec, at("2026-03-19 12:00")) == "San José"
    assert closed_reason(spec, at("2026-03-19 23:30")) is None  # 00:30 on the 20th
    assert closed_reason(spec, at("2026-12-24 12:30")) is None  # half past one, still open
    assert closed_reason(spec, at("2026-12-24 13:00")) == "Nochebuena"
    assert closed_reason(spec, at("2026-03-20 20:00")) is None
    assert closed_reason(None, at("2026-03-20 20:00")) is None


def test_the_explanation_names_each_stretch() -> None:
    spec = calendar(holidays=[SAN_JOSE], openings=[{"date": "2026-03-21", "intervals": [["10:00", "12:00"]]}])
    spans = explain(spec, at("2026-03-18 16:00"), at("2026-03-21 10:00"))
    assert [(span.start, span.kind, span.reason) for span in spans] == [
        (at("2026-03-18 16:00"), "open", "weekly"),
        (at("2026-03-18 17:00"), "closed", "outside_hours"),
        (at("2026-03-18 23:00"), "holiday", "San José"),
        (at("2026-03-19 23:00"), "closed", "outside_hours"),
        (at("2026-03-20 08:00"), "open", "weekly"),
        (at("2026-03-20 17:00"), "closed", "outside_hours"),
        (at("2026-03-21 09:00"), "open", "opening"),
    ]
    assert explain(spec, at("2026-03-18 16:00"), at("2026-03-21 10:00"), limit=2) == spans[:2]


def test_an_end_before_its_start_is_no_time() -> None:
    assert open_seconds(calendar(), at("2026-03-23 09:00"), at("2026-03-20 09:00")) == 0
    assert explain(calendar(), at("2026-03-23 09:00"), at("2026-03-23 09:00")) == []


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_an_unusable_budget_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        add_open_seconds(calendar(), at("2026-03-20 12:00"), seconds)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        open_seconds(calendar(), datetime(2026, 3, 20, 12), at("2026-03-20 13:00"))  # noqa: DTZ001 — the point


@pytest.mark.parametrize("spec", [None, calendar(), calendar(ALL_DAY), calendar({})])
def test_the_ends_of_time_do_not_raise(spec: CalendarSpec | None) -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert add_open_seconds(spec, last, 10**12) is None
    first = datetime.min.replace(tzinfo=UTC)
    assert open_seconds(spec, first, first + timedelta(days=7)) >= 0
    next_opening(spec, last)
    next_closing(spec, last)
    is_open(spec, last)
    explain(spec, last - timedelta(days=2), last)
