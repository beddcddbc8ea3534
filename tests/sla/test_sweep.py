"""The sweep: on the second, once, in due order, whatever dies on the way."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests.sla.factory import (
    SETUP,
    START,
    answers,
    clock,
    colleague,
    department,
    minutes,
    moves,
    only,
    open_ticket,
    policy,
    rung,
    seconds,
    target,
    unique,
    writes,
)
from tickets.models import Event, Message, Notification, SlaClock, SlaStep, Ticket
from tickets.services import handling, ladder
from tickets.services.policies import update_policy
from tickets.services.sweep import run_due

pytestmark = pytest.mark.django_db
INSTANT = dt.timedelta(microseconds=1)


def events(ticket: Ticket, *kinds: str) -> list[tuple[str, str]]:
    rows = Event.objects.filter(ticket=ticket, kind__in=kinds or ["sla_warned", "sla_breached", "escalated"])
    return [(e.kind, e.rule.rpartition(":")[2]) for e in rows.order_by("seq")]


def test_breach_on_the_second() -> None:
    policy(target("first_reply", 30))
    ticket = open_ticket()
    assert run_due(seconds(29)) == 0
    assert run_due(seconds(30)) == 0, "exactly at the deadline an answer is still in time"
    assert clock(ticket, "first_reply").breached_at is None
    assert run_due(seconds(30) + INSTANT) == 1
    assert clock(ticket, "first_reply").breached_at == seconds(30)
    event = Event.objects.get(ticket=ticket, kind="sla_breached")
    assert event.due_at == seconds(30)
    assert event.rule.endswith(":v1:first_reply:breach")
    assert run_due(minutes(60)) == 0, "once"


@pytest.mark.parametrize(("at", "state"), [(30.0, "met"), (30.000001, "stopped")])
def test_the_answer_decides_before_the_sweep(at: float, state: str) -> None:
    policy(target("first_reply", 30))
    agent, ticket = colleague(), open_ticket()
    answers(agent, ticket, seconds(at))
    assert clock(ticket, "first_reply").state == state
    assert len(events(ticket, "sla_breached")) == (state == "stopped")
    assert run_due(minutes(60)) == 0


def test_news_of_an_answer_in_time_that_comes_after_the_sweep() -> None:
    policy(target("first_reply", 30))
    agent, ticket = colleague(), open_ticket()
    run_due(seconds(31))
    answers(agent, ticket, seconds(29))
    met = clock(ticket, "first_reply")
    assert (met.state, met.breached_at) == ("met", None)
    assert Event.objects.get(ticket=ticket, kind="sla_met").data["withdrawn"] is True


def test_ladder_climbs_one_two_three_each_once() -> None:
    team = department()
    people = {tier: colleague(team, tier) for tier in (1, 2, 3)}
    chosen = policy(
        target("first_reply", 60),
        ladder=[
            rung("first_reply", "notify", percent=50, to="tier"),
            rung("first_reply", "raise_tier", percent=100),
            rung("first_reply", "raise_tier", after=60),
            rung("first_reply", "raise_tier", percent=300),
        ],
    )
    ticket = open_ticket(team)
    for second in range(400):
        run_due(seconds(second))
    assert events(ticket) == [
        ("sla_warned", "50%"), ("sla_breached", "breach"), ("escalated", "raise_tier@100%"),
        ("escalated", "raise_tier@+60s"),
    ]  # fmt: skip
    ticket.refresh_from_db()
    assert ticket.tier == 3
    raised = Event.objects.filter(ticket=ticket, kind="escalated").order_by("seq")
    assert [e.due_at for e in raised] == [seconds(60), seconds(120)]
    assert [e.created_at - e.due_at for e in raised if e.due_at] == [dt.timedelta(seconds=1)] * 2
    assert raised[0].rule == f"sla:{chosen.pk}:v1:first_reply:raise_tier@100%"
    outcomes = list(
        SlaStep.objects.filter(key__startswith="ladder").order_by("due_at").values_list("outcome", flat=True)
    )
    assert outcomes == ["told:1", "tier:2", "tier:3", "top_tier"]
    told = Notification.objects.filter(ticket=ticket).values_list("user", "kind")
    assert set(told) == {
        (people[1].pk, "sla_warned"), (people[2].pk, "escalated"), (people[3].pk, "escalated"),
    }  # fmt: skip


def test_outage_all_overdue_steps_once_in_due_order_marked_late() -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=200)])
    tickets = [open_ticket(at=seconds(10 * n)) for n in range(4)]
    assert run_due(minutes(30)) == 8
    done = list(Event.objects.filter(ticket__in=tickets, kind__in=["sla_breached", "escalated"]).order_by("id"))
    assert [e.due_at for e in done] == sorted(e.due_at for e in done if e.due_at)
    assert all(e.data["late"] for e in done if e.kind == "sla_breached")
    assert run_due(minutes(31)) == 0


def test_a_full_batch_keeps_the_order_too() -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=200)])
    tickets = [open_ticket(at=seconds(40 * n)) for n in range(4)]
    while run_due(minutes(30), limit=2):
        pass
    done = list(Event.objects.filter(ticket__in=tickets, kind__in=["sla_breached", "escalated"]).order_by("id"))
    assert len(done) == 8
    assert [e.due_at for e in done] == sorted(e.due_at for e in done if e.due_at)


def test_nothing_due_is_one_query(django_assert_num_queries: Any) -> None:
    policy(target("first_reply", 60))
    open_ticket()
    with django_assert_num_queries(1):
        assert run_due(seconds(5)) == 0


def test_nobody_at_the_next_tier_supervisors_hear_of_it() -> None:
    team, boss = department(), colleague(role="supervisor")
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=100)])
    ticket = open_ticket(team)
    run_due(minutes(2))
    ticket.refresh_from_db()
    assert ticket.tier == 2
    assert SlaStep.objects.get(key__startswith="ladder").outcome == "tier:2:nobody_there"
    assert Notification.objects.get(ticket=ticket).user == boss


def test_a_bad_step_waits_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_priority", percent=100)])
    bad, good = open_ticket(), open_ticket(at=seconds(1))
    really = ladder._ACTIONS["raise_priority"]

    def fails_for_one(rung_: ladder.Rung) -> str:
        outcome = really(rung_)
        if rung_.ticket.pk == bad.pk:
            raise RuntimeError("broken")
        return outcome

    monkeypatch.setitem(ladder._ACTIONS, "raise_priority", fails_for_one)
    assert run_due(minutes(2)) == 3
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.priority, good.priority) == ("normal", "high")
    assert clock(bad, "first_reply").breached_at == seconds(60), "what went well before it stays done"
    again = clock(bad, "first_reply").next_step_at
    assert again == minutes(3), "as long again as it is late"
    assert run_due(minutes(2.5)) == 0
    monkeypatch.setitem(ladder._ACTIONS, "raise_priority", really)
    assert run_due(minutes(3.5)) == 1
    bad.refresh_from_db()
    assert bad.priority == "high"
    seqs = sorted(Event.objects.filter(ticket=bad).values_list("seq", flat=True))
    assert [*seqs, *Message.objects.filter(ticket=bad).values_list("seq", flat=True)].count(seqs[-1]) == 1
    assert bad.last_seq == seqs[-1]


def test_a_clock_that_cannot_be_worked_out_stops_no_other() -> None:
    policy(target("first_reply", 60))
    broken = policy(target("first_reply", 60), conditions=only("tags", "x"))
    bad, good = open_ticket(tags=["x"]), open_ticket()
    broken.versions.update(ladder=[{"nonsense": True}])
    assert run_due(minutes(2)) == 1
    assert clock(good, "first_reply").breached_at == seconds(60)
    assert clock(bad, "first_reply").next_step_at == minutes(3)
    assert run_due(minutes(2.5)) == 0


def test_paused_clock_resumes_with_what_is_left() -> None:
    policy(target("resolution", 600))
    agent, ticket = colleague(), open_ticket()
    answers(agent, ticket, minutes(4), then="pending")
    paused = clock(ticket, "resolution")
    assert (paused.state, paused.due_at, paused.elapsed_seconds) == ("paused", None, 240)
    assert run_due(minutes(60)) == 0
    writes(ticket, minutes(60))
    assert clock(ticket, "resolution").due_at == minutes(66)
    assert run_due(minutes(66) + INSTANT) == 1
    assert clock(ticket, "resolution").breached_at == minutes(66)


def test_a_new_priority_is_a_new_target_on_the_same_clock() -> None:
    policy(target("first_reply", 3_600), target("first_reply", 600, "urgent"), target("first_reply", 7_200, "low"))
    ticket = open_ticket(at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20))
    handling.update_ticket(actor=SETUP, ticket=ticket, priority="urgent")
    late = clock(ticket, "first_reply")
    assert late.due_at == ticket.created_at + dt.timedelta(minutes=10)
    assert run_due() == 1
    handling.update_ticket(actor=SETUP, ticket=ticket, priority="low")
    later = clock(ticket, "first_reply")
    assert later.due_at == ticket.created_at + dt.timedelta(hours=2)
    assert later.breached_at == late.due_at, "history is not rewritten"
    assert later.next_step_at == later.due_at, "the new promise has its own breach"


def test_an_edited_policy_reaches_a_ticket_at_its_next_change_and_repeats_no_step() -> None:
    mine = policy(
        target("first_reply", 600), ladder=[rung("first_reply", "raise_tier", percent=50)], conditions=only("tags", "x")
    )
    ticket = open_ticket(tags=["x"], at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=6))
    assert run_due() == 2  # the warning and the rung
    assert ticket.sla_version is not None
    assert ticket.sla_version.version == 1
    update_policy(actor=SETUP, policy=mine, targets=[target("first_reply", 660)])
    assert clock(ticket, "first_reply").target_seconds == 600
    handling.update_ticket(actor=SETUP, ticket=ticket, subject=unique("Lamp"))
    assert clock(ticket, "first_reply").target_seconds == 660
    assert run_due() == 0
    ticket.refresh_from_db()
    assert ticket.tier == 2
    applied = Event.objects.filter(ticket=ticket, kind="sla_applied").values_list("data__version", flat=True)
    assert list(applied.order_by("seq")) == [1, 2]


def test_a_solved_ticket_is_not_escalated() -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=100)])
    agent, ticket = colleague(), open_ticket()
    moves(agent, ticket, "solved", seconds(30))
    run_due(minutes(5))
    ticket.refresh_from_db()
    assert ticket.tier == 1
    assert events(ticket) == [("sla_breached", "breach")]
    assert SlaStep.objects.get(key__startswith="ladder").outcome == "ticket_done"


def test_message_and_reassign() -> None:
    team = department()
    busy, free = colleague(team), colleague(team)
    handling.assign(actor=SETUP, ticket=open_ticket(team), assignee=busy)
    chosen = policy(
        target("first_reply", 60),
        ladder=[
            rung("first_reply", "message", percent=100, text={"en": "Still here", "es": "Seguimos aquí"}),
            rung("first_reply", "reassign", after=5),
            rung("first_reply", "notify", after=10, to="supervisors"),
        ],
        conditions=only("language", "es"),
    )
    boss, ticket = colleague(role="supervisor"), open_ticket(team, language="es")
    run_due(minutes(5))
    ticket.refresh_from_db()
    assert ticket.assignee == free
    assert list(Message.objects.filter(ticket=ticket).order_by("seq").values_list("body_text", flat=True))[1:] == [
        "Seguimos aquí"
    ]
    reminder = Event.objects.get(ticket=ticket, kind="sla_reminded")
    assert reminder.rule == f"sla:{chosen.pk}:v1:first_reply:notify@+10s"
    assert Notification.objects.get(ticket=ticket, user=boss).event_seq == reminder.seq
    assert clock(ticket, "first_reply").state == "running", "a line from the product is no answer"


def _in_threads(count: int, work: Callable[[], int]) -> list[int]:
    results: list[int] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_do_each_step_once() -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=100)])
    tickets = [open_ticket(at=START + dt.timedelta(milliseconds=n)) for n in range(20)]
    barrier = threading.Barrier(2)

    def sweep() -> int:
        barrier.wait(20)
        total = 0
        while SlaClock.objects.filter(ticket__in=tickets, next_step_at__lt=minutes(5)).exists():
            total += run_due(minutes(5), limit=7)
        return total

    results = _in_threads(2, sweep)
    assert sum(results) == 40
    for ticket in tickets:
        assert events(ticket) == [("sla_breached", "breach"), ("escalated", "raise_tier@100%")]
    assert SlaStep.objects.filter(clock__ticket__in=tickets).count() == 40


@pytest.mark.django_db(transaction=True)
def test_death_in_the_middle_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    policy(target("first_reply", 60), ladder=[rung("first_reply", "raise_tier", percent=100)])
    ticket = open_ticket()

    class Killed(BaseException):
        """Like a kill: nothing of ours handles it."""

    def dies(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr("tickets.services.sweep.changed", dies)
    with pytest.raises(Killed):
        run_due(minutes(5))
    monkeypatch.undo()
    assert events(ticket) == []
    assert not SlaStep.objects.filter(clock__ticket=ticket).exists()
    assert run_due(minutes(5)) == 2
    assert events(ticket) == [("sla_breached", "breach"), ("escalated", "raise_tier@100%")]


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_works_on_is_left_for_the_next_sweep() -> None:
    policy(target("first_reply", 60))
    ticket = open_ticket()
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        assert _in_threads(1, lambda: run_due(minutes(5))) == [0]
    assert run_due(minutes(5)) == 1
