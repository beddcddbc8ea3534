"""`Idempotency-Key`: the same POST twice happens once, at any speed."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from helpdesk.files.models import StoredFile
from helpdesk.web.models import IdempotencyKey
from tests.cast import Cast, make_cast, open_ticket
from tickets.models import Message, Ticket

from .client import Api, refused


def new(cast: Cast) -> dict[str, Any]:
    return {"subject": "Parcel", "body": "Where is it?", "customer": {"email": cast.tom.email}}


def test_a_repeat_gets_the_first_answer(ana: Api, cast: Cast) -> None:
    key = uuid4().hex
    first, second = (ana.post("/tickets/", new(cast), key=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.get("Idempotent-Replay"), second.get("Idempotent-Replay")) == (None, "true")
    assert Ticket.objects.filter(customer=cast.tom).count() == 1


def test_the_same_key_for_something_else_is_refused(ana: Api, cast: Cast, ticket: Ticket) -> None:
    key = uuid4().hex
    assert ana.post("/tickets/", new(cast), key=key).status_code == 201
    refused(ana.post("/tickets/", {**new(cast), "priority": "low"}, key=key), 422, "idempotency_mismatch")
    refused(ana.post(f"/tickets/{ticket.number}/solve/", {}, key=key), 422, "idempotency_mismatch")
    ticket.refresh_from_db()
    assert (ticket.status, Ticket.objects.filter(customer=cast.tom).count()) == ("new", 1)


def test_keys_of_two_people_do_not_meet(ana: Api, sara: Api, cast: Cast) -> None:
    key = uuid4().hex
    assert ana.post("/tickets/", new(cast), key=key).json() != sara.post("/tickets/", new(cast), key=key).json()


def test_a_refusal_leaves_the_key_free_and_nothing_behind(ana: Api, cast: Cast, ticket: Ticket) -> None:
    key, url = uuid4().hex, f"/tickets/{ticket.number}/escalate/"
    assert ana.post(url, {"reason": "x"}, key=key).status_code == 400
    assert not IdempotencyKey.objects.filter(key=key).exists()
    assert ana.post(url, {"reason": "x", "brief": "y"}, key=key).json()["tier"] == 2
    assert ana.post(url, {"reason": "x", "brief": "y"}, key=key).json()["tier"] == 2
    ticket.refresh_from_db()
    assert ticket.tier == 2


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_unusable_key_is_refused(ana: Api, cast: Cast, key: str) -> None:
    refused(ana.post("/tickets/", new(cast), key=key), 400, "idempotency_key")
    assert not Ticket.objects.filter(customer=cast.tom).exists()


@pytest.mark.parametrize("path", ["/customers/", "/organizations/", "/calendars/preview/", "/agents/"])
def test_every_kind_of_door_knows_the_key(admin: Api, path: str) -> None:
    tag, key = uuid4().hex[:8], uuid4().hex
    hours = {"time_zone": "Europe/Madrid", "weekly": {"mon": [["09:00", "18:00"]]}}
    body = {
        "/customers/": {"name": tag, "email": f"{tag}@mail.example"},
        "/organizations/": {"name": tag},
        "/agents/": {"name": tag, "email": f"{tag}@desk.example", "password": "correct horse battery"},
        "/calendars/preview/": {"calendar": hours, "from": "2026-03-20T16:30:00Z", "seconds": 60},
    }[path]
    first, second = (admin.post(path, body, key=key) for _ in range(2))
    assert first.status_code == second.status_code < 300
    assert first.json() == second.json()
    assert second["Idempotent-Replay"] == "true"


def test_files_are_part_of_what_is_compared(ana: Api, ticket: Ticket) -> None:
    def send(content: bytes) -> Any:
        data = {"body": "See this", "files": [SimpleUploadedFile("a.txt", content)]}
        return ana.post(f"/tickets/{ticket.number}/messages/", data, key=key, format="multipart")

    key = uuid4().hex
    first, again, other = send(b"one"), send(b"one"), send(b"two")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    refused(other, 422, "idempotency_mismatch")
    assert first.json()["attachments"][0]["size"] == 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one() -> None:
    cast = make_cast()
    ticket, key, answers = open_ticket(cast), uuid4().hex, []
    api, start = Api(cast.ana), threading.Barrier(6)

    def send() -> None:
        try:
            start.wait(10)
            answers.append(api.post(f"/tickets/{ticket.number}/messages/", {"body": "Once"}, key=key))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [a.status_code for a in answers] == [201] * 6
    assert len({a.json()["id"] for a in answers}) == 1
    assert Message.objects.filter(ticket=ticket, body_text="Once").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_one_id_at_once_one_call_stored_it_and_its_file() -> None:
    cast = make_cast()
    ticket, id, answers = open_ticket(cast), str(uuid4()), []
    api, start = Api(cast.ana), threading.Barrier(4)
    name = f"{id}.txt"

    def send() -> None:
        try:
            start.wait(10)
            given = {"body": "Once", "id": id, "files": [SimpleUploadedFile(name, b"x")]}
            answers.append(api.post(f"/tickets/{ticket.number}/messages/", given, format="multipart"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert StoredFile.objects.filter(filename=name).count() == 1
