"""The wall, as it is at one instant."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Chat, Visitor
from helpdesk.people.models import User
from helpdesk.realtime import presence
from reports.selectors.monitor import monitor
from tests.cast import Cast, open_ticket
from tickets import services
from tickets.models import SlaClock

from .doors import page
from .history import after

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def chat(cast: Cast, waited: float, **values: object) -> Chat:
    asked = after(NOW, seconds=-waited)
    ticket = open_ticket(cast, channel="chat", at=asked)
    defaults = {"department": cast.support, "requested_at": asked, "queued_at": asked}
    return Chat.objects.create(ticket=ticket, visitor=Visitor.objects.create(), **{**defaults, **values})


@pytest.mark.django_db
def test_an_empty_house_has_words_and_no_zero_seconds(cast: Cast) -> None:
    found = monitor(NOW)
    assert found["queue"] == {"size": 0, "longest_wait_seconds": None, "average_wait_seconds": None}
    assert found["agents"]["chats_per_agent"] is None
    assert found["satisfaction_last_hour"]["percent"] is None
    text = page(cast.sara).get("/console/reports/monitor/").content.decode()
    assert "nobody waits for a chat" in text
    assert "Nobody is at work" in text


@pytest.mark.django_db
def test_queue_and_agents(cast: Cast) -> None:
    for waited in (30, 60, 120):
        chat(cast, waited)
    for agent in (cast.ana, cast.ana, cast.bruno):
        chat(cast, 600, state="active", agent=agent, accepted_at=after(NOW, seconds=-590))
    chat(cast, 900, state="ended", end_reason="missed", ended_at=after(NOW, minutes=-10))
    chat(cast, 7200, state="ended", end_reason="missed", ended_at=after(NOW, minutes=-90))
    for user, status in ((cast.ana, "online"), (cast.bruno, "online"), (cast.carmen, "away"), (cast.olga, "online")):
        User.objects.filter(pk=user.pk).update(status=status)
        if user is not cast.olga:  # Olga chose online and closed her browser
            presence.touch("agent", user.pk, uuid.uuid4().hex)
    found = monitor(NOW)
    assert found["queue"] == {"size": 3, "longest_wait_seconds": 120.0, "average_wait_seconds": 70.0}
    assert (found["active_chats"], found["missed_chats_last_hour"]) == (3, 1)
    assert found["agents"] == {
        "online": 2, "away": 1, "transfers_only": 0, "online_elsewhere": 1, "active_chats": 3, "chat_capacity": 6,
        "chats_per_agent": 1.5,
    }  # fmt: skip
    assert [(p["agent"], p["active_chats"]) for p in found["agent_list"][:2]] == [(cast.ana.pk, 2), (cast.bruno.pk, 1)]
    support = next(d for d in found["departments"] if d["department"] == cast.support.pk)
    assert (support["queue"], support["longest_wait_seconds"], support["active_chats"], support["agents_online"]) == (
        3, 120.0, 3, 2,
    )  # fmt: skip


@pytest.mark.django_db
def test_tickets_promises_and_ratings(cast: Cast) -> None:
    waiting, answered, solved, late = (open_ticket(cast, at=after(NOW, hours=-n)) for n in (5, 2, 3, 1))
    services.reply(actor=cast.ana, ticket=answered, text="Hello.", at=after(NOW, hours=-1), then="pending")
    services.set_status(actor=cast.ana, ticket=solved, status="solved", at=after(NOW, minutes=-50))
    services.rate(actor=cast.lucia, ticket=solved, score="good", at=after(NOW, minutes=-40))
    services.rate(actor=cast.lucia, ticket=answered, score="bad", at=after(NOW, minutes=-61))
    SlaClock.objects.all().delete()
    for ticket, due in ((late, -1), (waiting, 30), (answered, 61), (solved, -5)):
        SlaClock.objects.create(
            ticket=ticket, metric="resolution", started_at=ticket.created_at, target_seconds=60,
            due_at=after(NOW, minutes=due),
        )  # fmt: skip
    found = monitor(NOW)
    assert found["tickets"] == {"new": 2, "open": 0, "pending": 1, "on_hold": 0}
    assert (found["open_tickets"], found["waiting_on_us"]) == (3, {"count": 2, "longest_seconds": 5 * 3600.0})
    assert found["service_levels"] == {"breached_now": 1, "due_within_hour": 1}
    assert found["satisfaction_last_hour"] == {"good": 1, "bad": 0, "percent": 100.0}


@pytest.mark.django_db
def test_more_chats_do_not_mean_more_queries(cast: Cast) -> None:
    counts = []
    for _round in range(2):
        for agent in (cast.ana, cast.bruno):
            chat(cast, 60)
            chat(cast, 60, state="active", agent=agent)
        with CaptureQueriesContext(connection) as queries:
            monitor(NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@pytest.mark.django_db
def test_htmx_gets_the_live_part_only(cast: Cast) -> None:
    client = page(cast.sara)
    part = client.get("/console/reports/monitor/", headers={"HX-Request": "true"}).content.decode()
    assert 'class="wall"' in part
    assert "<html" not in part
