"""Exports: everything once, then only what changed, and nothing lost to those who write meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tests.cast import Cast, make_cast, open_ticket
from tickets import services
from tickets.models import Ticket

from .client import Api


def whole(api: Api, resource: str, cursor: str | None = None, size: int = 2) -> tuple[list[dict[str, Any]], str]:
    """All rows from `cursor` on, and where they end."""
    rows: list[dict[str, Any]] = []
    page = api.get(f"/export/{resource}/", {"page_size": size, **({"cursor": cursor} if cursor else {})}).json()
    while True:
        rows += page["results"]
        if page["next"] is None:
            return rows, page["cursor"]
        page = api.get(page["next"]).json()


def test_what_changed_comes_again_and_nothing_else(sara: Api, ana: Api, cast: Cast) -> None:
    made = [open_ticket(cast) for _ in range(5)]
    rows, cursor = whole(sara, "tickets")
    assert [r["number"] for r in rows][-5:] == [t.number for t in made]
    assert whole(sara, "tickets", cursor) == ([], cursor)
    ana.patch(f"/tickets/{made[1].number}/", {"priority": "low"})
    rows, later = whole(sara, "tickets", cursor)
    assert [(r["number"], r["priority"]) for r in rows] == [(made[1].number, "low")]
    assert later != cursor


def test_an_agent_exports_what_they_see(ana: Api, olga: Api, ticket: Ticket) -> None:
    assert ticket.number in [r["number"] for r in whole(ana, "tickets", size=100)[0]]
    for resource in ("tickets", "messages", "events"):
        assert ticket.number not in [r.get("number", r.get("ticket")) for r in whole(olga, resource, size=100)[0]]


def test_entries_and_customers(ana: Api, cast: Cast, ticket: Ticket) -> None:
    services.reply(actor=cast.ana, ticket=ticket, text="Hello")
    mine = [m for m in whole(ana, "messages")[0] if m["ticket"] == ticket.number]
    assert [m["body_text"] for m in mine][-1] == "Hello"
    kinds = [e["kind"] for e in whole(ana, "events")[0] if e["ticket"] == ticket.number]
    assert kinds[:1] == ["opened"]
    assert cast.lucia.pk in [c["id"] for c in whole(ana, "customers")[0]]


def test_a_cursor_belongs_to_its_export(ana: Api, ticket: Ticket) -> None:
    _rows, cursor = whole(ana, "messages")
    assert ana.get("/export/events/", {"cursor": cursor}).status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("resource", ["tickets", "messages"])
def test_who_commits_late_is_not_passed_by(resource: str) -> None:
    cast = make_cast()
    api = Api(cast.ana)
    written, go_on = threading.Event(), threading.Event()
    late: list[int] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                late.append(open_ticket(cast, subject="late").number)
                written.set()
                go_on.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    early = open_ticket(cast, subject="early").number
    rows, cursor = whole(api, resource)  # waits a while for the slow one, then gives what is safe: nothing after it
    go_on.set()
    thread.join(10)
    rows += whole(api, resource, cursor)[0]
    assert sorted({r.get("number", r.get("ticket")) for r in rows} & {early, *late}) == sorted([early, *late])
    assert connection.is_usable()
