"""What lists and chips show."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.sla.factory import answers, clock, colleague, minutes, open_ticket, policy, target, writes
from tickets.models import Ticket
from tickets.selectors import sla

pytestmark = pytest.mark.django_db


def row(ticket: Ticket, metric: str, now: dt.datetime) -> dict[str, Any]:
    fresh = Ticket.objects.get(pk=ticket.pk)
    return next(r for r in sla.sla_for(fresh, now) if r["metric"] == metric)


def test_states_and_what_is_left() -> None:
    policy(target("first_reply", 600), target("resolution", 3_600), target("next_reply", 600))
    agent, ticket = colleague(), open_ticket()
    assert row(ticket, "first_reply", minutes(4)) == {
        "metric": "first_reply", "state": "running", "due_at": minutes(10), "breached_at": None,
        "remaining_seconds": 360,
    }  # fmt: skip
    late = row(ticket, "first_reply", minutes(11))
    assert (late["state"], late["breached_at"], late["remaining_seconds"]) == ("breached", minutes(10), -60)
    answers(agent, ticket, minutes(5), then="pending")
    assert row(ticket, "first_reply", minutes(50))["state"] == "met"
    paused = row(ticket, "resolution", minutes(50))
    assert (paused["state"], paused["due_at"], paused["remaining_seconds"]) == ("paused", None, 3_300)
    writes(ticket, minutes(60))
    answers(agent, ticket, minutes(75))
    writes(ticket, minutes(80))
    assert row(ticket, "next_reply", minutes(81))["due_at"] == minutes(90), "the newest cycle"
    assert row(ticket, "agent_work", minutes(81))["due_at"] is None
    assert clock(ticket, "next_reply", 1).breached_at == minutes(70)
    assert [r["metric"] for r in sla.sla_for(ticket)] == [
        "first_reply", "next_reply", "requester_wait", "agent_work", "resolution",
    ]  # fmt: skip


def test_chip_shows_what_matters_most() -> None:
    policy(target("first_reply", 600), target("resolution", 3_600))
    agent, ticket = colleague(), open_ticket()

    def chip(now: dt.datetime) -> sla.Chip:
        return sla.chip_for(Ticket.objects.get(pk=ticket.pk), now)

    assert (chip(minutes(5)).state, chip(minutes(5)).metric, chip(minutes(5)).fraction) == (
        "running",
        "first_reply",
        0.5,
    )
    assert chip(minutes(8)).state == "warning"
    assert (chip(minutes(12)).state, chip(minutes(12)).remaining_seconds) == ("breached", -120)
    answers(agent, ticket, minutes(6))
    assert (chip(minutes(7)).metric, chip(minutes(7)).percent_left) == ("resolution", 88)
    answers(agent, ticket, minutes(8), then="pending")
    assert (chip(minutes(50)).state, chip(minutes(50)).due_at) == ("paused", None)
    answers(agent, ticket, minutes(55), then="solved")
    assert chip(minutes(60)).state == "met"


def test_no_policy_is_said() -> None:
    assert sla.chip_for(open_ticket()).state == "none"


def test_a_page_of_tickets_costs_one_query(django_assert_num_queries: Any) -> None:
    policy(target("first_reply", 600))
    tickets = [open_ticket().pk for _n in range(5)]
    page = list(Ticket.objects.filter(pk__in=tickets))
    with django_assert_num_queries(1):
        sla.attach_clocks(page)
        assert all(len(sla.sla_for(t)) == 4 and sla.chip_for(t).metric for t in page)
    with django_assert_num_queries(2):
        for ticket in Ticket.objects.filter(pk__in=tickets).prefetch_related(sla.with_clocks()):
            sla.sla_for(ticket)


def test_explanation_names_pauses() -> None:
    policy(target("resolution", 3_600))
    agent, ticket = colleague(), open_ticket()
    answers(agent, ticket, minutes(10), then="pending")
    writes(ticket, minutes(30))
    told = sla.explain(clock(ticket, "resolution"), minutes(40))
    assert [(i["kind"], i["reason"], i["seconds"] / 60) for i in told["intervals"]] == [
        ("open", "always", 10), ("paused", "pending", 20), ("open", "always", 50),
    ]  # fmt: skip
    assert told["used_seconds"] == 20 * 60
    answers(agent, ticket, minutes(50), then="pending")
    told = sla.explain(clock(ticket, "resolution"), minutes(70))
    assert told["intervals"][-1]["kind"] == "paused"
    assert told["intervals"][-1]["seconds"] == 20 * 60
