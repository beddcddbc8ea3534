"""Figures against figures worked out by hand from twenty known tickets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Chat, Visitor
from helpdesk.people.models import User
from tests.cast import Cast, open_ticket
from tickets import services
from tickets.models import SlaClock, Ticket

from .doors import api
from .history import DAY, SPAN, after, twenty_tickets

URL = "/api/v1/reports/metrics/"


def ask(user: User, **parameters: object) -> Any:
    answer = api(user).get(URL, {**SPAN, **parameters})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_times_and_volume_to_the_second(cast: Cast) -> None:
    twenty_tickets(cast)
    found = ask(cast.sara)
    # Opened 20, solved 10 (the tenth at 18:10), so 10 are open at midnight.
    assert found["volume"] == {"created": 20, "solved": 10, "open_at_end": 10}
    # 10, 20, … 160 s: the middle of 80 and 90; nine tenths of the way lies midway between 140 and 150.
    assert found["first_reply"] == {
        "count": 16, "median_seconds": 85.0, "average_seconds": 85.0, "p90_seconds": 145.0,
    }  # fmt: skip
    # 1 h … 10 h: median and mean 5.5 h, p90 9.1 h.
    assert found["resolution"] == {
        "count": 10, "median_seconds": 19800.0, "average_seconds": 19800.0, "p90_seconds": 32760.0,
    }  # fmt: skip
    assert found["satisfaction"] == {"good": 8, "bad": 2, "percent": 80.0}
    assert found["reopened"] == {"count": 1, "of": 20, "percent": 5.0}
    # Ten solved; ticket 1 took two replies and ticket 2 was woken.
    assert found["one_touch"] == {"count": 8, "of": 10, "percent": 80.0}


def test_tables_by_channel_and_colleague(cast: Cast) -> None:
    twenty_tickets(cast)
    found = ask(cast.sara)
    keys = ["channel", "created", "solved", "first_reply_median_seconds", "good", "bad", "satisfaction_percent"]
    assert [[row[k] for k in keys] for row in found["by_channel"]] == [
        ["chat", 6, 2, 115.0, 0, 2, 0.0],
        ["email", 8, 8, 45.0, 8, 0, 100.0],
        ["portal", 6, 0, 155.0, 0, 0, None],
    ]
    keys = ["agent", "solved", "replies", "first_reply_median_seconds", "good", "bad"]
    assert [[row[k] for k in keys] for row in found["by_agent"]] == [
        [cast.ana.pk, 5, 9, 80.0, 4, 1],  # 10, 30, … 150 s
        [cast.bruno.pk, 5, 8, 90.0, 4, 1],  # 20, 40, … 160 s
    ]


def test_filters(cast: Cast) -> None:
    twenty_tickets(cast)
    for filters, *expected in (
        ({"channel": "chat"}, 6, 2, 115.0),
        ({"agent": cast.ana.pk}, 8, 5, 80.0),
        ({"agent": "none"}, 4, 0, None),
        ({"department": cast.billing.pk}, 0, 0, None),
        ({"department": cast.support.pk}, 20, 10, 85.0),
    ):
        found = ask(cast.sara, **filters)
        volume, median = found["volume"], found["first_reply"]["median_seconds"]
        assert [volume["created"], volume["solved"], median] == expected, filters


def test_the_span_is_half_open(cast: Cast) -> None:
    for minutes in (1, 2, 3):
        open_ticket(cast, at=after(DAY, minutes=minutes))
    first, last = after(DAY, minutes=1).isoformat(), after(DAY, minutes=3).isoformat()
    assert ask(cast.sara, **{"from": first, "to": last})["volume"]["created"] == 2
    assert ask(cast.sara, **{"from": after(DAY, minutes=1, seconds=1).isoformat()})["volume"]["created"] == 2


def test_an_empty_span_has_no_times_rather_than_zeros(cast: Cast) -> None:
    found = ask(cast.sara)
    assert found["volume"] == {"created": 0, "solved": 0, "open_at_end": 0}
    assert found["first_reply"]["median_seconds"] is None
    assert found["satisfaction"]["percent"] is None
    assert found["by_channel"] == found["by_agent"] == []


def test_a_merged_ticket_counts_once(cast: Cast) -> None:
    kept, other = open_ticket(cast, at=DAY), open_ticket(cast, at=after(DAY, minutes=1))
    Ticket.objects.filter(pk=other.pk).update(merged_into=kept)
    assert ask(cast.sara)["volume"]["created"] == 1


def test_days_follow_the_reader_through_the_change_of_clocks(cast: Cast) -> None:
    """On 2026-10-25 Madrid's day has 25 hours: it begins at 22:00 UTC and ends at 23:00 UTC."""
    User.objects.filter(pk=cast.sara.pk).update(time_zone="Europe/Madrid")
    for moment in ("24T21:59:59", "24T22:00:00", "25T00:30:00", "25T22:59:59", "25T23:00:00"):
        open_ticket(cast, at=dt.datetime.fromisoformat(f"2026-10-{moment}+00:00"))
    found = ask(cast.sara, **{"from": "2026-10-24", "to": "2026-10-27"})
    assert (found["from"], found["to"]) == ("2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z")
    assert [(row["day"], row["created"]) for row in found["by_day"]] == [
        ("2026-10-24", 1), ("2026-10-25", 3), ("2026-10-26", 1),
    ]  # fmt: skip
    spring = ask(cast.sara, **{"from": "2026-03-28", "to": "2026-03-31"})
    assert [row["day"] for row in spring["by_day"]] == ["2026-03-28", "2026-03-29", "2026-03-30"]


