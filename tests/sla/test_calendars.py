"""Targets in business time: whose calendar counts, and what a change of it moves."""

from __future__ import annotations

import datetime as dt

import pytest

from helpdesk.hours.services import update_calendar
from helpdesk.people.services import save_department
from tests.sla.factory import SETUP, clock, department, office_calendar, open_ticket, policy, target
from tickets import tasks
from tickets.models import Event, SlaLedgerEntry
from tickets.selectors import sla
from tickets.services import handling, sweep
from tickets.services.sweep import run_due


def madrid(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=1)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("opened", "minutes", "due"),
    [(madrid(20, 17, 30), 60, madrid(23, 9, 30)), (madrid(18, 15), 480, madrid(19, 14))],
)
def test_due_in_office_hours(opened: dt.datetime, minutes: int, due: dt.datetime) -> None:
    policy(target("first_reply", minutes * 60, business=True), calendar=office_calendar())
    ticket = open_ticket(at=opened)
    assert clock(ticket, "first_reply").due_at == due
    assert ticket.sla_due_at == due


@pytest.mark.django_db
def test_without_a_calendar_of_its_own_the_policy_uses_the_departments() -> None:
    policy(target("first_reply", 3_600, business=True))
    assert clock(open_ticket(department(office_calendar()), at=madrid(20, 17, 30)), "first_reply").due_at == madrid(
        23, 9, 30
    )
    assert clock(open_ticket(department(), at=madrid(20, 17, 30)), "first_reply").due_at == madrid(20, 18, 30)


@pytest.mark.django_db
def test_a_hand_over_moves_what_is_to_come_and_not_what_has_been() -> None:
    policy(target("resolution", 4 * 3_600, business=True))
    ticket = open_ticket(department(), at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=3))
    closed_for_now = department(office_calendar(weekly={"mon": [["09:00", "18:00"]]}, holidays=[]))
    handling.transfer(actor=SETUP, ticket=ticket, reason="skill", brief="Please look", department=closed_for_now)
    kinds = list(SlaLedgerEntry.objects.filter(clock=clock(ticket, "resolution")).values_list("kind", flat=True))
    assert kinds == ["start", "switch"]
    told = sla.explain(clock(ticket, "resolution"))
    assert told["used_seconds"] >= 3 * 3_600
    assert told["intervals"][0]["reason"] == "always"
    assert sum(i["seconds"] for i in told["intervals"] if i["kind"] == "open") == pytest.approx(4 * 3_600)


@pytest.mark.django_db
def test_the_first_promise_measures_all_of_a_clock_that_promised_nothing() -> None:
    ticket = open_ticket(at=madrid(20, 20))
    policy(target("first_reply", 3_600, business=True), calendar=office_calendar())
    handling.update_ticket(actor=SETUP, ticket=ticket, tags=["new"])
    assert clock(ticket, "first_reply").due_at == madrid(23, 10), "the night before is not held against anyone"


@pytest.mark.django_db(transaction=True)
def test_a_changed_calendar_moves_running_deadlines() -> None:
    calendar = office_calendar()
    policy(target("first_reply", 3_600, business=True), calendar=calendar)
    ticket = open_ticket(at=madrid(20, 17, 30))
    holiday = {"date": "2026-03-23", "name": "Local feast"}
    update_calendar(actor=SETUP, calendar=calendar, hours={"holidays": [holiday]})
    run_due()
    assert clock(ticket, "first_reply").due_at == madrid(24, 9, 30)
    ticket.refresh_from_db()
    assert ticket.sla_due_at == madrid(24, 9, 30)
    assert Event.objects.filter(ticket=ticket, kind="sla_breached").count() == 1  # that too lies in the past


@pytest.mark.django_db
def test_a_calendar_that_never_opens_gives_no_deadline() -> None:
    policy(target("first_reply", 60, business=True), calendar=office_calendar(weekly={}))
    ticket = open_ticket()
    assert clock(ticket, "first_reply").due_at is None
    assert clock(ticket, "first_reply").next_step_at is None
    assert ticket.sla_due_at is None


@pytest.mark.django_db(transaction=True)
def test_another_calendar_of_the_department_moves_what_is_to_come() -> None:
    now = dt.datetime.now(dt.UTC)
    always = office_calendar(
        weekly={day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    )
    team, other = department(always), department(always)
    policy(target("resolution", 4 * 3_600, business=True))
    moved, elsewhere = (open_ticket(one, at=now - dt.timedelta(hours=3)) for one in (team, other))
    paused = open_ticket(team, at=now - dt.timedelta(hours=3))
    handling.set_status(actor=SETUP, ticket=paused, status="on_hold", at=now - dt.timedelta(hours=2))
    due = clock(moved, "resolution").due_at
    save_department(actor=SETUP, department=team, description="Front line", calendar=always)
    assert run_due() == 0
    assert clock(moved, "resolution").due_at == due

    save_department(actor=SETUP, department=team, calendar=office_calendar(weekly={}))
    run_due()
    assert clock(moved, "resolution").due_at is None, "its new hours never open"
    moved.refresh_from_db()
    assert moved.sla_due_at is None
    assert clock(elsewhere, "resolution").due_at == due
    told = sla.explain(clock(moved, "resolution"))
    assert told["used_seconds"] == pytest.approx(3 * 3_600, abs=60)
    handling.set_status(actor=SETUP, ticket=paused, status="open")
    assert clock(paused, "resolution").due_at is None

    save_department(actor=SETUP, department=team, calendar=None)
    run_due()
    assert clock(moved, "resolution").due_at == pytest.approx(now + dt.timedelta(hours=1), abs=dt.timedelta(minutes=1))


@pytest.mark.django_db(transaction=True)
def test_one_tick_works_off_all_that_a_calendar_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = office_calendar(weekly={})
    policy(target("first_reply", 60, business=True), calendar=calendar)
    tickets = [open_ticket() for _ in range(5)]
    sweep.calendar_changed(calendar.pk)
    batches: list[sweep.Swept] = []

    def in_twos() -> sweep.Swept:
        batches.append(run_batch(limit=2))
        return batches[-1]

    run_batch = sweep.run_batch
    monkeypatch.setattr(sweep, "run_batch", in_twos)
    assert tasks.sweep_clocks() == 0
    assert [b.tickets for b in batches] == [2, 2, 1, 0]
    assert [clock(t, "first_reply").next_step_at for t in tickets] == [None] * 5
