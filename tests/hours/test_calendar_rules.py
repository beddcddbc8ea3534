"""What a calendar may not be: each refusal names the field at fault."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.hours.rules import calendar_json, calendar_name, parse_calendar
from helpdesk.lib.errors import Invalid

GOOD: dict[str, Any] = {"time_zone": "Europe/Madrid", "weekly": {"mon": [["09:00", "18:00"]]}}


def weekly(**days: Any) -> dict[str, Any]:
    return {"weekly": days}


def holiday(**entry: Any) -> dict[str, Any]:
    return {"holidays": [{"date": "2026-12-25", "name": "Navidad", **entry}]}


def opening(**entry: Any) -> dict[str, Any]:
    return {"openings": [{"date": "2026-12-25", "intervals": [["10:00", "12:00"]], **entry}]}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": "Europe"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": "Europe/Madrid\x00"}, "time_zone", "unknown_time_zone"),
        ({"time_zone": None}, "time_zone", "required"),
        ({"time_zone": ["UTC"]}, "time_zone", "required"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"weekly": []}, "weekly", "invalid_type"),
        (weekly(monday=[]), "weekly.monday", "unknown_field"),
        (weekly(mon="09:00-18:00"), "weekly.mon", "invalid_type"),
        (weekly(mon=[["09:00"]]), "weekly.mon.0", "invalid"),
        (weekly(mon=["09:00"]), "weekly.mon.0", "invalid"),
        (weekly(mon=[["9:00", "18:00"]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[["09:00", "24:01"]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[["09:60", "18:00"]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[["٠٩:٠٠", "18:00"]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[["09:00", "18:00\n"]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[[9, 18]]), "weekly.mon.0", "invalid_time"),
        (weekly(mon=[["24:00", "06:00"]]), "weekly.mon.0", "invalid"),
        (weekly(mon=[["09:00", "09:00"]]), "weekly.mon.0", "invalid"),
        (weekly(mon=[["09:00", "14:00"], ["13:59", "18:00"]]), "weekly.mon.1", "overlapping_intervals"),
        (weekly(mon=[["12:00", "18:00"], ["09:00", "12:01"]]), "weekly.mon.0", "overlapping_intervals"),
        (weekly(mon=[["22:00", "06:00"]], tue=[["05:00", "09:00"]]), "weekly.tue.0", "overlapping_intervals"),
        (weekly(sun=[["22:00", "06:00"]], mon=[["05:00", "09:00"]]), "weekly.mon.0", "overlapping_intervals"),
        (weekly(mon=[["09:00", "09:01"]] * 49), "weekly.mon", "too_many"),
        ({"holidays": {}}, "holidays", "invalid_type"),
        ({"holidays": ["2026-12-25"]}, "holidays.0", "invalid_type"),
        ({"holidays": [{"date": "2026-12-25", "name": "x"}] * 1_001}, "holidays", "too_many"),
        (holiday(date="2026-02-29"), "holidays.0.date", "invalid_date"),
        (holiday(date="25/12/2026"), "holidays.0.date", "invalid_date"),
        (holiday(date="20261225"), "holidays.0.date", "invalid_date"),
        (holiday(date="0001-01-01"), "holidays.0.date", "invalid_date"),
        (holiday(date=20261225), "holidays.0.date", "invalid_date"),
        (holiday(name=""), "holidays.0.name", "invalid"),
        (holiday(name="\x00\x07"), "holidays.0.name", "invalid"),
        (holiday(name="x" * 121), "holidays.0.name", "invalid"),
        (holiday(intervals=[["10:00", "10:00"]]), "holidays.0.intervals.0", "invalid"),
        (holiday(until="2026-12-26"), "holidays.0.until", "unknown_field"),
        (opening(intervals=[]), "openings.0.intervals", "required"),
        (opening(intervals=[["10:00", "25:00"]]), "openings.0.intervals.0", "invalid_time"),
        (opening(date=None), "openings.0.date", "invalid_date"),
        (opening(name="Rebajas"), "openings.0.name", "unknown_field"),
    ],
)
def test_refusal_names_the_field(change: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_calendar({**GOOD, **change})
    assert (refused.value.field, refused.value.code, refused.value.status) == (field, code, 400)


@pytest.mark.parametrize("value", [None, [], "Europe/Madrid", 7])
def test_a_calendar_is_an_object(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        parse_calendar(value)
    assert refused.value.field == "calendar"


def test_intervals_may_touch_across_midnight_and_across_the_week() -> None:
    spec = parse_calendar(
        {
            "time_zone": "UTC",
            **weekly(sun=[["22:00", "06:00"]], mon=[["06:00", "24:00"]], tue=[["00:00", "01:00"]]),
        }
    )
    assert spec.weekly[6] == ((22 * 3_600, 30 * 3_600),)


def test_the_canonical_form() -> None:
    given = {
        "time_zone": "Europe/Madrid",
        "weekly": {"fri": [["16:00", "00:00"], ["09:00:00", "14:00:30"]], "sat": []},
        "holidays": [
            {"date": "2027-01-01", "name": " Año \x07 Nuevo "},
            {"date": "2026-12-24", "name": "Nochebuena", "intervals": [["14:00", "24:00"]]},
        ],
        "openings": [{"date": "2026-12-20", "intervals": [["22:00", "02:00"]]}],
    }
    assert calendar_json(parse_calendar(given)) == {
        "time_zone": "Europe/Madrid",
        "weekly": {"fri": [["09:00", "14:00:30"], ["16:00", "24:00"]]},
        "holidays": [
            {"date": "2026-12-24", "name": "Nochebuena", "intervals": [["14:00", "24:00"]]},
            {"date": "2027-01-01", "name": "Año Nuevo"},
        ],
        "openings": [{"date": "2026-12-20", "intervals": [["22:00", "02:00"]]}],
    }


@pytest.mark.parametrize("value", [None, "", "  ", "\x00", "x" * 81, 5])
def test_a_calendar_needs_a_name(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_name(value)
    assert refused.value.field == "name"