def test_service_levels_count_promises_kept_and_missed_only(cast: Cast) -> None:
    tickets = [open_ticket(cast, at=after(DAY, minutes=i)) for i in range(5)]
    SlaClock.objects.filter(ticket__in=tickets).delete()
    states = [("met", None, 60), ("met", None, 60), ("stopped", after(DAY, hours=1), 60), ("running", None, 60),
              ("met", None, None)]  # fmt: skip
    for ticket, (state, breached, target) in zip(tickets, states, strict=True):
        SlaClock.objects.create(
            ticket=ticket, metric="first_reply", state=state, breached_at=breached, target_seconds=target,
            started_at=ticket.created_at,
        )  # fmt: skip
    assert ask(cast.sara)["service_levels"] == [{"metric": "first_reply", "met": 2, "breached": 1, "percent": 66.7}]


def test_escalations_by_reason_and_by_who_had_it(cast: Cast) -> None:
    for i, reason in enumerate(["Knowledge", "Knowledge", "Time"]):
        ticket = open_ticket(cast, at=after(DAY, minutes=i))
        services.reply(actor=cast.ana, ticket=ticket, text="One moment.", at=after(DAY, minutes=i + 1))
        services.escalate(actor=cast.ana, ticket=ticket, reason=reason, brief="See above.", at=after(DAY, hours=1))
    expected = [
        {"reason": "Knowledge", "automatic": False, "count": 2}, {"reason": "Time", "automatic": False, "count": 1},
    ]  # fmt: skip
    assert ask(cast.sara)["escalations"] == expected
    assert ask(cast.sara, agent=cast.ana.pk)["escalations"] == expected
    assert ask(cast.sara, agent=cast.olga.pk)["escalations"] == []


def test_chats_served_and_missed_and_how_long_they_waited(cast: Cast) -> None:
    for i, wait in enumerate([10, 20, 60, None]):
        ticket = open_ticket(cast, channel="chat", at=after(DAY, minutes=i))
        asked = after(DAY, minutes=i)
        Chat.objects.create(
            ticket=ticket, visitor=Visitor.objects.create(), department=cast.support, state="ended",
            agent=cast.ana if wait else None, requested_at=asked, queued_at=asked,
            accepted_at=after(asked, seconds=wait) if wait else None,
            ended_at=after(asked, minutes=9), end_reason="agent" if wait else "missed",
        )  # fmt: skip
    found = ask(cast.sara)["chats"]
    assert (found["requested"], found["served"], found["missed"]) == (4, 3, 1)
    assert (found["wait"]["median_seconds"], found["wait"]["average_seconds"]) == (20.0, 30.0)


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    client = api(cast.sara)
    counts = []
    for channel, department in (("email", cast.support), ("chat", cast.billing), ("portal", None)):
        ticket = open_ticket(cast, channel=channel, department=department, at=DAY)
        services.reply(actor=cast.ana if counts else cast.bruno, ticket=ticket, text="Hello.", at=after(DAY, hours=1))
        client.get(URL, SPAN)  # the first use of a token is written down
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, SPAN)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 25


def test_bad_parameters_name_themselves(cast: Cast) -> None:
    client = api(cast.sara)
    for field, value in (
        ("from", "yesterday"), ("from", "2026-13-01"), ("from", "1990-01-01"), ("from", "0001-01-01"),
        ("to", "2026-10-20T00:00:00"), ("to", "2026-10-19"), ("to", "9999-12-31"), ("department", "x"),
        ("department", "999999999"), ("agent", "-1"), ("agent", "0"), ("channel", "pigeon"), ("period", "today"),
    ):  # fmt: skip
        answer = client.get(URL, {**SPAN, field: value})
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert list(answer.json()["errors"]) == [field], value


def test_without_parameters_the_last_four_weeks(cast: Cast) -> None:
    found = api(cast.sara).get(URL).json()
    assert len(found["by_day"]) == 28
    assert found["time_zone"] == "UTC"
