"""The record: opened, read, changed and handed on, as the documented shapes say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.cast import Cast, open_ticket
from tickets.models import Ticket

from .client import Api, refused

TICKET = [
    "id", "number", "subject", "status", "priority", "channel", "department", "tier", "assignee", "customer",
    "language", "tags", "custom_fields", "participants", "sla", "created_at", "updated_at", "last_seq",
]  # fmt: skip
HAND = {"reason": "Needs a specialist", "brief": "Reset mail never arrives."}


def new(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "subject": "Parcel is late",
        "body": "Where is my parcel?",
        "customer": {"email": cast.tom.email, "name": "Tom"},
        **changes,
    }


def test_a_request_is_opened_and_read_by_its_number(ana: Api, cast: Cast) -> None:
    answer = ana.post(
        "/tickets/",
        new(
            cast, department=cast.support.pk, priority="high", language="en", tags=["VIP", "parcel"],
            custom_fields={"order": "A-1"},
        ),
    )  # fmt: skip
    assert answer.status_code == 201
    made = answer.json()
    assert list(made) == TICKET
    assert (made["status"], made["priority"], made["channel"], made["tier"]) == ("new", "high", "api", 1)
    assert (made["department"], made["assignee"]) == (cast.support.pk, None)
    assert made["customer"] == {"id": cast.tom.pk, "name": "Tom Baker", "email": cast.tom.email}
    assert (made["tags"], made["custom_fields"], made["last_seq"]) == (["parcel", "vip"], {"order": "A-1"}, 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", made["created_at"])
    assert ana.get(f"/tickets/{made['number']}/").json() == made
    [said] = ana.get(f"/tickets/{made['number']}/messages/").json()["results"]
    assert (said["body_text"], said["author"]["kind"], said["author"]["verified"]) == (
        "Where is my parcel?", "customer", False,
    )  # fmt: skip


def test_times_are_utc_for_a_session_elsewhere(cast: Cast, ticket: Ticket) -> None:
    cast.ana.time_zone = "Asia/Tokyo"
    cast.ana.save(update_fields=["time_zone"])
    api = Api(None)
    api.client.force_login(cast.ana)
    assert api.get(f"/tickets/{ticket.number}/").json()["created_at"].endswith("Z")


def test_sla_is_listed_with_its_deadline(ana: Api, ticket: Ticket) -> None:
    for promise in ana.get(f"/tickets/{ticket.number}/").json()["sla"]:
        assert set(promise) == {"metric", "state", "due_at", "breached_at", "remaining_seconds"}


def test_a_change_is_all_or_nothing(ana: Api, cast: Cast, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    changed = ana.patch(url, {"priority": "urgent", "status": "open", "assignee": cast.ana.pk, "tags": ["x"]}).json()
    assert (changed["priority"], changed["status"], changed["assignee"], changed["tags"]) == (
        "urgent", "open", cast.ana.pk, ["x"],
    )  # fmt: skip
    before = ana.get(url).json()
    refused(ana.patch(url, {"priority": "low", "status": "new"}), 409, "status")
    assert ana.get(url).json() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": None}, "subject"),
        ({"body": "  "}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"customer": {"email": "nobody"}}, "customer.email"),
        ({"customer": {"email": "a@b.example", "role": "admin"}}, "customer.role"),
        ({"customer": "tom"}, "customer.non_field_errors"),
        ({"department": 10**30}, "department"),
        ({"department": 0}, "department"),
        ({"department": ["1"]}, "department"),
        ({"priority": "huge"}, "priority"),
        ({"tags": "vip"}, "tags"),
        ({"tags": ["x" * 41]}, "tags.0"),
        ({"custom_fields": []}, "custom_fields"),
        ({"colour": "red"}, "colour"),
        ({"status": "solved"}, "status"),
    ],
)
def test_an_unusable_request_names_the_field_and_opens_nothing(
    ana: Api, cast: Cast, change: dict[str, Any], field: str
) -> None:
    answer = ana.post("/tickets/", new(cast, **change))
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"], answer.json()
    assert not Ticket.objects.filter(customer=cast.tom).exists()


def test_control_characters_are_stripped_at_every_depth(ana: Api, cast: Cast) -> None:
    nested = {"a\x00": {"b": ["\x00c"]}}
    body = new(cast, subject="Par\x00cel", body="A\x00B\x1b\nC", custom_fields=nested, tags=["t\x00"])
    made = ana.post("/tickets/", body).json()
    assert (made["subject"], made["custom_fields"], made["tags"]) == ("Parcel", {"a": {"b": ["c"]}}, ["t"])
    assert ana.get(f"/tickets/{made['number']}/messages/").json()["results"][0]["body_text"] == "AB\nC"


def test_a_stranger_gets_404_and_nothing_happens(olga: Api, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    for answer in (
        olga.get(url), olga.patch(url, {"priority": "low"}), olga.get(url + "timeline/"),
        olga.post(url + "messages/", {"body": "Hello"}), olga.post(url + "notes/", {"body": "Hello"}),
        olga.post(url + "solve/", {}), olga.post(url + "escalate/", HAND),
    ):  # fmt: skip
        refused(answer, 404, "not_found")
    last = ticket.last_seq
    ticket.refresh_from_db()
    assert ticket.last_seq == last


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "1e3", "%00", "٣"])
def test_what_is_no_number_is_not_found(ana: Api, number: str) -> None:
    refused(ana.get(f"/tickets/{number}/"), 404, "not_found")


# --- verbs ---


def test_assign_gives_and_takes(ana: Api, cast: Cast, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    assert ana.post(url + "assign/", {"assignee": cast.bruno.pk}).json()["assignee"] == cast.bruno.pk
    assert ana.post(url + "assign/", {"assignee": None}).json()["assignee"] is None
    assert ana.post(url + "assign/", {"assignee": cast.ana.email}).json()["assignee"] == cast.ana.pk
    document = refused(ana.post(url + "assign/", {"assignee": cast.olga.pk}), 400, "invalid")
    assert "assignee" in document["errors"]
    assert ana.get(url).json()["assignee"] == cast.ana.pk


def test_escalate_needs_words_and_is_an_event(ana: Api, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    for short in ({}, {"reason": "x"}, {"brief": "x"}, {"reason": " ", "brief": "x"}):
        assert ana.post(url + "escalate/", short).status_code == 400
    assert ana.get(url).json()["tier"] == 1
    assert ana.post(url + "escalate/", HAND).json()["tier"] == 2
    assert ana.post(url + "escalate/", HAND).json()["tier"] == 3
    refused(ana.post(url + "escalate/", HAND), 409, "no_next_tier")
    events = [e for e in ana.get(url + "events/").json()["results"] if e["kind"] == "escalated"]
    assert [(e["data"]["from"], e["data"]["to"]) for e in events] == [(1, 2), (2, 3)]
    assert set(events[0]) == {"id", "seq", "kind", "data", "actor", "rule", "due_at", "created_at"}
    assert events[0]["actor"]["kind"] == "agent"


def test_transfer_out_of_ones_own_sight(ana: Api, olga: Api, cast: Cast, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    moved = ana.post(url + "transfer/", {**HAND, "department": cast.billing.pk})
    assert (moved.status_code, moved.json()["department"]) == (200, cast.billing.pk)
    refused(ana.get(url), 404, "not_found")
    [brief] = olga.get(url + "notes/").json()["results"]
    assert (brief["kind"], brief["body_text"]) == ("brief", HAND["brief"])
    both = {**HAND, "department": cast.support.pk, "assignee": cast.olga.pk}
    assert olga.post(url + "transfer/", both).status_code == 400


def test_solve_and_reopen(ana: Api, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    assert ana.post(url + "solve/", {}).json()["status"] == "solved"
    refused(ana.post(url + "assign/", {"assignee": None, "surprise": 1}), 400, "unknown_field")
    refused(ana.post(url + "escalate/", HAND), 409, "ticket_done")
    assert ana.post(url + "reopen/", {}).json()["status"] == "open"
    refused(ana.post(url + "solve/", {"why": "x"}), 400, "unknown_field")


# --- merging ---


def test_merge_goes_on_in_the_survivor(ana: Api, cast: Cast, ticket: Ticket) -> None:
    other = open_ticket(cast, subject="Again", text="¿Hay alguien?")
    answer = ana.post(f"/tickets/{ticket.number}/merge/", {"into": other.number})
    assert (answer.status_code, answer.json()["number"]) == (200, other.number)
    assert ana.get(f"/tickets/{ticket.number}/").json()["status"] == "closed"
    told = ana.get(f"/tickets/{other.number}/timeline/").json()["results"]
    assert [e["seq"] for e in told] == list(range(1, len(told) + 1))
    assert [e["body_text"] for e in told if e["type"] == "message"] == [
        "¿Hay alguien?", "Olvidé mi contraseña y el enlace no llega.",
    ]  # fmt: skip
    merged = [e for e in told if e["type"] == "event" and e["kind"] == "merged"]
    assert [e["data"]["from"] for e in merged] == [ticket.number]
    refused(ana.post(f"/tickets/{ticket.number}/merge/", {"into": other.number}), 409, "merged")
    refused(ana.post(f"/tickets/{other.number}/merge/", {"into": ticket.number}), 409, "ticket_closed")


def test_merging_shows_no_customer_the_words_of_another(ana: Api, cast: Cast, ticket: Ticket) -> None:
    other = open_ticket(cast, actor=cast.tom, customer=cast.tom, text="Mine")
    assert ana.post(f"/tickets/{ticket.number}/merge/", {"into": other.number}).status_code == 200
    url = f"/tickets/{other.number}/"
    assert [m["body_text"] for m in ana.get(url + "messages/").json()["results"]] == ["Mine"]
    [note] = ana.get(url + "notes/").json()["results"]
    assert "Olvidé mi contraseña" in note["body_text"]


def test_merge_refuses_itself_and_the_unseen(ana: Api, olga: Api, cast: Cast, ticket: Ticket) -> None:
    hidden = open_ticket(cast, department=cast.billing)
    url = f"/tickets/{ticket.number}/merge/"
    refused(ana.post(url, {"into": ticket.number}), 400, "invalid")
    refused(ana.post(url, {"into": hidden.number}), 404, "not_found")
    refused(olga.post(url, {"into": hidden.number}), 404, "not_found")
    assert ana.get(f"/tickets/{ticket.number}/").json()["status"] == "new"
