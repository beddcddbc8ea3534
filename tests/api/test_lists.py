"""Lists: filters, order, pages, search, and a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import Cast, open_ticket
from tickets import services
from tickets.models import Participant, Ticket

from .client import Api, refused


def numbers(api: Api, **query: Any) -> list[int]:
    answer = api.get("/tickets/", query)
    assert answer.status_code == 200, answer.content
    return [t["number"] for t in answer.json()["results"]]


def test_filters_are_field_names(ana: Api, cast: Cast) -> None:
    one = open_ticket(cast, priority="high", language="es", tags=["vip", "parcel"])
    two = open_ticket(cast, customer=cast.tom, actor=cast.tom, subject="Invoice 77", channel="api", language="en")
    services.assign(actor=cast.ana, ticket=two, assignee=cast.ana)
    services.escalate(actor=cast.ana, ticket=one, reason="x", brief="y")
    services.set_status(actor=cast.ana, ticket=two, status="pending")
    tomorrow = (timezone.now() + dt.timedelta(days=1)).isoformat()
    for query, expected in [
        ({"priority": "high"}, [one]), ({"status": "pending"}, [two]), ({"status": "new,pending"}, [one, two]),
        ({"status": ["new", "pending"]}, [one, two]), ({"channel": "api"}, [two]), ({"tier": "2"}, [one]),
        ({"department": cast.support.pk}, [one, two]), ({"department": "none"}, []),
        ({"assignee": cast.ana.pk}, [two]), ({"assignee": "none"}, [one]), ({"customer": cast.tom.pk}, [two]),
        ({"customer": cast.tom.email.upper()}, [two]), ({"language": "es"}, [one]), ({"tags": "vip"}, [one]),
        ({"tags": "vip,parcel"}, [one]), ({"tags": "vip,other"}, []), ({"number": two.number}, [two]),
        ({"id": str(one.uid)}, [one]), ({"subject": "invoice"}, [two]), ({"created_at_after": tomorrow}, []),
        ({"updated_at_before": tomorrow}, [one, two]), ({"status": "pending", "tier": "2"}, []),
        ({"customer": "9" * 18}, []),
    ]:  # fmt: skip
        assert sorted(numbers(ana, **query)) == sorted(t.number for t in expected), query


@pytest.mark.parametrize(
    "query",
    [
        "status=lost", "priority=", "tier=4", "department=x", "assignee=" + "9" * 40, "id=7", "created_at_after=soon",
        "page_size=0", "page_size=101", "page_size=x", "page_size=٣", "page_size=1e1", "ordering=customer",
        "ordering=--number", "search=%00", "subject=%00", "number=1.5",
    ],
)  # fmt: skip
def test_unusable_values_are_400(ana: Api, query: str) -> None:
    answer = ana.get(f"/tickets/?{query}")
    if query == "priority=":
        assert answer.status_code == 200
    else:
        document = refused(answer, 400, "invalid")
        assert list(document["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("path", ["/tickets/", "/agents/", "/customers/", "/ratings/", "/articles/", "/calendars/"])
def test_unknown_parameters_are_400(admin: Api, path: str) -> None:
    assert list(refused(admin.get(f"{path}?colour=red"), 400, "unknown_parameter")["errors"]) == ["colour"]


def test_unknown_parameters_are_400_on_single_rows_and_verbs_too(ana: Api, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    for answer in (
        ana.get(url + "?expand=1"), ana.get(url + "?cursor=x"), ana.post(url + "solve/?force=1", {}),
        ana.get(url + "messages/?ordering=-seq"), ana.get(url + "messages/?status=new"), ana.get("/schema/?x=1"),
        ana.get("/export/tickets/?x=1"), ana.post("/tickets/?dry=1", {}),
    ):  # fmt: skip
        refused(answer, 400, "unknown_parameter")
    ticket.refresh_from_db()
    assert ticket.status == "new"


@pytest.mark.parametrize("order", ["created_at", "-created_at", "-updated_at", "number", "-priority", "priority"])
def test_pages_hide_and_repeat_nothing(ana: Api, cast: Cast, order: str) -> None:
    moment = timezone.now()  # all at once: ties in every order
    made = {open_ticket(cast, at=moment, priority="high" if i % 3 else "low").number for i in range(7)}
    page = ana.get(f"/tickets/?page_size=3&ordering={order}").json()
    seen = [t["number"] for t in page["results"]]
    for turn in range(9):
        if turn < 2:  # the list moves meanwhile
            open_ticket(cast, at=moment - dt.timedelta(days=1), priority="low")
        if page["next"] is None:
            break
        page = ana.get(page["next"]).json()
        seen += [t["number"] for t in page["results"]]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    back = [t["number"] for t in page["results"]]
    while page["previous"]:
        page = ana.get(page["previous"]).json()
        back = [t["number"] for t in page["results"]] + back
    assert len(back) == len(set(back)) == 9


def test_priority_orders_by_urgency(ana: Api, cast: Cast) -> None:
    for priority in ("normal", "urgent", "low", "high"):
        open_ticket(cast, priority=priority)
    listed = ana.get("/tickets/?ordering=-priority").json()["results"]
    assert [t["priority"] for t in listed] == ["urgent", "high", "normal", "low"]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%00", "e30", "W10", "WzEsMiwzLDRd", "a" * 5000, "WyJuIiwiLXVwZGF0ZWRfYXQiLCJ4Iiw3XQ", "W1tbW1tb", "ñ"],
)
def test_a_cursor_that_is_not_ours_is_400(ana: Api, cursor: str) -> None:
    refused(ana.get(f"/tickets/?cursor={cursor}"), 400, "invalid_cursor")
    refused(ana.get(f"/export/tickets/?cursor={cursor}"), 400, "invalid_cursor")


def test_a_cursor_belongs_to_its_order(ana: Api, cast: Cast) -> None:
    for _i in range(2):
        open_ticket(cast)
    link = ana.get("/tickets/?page_size=1").json()["next"]
    refused(ana.get(link + "&ordering=number"), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "words", ["contrasena", "CONTRASEÑAS", "acceso", "Lucía", "lucia-", "#{number}", "{number}", "Imposible acceder"]
)
def test_search_finds_words_numbers_and_people(ana: Api, olga: Api, cast: Cast, words: str) -> None:
    open_ticket(cast, customer=cast.tom, actor=cast.tom, subject="Invoice", text="Please send it")
    wanted = open_ticket(cast, subject="Imposible acceder", text="Mis contraseñas y el acceso fallan")
    words = words.format(number=wanted.number)
    assert numbers(ana, search=words) == [wanted.number]
    assert numbers(olga, search=words) == []


@pytest.mark.parametrize("words", ["'", '"', "a & | !", "<->", "\\", "%", "_", "()", "x" * 5000, "ÿ" * 199, ":*"])
def test_search_takes_whatever_is_typed(ana: Api, ticket: Ticket, words: str) -> None:
    assert ana.get("/tickets/", {"search": words}).status_code == 200


@pytest.mark.parametrize("path", ["/tickets/", "/agents/", "/customers/", "/export/tickets/", "/ratings/"])
def test_a_page_costs_the_same_whatever_its_length(sara: Api, cast: Cast, path: str) -> None:
    def cost(rows: int) -> int:
        while Ticket.objects.count() < rows:
            made = open_ticket(cast)
            Participant.objects.create(ticket=made, email="p@mail.example")
            services.rate(actor=cast.lucia, ticket=made, score="good")
        with CaptureQueriesContext(connection) as queries:
            assert sara.get(path, {"page_size": 100}).status_code == 200
        return len(queries)

    sara.get(path)  # the token's first use is noted
    assert cost(5) == cost(25) <= 10
