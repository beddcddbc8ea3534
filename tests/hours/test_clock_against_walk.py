"""Random calendars, zones and spans around the odd days of the clock, against a walk minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk.hours.clock import add_open_seconds, explain, is_open, next_opening, open_seconds, open_time
from helpdesk.hours.rules import calendar_json, parse_calendar

from .walk import DAYS, MINUTE, Walk

WEEK = 7 * 1_440
# Days on which the zone's clock does something, and some on which the calendar does.
ODD_DAYS = {
    "Europe/Madrid": ["2026-03-29", "2026-10-25", "2028-02-29"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Asia/Kolkata": ["2026-12-31", "2028-02-29"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],  # moves by half an hour
    "Pacific/Apia": ["2011-12-30", "2012-04-01"],  # had no 30 December 2011
    "Pacific/Kiritimati": ["2026-01-01"],  # UTC+14
    "Pacific/Chatham": ["2026-04-05", "2026-09-27"],  # UTC+12:45, +13:45
    "Atlantic/Azores": ["2026-03-29", "2026-10-25"],  # goes back at midnight, into the date before
}
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def intervals(draw: st.DrawFn) -> list[list[str]]:
    start = draw(st.integers(0, 1_439))
    end = draw(st.integers(1, 1_440).filter(lambda minute: minute != start))
    return [[clock_text(start), clock_text(end)]]


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    """Intervals that do not overlap: pairs of points in a week, the later one at most a day off."""
    points = sorted(draw(st.sets(st.integers(0, WEEK - 1), max_size=24)))
    weekly: dict[str, list[list[str]]] = {}
    for start, end in zip(points[::2], points[1::2], strict=False):
        day, opens = divmod(start, 1_440)
        closes = opens + min(end - start, 1_439)
        text = clock_text(closes if closes <= 1_440 else closes - 1_440)
        weekly.setdefault(DAYS[day], []).append([clock_text(opens), text])
    return weekly


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], datetime, datetime]:
    """A calendar and a span of at most three days near an odd day of its zone."""
    zone = draw(st.sampled_from(sorted(ODD_DAYS)))
    odd = date.fromisoformat(draw(st.sampled_from(ODD_DAYS[zone])))
    near = st.integers(-2, 2).map(lambda days: (odd + timedelta(days=days)).isoformat())
    entry = {"date": near}
    holiday = st.fixed_dictionaries({**entry, "name": st.just("Fiesta")}, optional={"intervals": intervals()})
    calendar = {
        "time_zone": zone,
        "weekly": draw(weeks()),
        "holidays": draw(st.lists(holiday, max_size=3)),
        "openings": draw(st.lists(st.fixed_dictionaries({**entry, "intervals": intervals()}), max_size=2)),
    }
    start = datetime(odd.year, odd.month, odd.day, tzinfo=UTC) + draw(st.integers(-2_880, 720)) * MINUTE
    return calendar, start, start + draw(st.integers(0, 3 * 1_440)) * MINUTE


@settings(relaxed, max_examples=120)
@given(cases())
def test_open_time_is_what_the_walk_counts(case: tuple[dict[str, Any], datetime, datetime]) -> None:
    calendar, start, end = case
    spec, walk = parse_calendar(calendar), Walk(calendar)
    minutes = list(walk.minutes(start, end))

    assert open_seconds(spec, start, end) == 60 * sum(is_it for _, is_it in minutes)
    for at, is_it in minutes[::97]:
        assert is_open(spec, at) is is_it
    first = next((at for at, is_it in minutes if is_it), None)
    found = next_opening(spec, start)
    assert found == first if first is not None else found is None or found >= end


@settings(relaxed, max_examples=80)
@given(cases(), st.integers(1, 2_000))
def test_a_deadline_is_the_minute_at_which_the_walk_has_counted_enough(
    case: tuple[dict[str, Any], datetime, datetime], budget: int
) -> None:
    calendar, start, _ = case
    spec, counted, expected = parse_calendar(calendar), 0, None
    end = start + timedelta(days=3)
    for at, is_it in Walk(calendar).minutes(start, end):
        counted += is_it
        if counted == budget:
            expected = at + MINUTE
            break

    due = add_open_seconds(spec, start, budget * 60)

    if expected is not None:
        assert due == expected
    else:
        assert due is None or due > end or open_seconds(spec, start, end) < budget * 60


@settings(relaxed, max_examples=80)
@given(cases())
def test_the_explanation_covers_the_span_and_agrees_with_the_walk(
    case: tuple[dict[str, Any], datetime, datetime],
) -> None:
    calendar, start, end = case
    spec, walk = parse_calendar(calendar), Walk(calendar)

    spans = explain(spec, start, end)

    assert [span.end for span in spans[:-1]] == [span.start for span in spans[1:]]
    if start < end:
        assert (spans[0].start, spans[-1].end) == (start, end)
    for span in spans:
        for at in (span.start, span.end - MINUTE):
            assert walk.is_open(at) is (span.kind == "open")
        assert span.reason == "Fiesta" or span.kind != "holiday"
    assert sum(span.seconds for span in spans if span.kind == "open") == open_seconds(spec, start, end)


@settings(relaxed, max_examples=150)
@given(cases(), st.integers(0, 40 * 86_400 * 1_000_000), st.integers(0, 10**9))
def test_adding_and_measuring_undo_each_other_to_the_microsecond(
    case: tuple[dict[str, Any], datetime, datetime], micros: int, shift: int
) -> None:
    calendar, start, _ = case
    spec, start = parse_calendar(calendar), start + timedelta(microseconds=shift)
    budget = timedelta(microseconds=micros)

    due = add_open_seconds(spec, start, budget.total_seconds())

    if due is None:
        assert open_time(spec, start, start + timedelta(days=6_000)) < budget
    else:
        assert open_time(spec, start, due) == budget
        if budget:  # and no earlier instant would do
            assert open_time(spec, start, due - timedelta(microseconds=1)) < budget


@settings(relaxed, max_examples=100)
@given(cases(), st.floats(0, 1))
def test_open_time_adds_up_at_any_cut(case: tuple[dict[str, Any], datetime, datetime], share: float) -> None:
    calendar, start, end = case
    spec, cut = parse_calendar(calendar), start + (end - start) * share
    assert open_time(spec, start, cut) + open_time(spec, cut, end) == open_time(spec, start, end)


@settings(relaxed, max_examples=100)
@given(cases())
def test_a_calendar_survives_the_way_to_json_and_back(
    case: tuple[dict[str, Any], datetime, datetime],
) -> None:
    spec = parse_calendar(case[0])
    assert parse_calendar(calendar_json(spec)) == spec
