"""The ledger replayed, against a simulation that walks second by second."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.hours.clock import CalendarSpec, Holiday, Opening, is_open
from tickets.rules import clock as rules
from tickets.rules.clock import Entry

T0 = dt.datetime(2026, 3, 29, 0, 45, tzinfo=dt.UTC)  # a quarter of an hour before Madrid's clocks go forward
SPAN = 1_500  # seconds simulated
FEAST = dt.date(2026, 3, 29)
# What the wall clock shows at T0, and by how much it jumps 900 s later.
ZONES = {"Europe/Madrid": (6_300, 3_600), "UTC": (2_700, 0), "Pacific/Kiritimati": (53_100, 0)}


def second(n: int) -> dt.datetime:
    return T0 + dt.timedelta(seconds=n)


def _spec(zone: str, weekly: list[int], holiday: list[int], opening: list[int]) -> CalendarSpec:
    """A calendar from edges in simulated seconds, so that all of them matter."""
    base, jump = ZONES[zone]

    def intervals(edges: list[int]) -> tuple[tuple[int, int], ...]:
        wall = [base + n + (jump if n >= 900 else 0) for n in edges]
        return tuple(zip(wall[::2], wall[1::2], strict=False))

    return CalendarSpec(
        time_zone=zone,
        weekly=(intervals(weekly),) * 7,
        holidays=(Holiday(FEAST, "Feast", intervals(holiday)),) if holiday else (),
        openings=(Opening(FEAST, intervals(opening)),) if opening else (),
    )


def _edges(least: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-200, SPAN + 200), min_size=least, max_size=6, unique=True).map(
        lambda found: sorted(found)[: len(found) // 2 * 2]
    )


calendars = st.one_of(st.none(), st.builds(_spec, st.sampled_from(sorted(ZONES)), _edges(2), _edges(0), _edges(0)))
moves = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "stop", "switch", "recast"]), st.integers(0, SPAN), calendars),
    max_size=6,
)


def _ledger(first: CalendarSpec | None, later: list[tuple[str, int, CalendarSpec | None]]) -> list[Entry]:
    found = [Entry("start", T0, first)]
    for kind, at, calendar in sorted(later, key=lambda m: m[1]):
        found.append(Entry(kind, second(at), calendar))
    return found


class Walk:
    """The same ledger, one second at a time: at each it asks whether the clock runs and its calendar is open."""

    def __init__(self, entries: list[Entry]) -> None:
        by_second: dict[int, list[Entry]] = {}
        for entry in entries:
            by_second.setdefault(int((entry.at - T0).total_seconds()), []).append(entry)
        running, calendar = False, None
        marks: list[tuple[bool, CalendarSpec | None]] = []
        for n in range(SPAN):
            for entry in by_second.get(n, []):
                if entry.kind == "recast":
                    marks = [(ran, entry.calendar) for ran, _old in marks]
                    calendar = entry.calendar
                elif entry.kind in ("pause", "stop"):
                    running = False
                else:
                    calendar = entry.calendar
                    running = running or entry.kind != "switch"
            marks.append((running, calendar))
        self.ticks = [ran and is_open(spec, second(n)) for n, (ran, spec) in enumerate(marks)]

    def used(self, at: int) -> int:
        return sum(self.ticks[:at])

    def reaches(self, budget: int) -> int | None:
        count = 0
        for n, tick in enumerate(self.ticks):
            count += tick
            if tick and count == budget:
                return n + 1
        return None


@settings(max_examples=250, deadline=None)
@given(calendars, moves, st.integers(1, SPAN), st.integers(0, SPAN - 1))
def test_replay_equals_the_walk(
    first: CalendarSpec | None, later: list[tuple[str, int, CalendarSpec | None]], budget: int, at: int
) -> None:
    # What lies at the very end of the walk reaches past it.
    entries = _ledger(first, [m for m in later if m[1] < SPAN])
    walk = Walk(entries)
    seen = [e for e in entries if e.at <= second(at)]
    assert rules.used(seen, second(at)).total_seconds() == Walk(seen).used(at)
    due, expected = rules.reaches(entries, budget), walk.reaches(budget)
    if expected is not None:
        assert due == second(expected)
    else:
        assert due is None or due > second(SPAN)


@settings(max_examples=60, deadline=None)
@given(calendars, moves, st.integers(1, SPAN))
def test_used_at_the_deadline_is_the_target(
    first: CalendarSpec | None, later: list[tuple[str, int, CalendarSpec | None]], budget: int
) -> None:
    entries = _ledger(first, later)
    due = rules.reaches(entries, budget)
    if due is not None:
        assert rules.used(entries, due).total_seconds() == budget
        before = due - dt.timedelta(microseconds=1)
        assert rules.used(entries, before).total_seconds() < budget, "not one instant earlier"


def test_resolution_without_the_pause_is_the_wall_clock() -> None:
    """The one place where we differ from the usual table, and by how much on the usual example."""
    moved = [("new", 0), ("open", 10), ("pending", 30), ("open", 150), ("on_hold", 165), ("open", 240), ("solved", 260)]

    def minutes(rule: rules.MetricRule) -> float:
        ledger, running = [Entry("start", T0)], True
        for status, at in moved:
            when = T0 + dt.timedelta(minutes=at)
            if (status in rule.runs) != running:
                running = not running
                ledger.append(Entry("resume" if running else "pause", when))
        return rules.used(ledger, T0 + dt.timedelta(days=1)).total_seconds() / 60

    rule = rules.METRICS["resolution"]
    assert minutes(rule) == 140
    assert minutes(replace(rule, runs=rules.UNSOLVED)) == 260


@pytest.mark.parametrize(("at", "met"), [(-1, True), (0, True), (1, False)])
def test_exactly_at_the_deadline_is_kept(at: int, met: bool) -> None:
    assert rules.was_met(T0 + dt.timedelta(microseconds=at), T0) is met
    assert rules.was_met(T0, None), "no deadline, none missed"


def test_steps_come_in_due_order_warning_before_breach_before_ladder() -> None:
    ladder = [
        {"metric": "resolution", "at_percent": 100, "action": "raise_tier", "params": {}},
        {"metric": "resolution", "after_seconds": -60, "action": "notify", "params": {"to": "tier"}},
        {"metric": "first_reply", "at_percent": 50, "action": "notify", "params": {"to": "tier"}},
        {"metric": "resolution", "at_percent": 50, "action": "notify", "params": {"to": "tier"}},
        {"metric": "resolution", "at_percent": 50, "action": "raise_tier", "params": {}},
    ]
    steps = rules.steps_of(metric="resolution", target=600, business=False, ladder=ladder, policy_id=7)
    assert [(s.label, s.threshold) for s in steps] == [
        ("warn:50%", 300), ("notify@50%", 300), ("raise_tier@50%", 300), ("warn:-60s", 540), ("notify@-60s", 540),
        ("breach", 600), ("raise_tier@100%", 600),
    ]  # fmt: skip
    assert len({s.key for s in steps}) == len(steps)
    ledger = [Entry("start", T0)]
    following = rules.next_step(ledger, steps, {s.key for s in steps[:3]})
    assert following is not None
    assert (following[0], following[1].label) == (second(540), "warn:-60s")
    assert rules.steps_of(metric="resolution", target=None, business=False, ladder=ladder, policy_id=7) == []
    early = [{"metric": "resolution", "after_seconds": -900, "action": "notify", "params": {}}]
    first = rules.steps_of(metric="resolution", target=600, business=False, ladder=early, policy_id=7)[0]
    assert first.threshold == 0, "earlier than the start is at the start"
