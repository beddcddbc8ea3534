"""One ticket's morning, and what each clock makes of it."""

from __future__ import annotations

import pytest

from tests.sla.factory import (
    START,
    answers,
    clock,
    colleague,
    department,
    minutes,
    moves,
    open_ticket,
    policy,
    target,
    writes,
)
from tickets.models import Event, SlaClock, Ticket
from tickets.services import handling

pytestmark = pytest.mark.django_db
DAY = 86_400


@pytest.fixture
def morning() -> Ticket:
    """09:00 opened · 09:10 answer · 09:30 answer, pending · 11:30 customer · 11:45 on hold · 12:45 answer ·
    13:00 open · 13:20 answer, solved."""
    policy(*(target(m, DAY) for m in ("first_reply", "next_reply", "periodic_update", "resolution")))
    team = department()
    agent = colleague(team)
    ticket = open_ticket(team)
    answers(agent, ticket, minutes(10))
    answers(agent, ticket, minutes(30), then="pending")
    writes(ticket, minutes(150))
    moves(agent, ticket, "on_hold", minutes(165))
    answers(agent, ticket, minutes(225))
    moves(agent, ticket, "open", minutes(240))
    answers(agent, ticket, minutes(260), then="solved")
    return ticket


@pytest.mark.parametrize(
    ("metric", "gaps"),
    [
        ("first_reply", [10]),
        ("next_reply", [75]),
        ("requester_wait", [140]),
        ("agent_work", [65]),
        ("resolution", [140]),  # rests while pending; 260 by the wall
        ("periodic_update", [20, 195, 35]),
    ],
)
def test_minutes_on_each_clock(morning: Ticket, metric: str, gaps: list[int]) -> None:
    clocks = SlaClock.objects.filter(ticket=morning, metric=metric).order_by("cycle")
    assert [c.elapsed_seconds for c in clocks] == [60 * gap for gap in gaps]
    assert {c.state for c in clocks} == {"met"}


def test_what_stands_on_the_timeline(morning: Ticket) -> None:
    kinds = list(Event.objects.filter(ticket=morning, kind__startswith="sla_").values_list("kind", "data__metric"))
    assert kinds == [("sla_applied", None), ("sla_met", "first_reply"), ("sla_met", "resolution")]
    morning.refresh_from_db()
    assert morning.sla_due_at is None


def test_reopened_goes_on_with_the_time_used(morning: Ticket) -> None:
    agent = colleague(morning.department)
    writes(morning, minutes(300))
    assert clock(morning, "resolution").state == "running"
    assert clock(morning, "resolution").due_at == minutes(300) + (minutes(24 * 60) - minutes(140))
    answers(agent, morning, minutes(310), then="solved")
    for metric, used in {"resolution": 150, "requester_wait": 150, "agent_work": 75}.items():
        assert clock(morning, metric).elapsed_seconds == used * 60, metric
    assert clock(morning, "next_reply").elapsed_seconds == 600
    assert clock(morning, "first_reply").stopped_at == minutes(10), "met stays met"


def test_clocks_are_kept_without_a_policy() -> None:
    agent, ticket = colleague(team := department()), open_ticket()
    assert ticket.sla_version is None
    assert ticket.sla_due_at is None
    answers(agent, ticket, minutes(3), then="solved")
    assert clock(ticket, "first_reply").elapsed_seconds == 180
    assert clock(ticket, "first_reply").target_seconds is None
    assert not SlaClock.objects.filter(ticket=ticket, metric="periodic_update").exists()
    assert not Event.objects.filter(ticket=ticket, kind__startswith="sla_").exists()
    assert team.pk


def test_a_second_word_does_not_move_a_waiting_clock() -> None:
    policy(target("next_reply", 600))
    agent, ticket = colleague(department()), open_ticket()
    answers(agent, ticket, minutes(1))
    writes(ticket, minutes(5))
    writes(ticket, minutes(9))
    assert SlaClock.objects.filter(ticket=ticket, metric="next_reply").count() == 1
    assert clock(ticket, "next_reply").due_at == minutes(15)


def test_opened_by_a_colleague_nobody_waits_until_the_customer_writes() -> None:
    policy(target("first_reply", 600))
    agent, customer = colleague(), open_ticket().customer
    from tickets.services import conversation

    ticket = conversation.open_ticket(
        actor=agent, author=agent, customer=customer, subject="Call", text="We called you", channel="phone", at=START
    )
    assert not SlaClock.objects.filter(ticket=ticket, metric="first_reply").exists()
    writes(ticket, minutes(10))
    assert clock(ticket, "first_reply").due_at == minutes(20)
    answers(agent, ticket, minutes(15))
    assert clock(ticket, "first_reply").state == "met"
    writes(ticket, minutes(30))
    assert clock(ticket, "next_reply").started_at == minutes(30)


def test_solved_unanswered_leaves_the_first_reply_open_and_closing_ends_it() -> None:
    policy(target("first_reply", 600))
    agent, ticket = colleague(), open_ticket()
    moves(agent, ticket, "solved", minutes(1))
    assert clock(ticket, "first_reply").state == "running"
    moves(agent, ticket, "closed", minutes(2))
    ended = clock(ticket, "first_reply")
    assert (ended.state, ended.breached_at, ended.next_step_at) == ("stopped", None, None)


def test_an_answer_that_nobody_waits_for_costs_no_query(
    django_assert_num_queries: pytest.fixture,  # type: ignore[valid-type]
) -> None:
    from tickets.services import clocks

    policy(target("first_reply", 600))
    agent, ticket = colleague(), open_ticket()
    answers(agent, ticket, minutes(1))
    ticket.refresh_from_db()
    clocks.agent_replied(ticket, at=minutes(2))  # learns what this version promises
    with django_assert_num_queries(0):  # type: ignore[operator]
        clocks.agent_replied(ticket, at=minutes(3))
        clocks.status_moved(ticket, old="new", new="open", at=minutes(3))


def test_a_customer_who_says_it_is_solved_waits_for_nobody() -> None:
    policy(target("first_reply", DAY), target("next_reply", DAY))
    team = department()
    ticket = open_ticket(team)
    handling.solve_by_customer(actor=ticket.customer, ticket=ticket, at=minutes(10))
    first = clock(ticket, "first_reply")
    assert (first.state, first.breached_at, first.next_step_at) == (SlaClock.State.STOPPED, None, None)

    # Opened again without a word: what was asked at first waits once more, as a promise of its own.
    handling.reopen(actor=ticket.customer, ticket=ticket, at=minutes(20))
    again = SlaClock.objects.get(ticket=ticket, metric="first_reply", cycle=2)
    assert (again.state, again.started_at) == (SlaClock.State.RUNNING, minutes(20))
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.sla_due_at) == (minutes(20), again.due_at)
    answers(colleague(team), ticket, minutes(30))
    again.refresh_from_db()
    assert again.state == SlaClock.State.MET
    assert not SlaClock.objects.filter(
        ticket=ticket, metric__endswith="reply", state__in=["running", "paused"]
    ).exists()


def test_a_word_after_a_customers_own_solution_is_promised_an_answer() -> None:
    policy(target("first_reply", DAY), target("next_reply", DAY))
    ticket = open_ticket(department())
    handling.solve_by_customer(actor=ticket.customer, ticket=ticket, at=minutes(10))
    writes(ticket, minutes(30))
    running = SlaClock.objects.get(ticket=ticket, metric__endswith="reply", state="running")
    assert (running.metric, running.cycle, running.started_at) == ("first_reply", 2, minutes(30))
