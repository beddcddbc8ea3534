"""Messages, notes, files and the timeline."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast, open_ticket
from tickets import services
from tickets.models import Message, Note, Ticket

from .client import Api, refused

MESSAGE = {"id", "seq", "author", "body_text", "body_html", "attachments", "created_at"}


@pytest.fixture(autouse=True)
def files_elsewhere(settings: Any, tmp_path: Path) -> None:
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages


def upload(name: str = "proof.txt", content: bytes = b"proof", kind: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def url(ticket: Ticket, rest: str = "messages/") -> str:
    return f"/tickets/{ticket.number}/{rest}"


def test_an_answer_is_a_message_with_its_author(ana: Api, cast: Cast, ticket: Ticket) -> None:
    answer = ana.post(url(ticket), {"body": "We look into it.", "status": "pending"})
    assert answer.status_code == 201
    said = answer.json()
    assert set(said) == MESSAGE
    assert said["author"] == {"kind": "agent", "name": "Ana Ruiz", "email": cast.ana.email, "verified": True}
    now = ana.get(url(ticket, "")).json()
    assert (now["status"], now["assignee"]) == ("pending", cast.ana.pk)


@pytest.mark.parametrize("name", ["body", "body_text", "text"])
def test_words_go_by_three_names_and_one_at_a_time(ana: Api, ticket: Ticket, name: str) -> None:
    assert ana.post(url(ticket), {name: "Hello"}).json()["body_text"] == "Hello"
    assert ana.post(url(ticket, "notes/"), {name: "Hello"}).json()["body_text"] == "Hello"
    assert ana.post(url(ticket), {name: "Hello", "body" if name != "body" else "text": "x"}).status_code == 400


@pytest.mark.parametrize(("kind", "table"), [("messages/", Message), ("notes/", Note)])
def test_the_same_id_stores_one(ana: Api, ticket: Ticket, kind: str, table: Any) -> None:
    body = {"id": str(uuid.uuid4()), "body": "Once"}
    first, second = ana.post(url(ticket, kind), body), ana.post(url(ticket, kind), body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["id"] == body["id"]
    assert table.objects.filter(uid=body["id"]).count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {}, {"body": ""}, {"body": None}, {"body": "x", "id": "no-uuid"}, {"body": "x", "status": "new"},
        {"body": "x", "author": "me"}, {"body": "x" * 20_001}, {"body": "\x00\x01"}, {"body": {"a": 1}},
    ],
)  # fmt: skip
def test_an_unusable_message_stores_nothing(ana: Api, ticket: Ticket, body: dict[str, Any]) -> None:
    assert ana.post(url(ticket), body).status_code == 400
    ticket.refresh_from_db()
    assert (ticket.last_seq, ticket.status) == (2, "new")


def test_the_timeline_has_everything_after_a_number(ana: Api, ticket: Ticket) -> None:
    ana.post(url(ticket, "notes/"), {"body": "Careful"})
    ana.post(url(ticket), {"body": "Hello"})
    whole = ana.get(url(ticket, "timeline/")).json()["results"]
    assert [e["seq"] for e in whole] == list(range(1, len(whole) + 1))
    assert {e["type"] for e in whole} == {"message", "note", "event"}
    assert ana.get(url(ticket, "timeline/?after=2")).json()["results"] == whole[2:]
    page = ana.get(url(ticket, "timeline/?page_size=2")).json()
    assert (page["results"], page["previous"]) == (whole[:2], None)
    assert ana.get(page["next"]).json()["results"] == whole[2:4]
    for wrong in ("after=x", "after=-1", "after=9999999999", "before=1", "page_size=0"):
        assert ana.get(url(ticket, f"timeline/?{wrong}")).status_code == 400


def test_pages_of_messages_are_oldest_first(ana: Api, ticket: Ticket) -> None:
    for words in "abcd":
        ana.post(url(ticket), {"body": words})
    first = ana.get(url(ticket, "messages/?page_size=3")).json()
    second = ana.get(first["next"]).json()
    assert [m["body_text"] for m in first["results"] + second["results"]][1:] == list("abcd")
    assert second["next"] is None
    assert ana.get(second["previous"]).json()["results"] == first["results"]


def test_html_of_a_mail_is_harmless(ana: Api, cast: Cast, ticket: Ticket) -> None:
    html = '<p onclick="x()">Hi<script>x()</script><img src="https://spy.example/1.gif"><a href="javascript:x">y</a>'
    services.customer_message(actor=cast.lucia, ticket=ticket, text="Hi", html=html)
    shown = ana.get(url(ticket)).json()["results"][-1]["body_html"]
    assert shown.startswith("<p>Hi<img>")
    assert not [word for word in ("script", "onclick", "spy.example", "javascript") if word in shown]


# --- files ---


@pytest.mark.parametrize("kind", ["messages/", "notes/"])
def test_files_hang_on_messages_and_notes(ana: Api, olga: Api, stranger: Api, ticket: Ticket, kind: str) -> None:
    data = {"body": "See these", "files": [upload(), upload("../../etc/p.svg", b"<svg/>", "image/svg+xml")]}
    answer = ana.post(url(ticket, kind), data, format="multipart")
    assert answer.status_code == 201, answer.content
    first, second = answer.json()["attachments"]
    assert {k: first[k] for k in ("filename", "content_type", "size")} == {
        "filename": "proof.txt", "content_type": "text/plain", "size": 5,
    }  # fmt: skip
    assert second["filename"] == "p.svg"
    file = ana.get(second["url"])
    assert b"".join(file.streaming_content) == b"<svg/>"
    assert file["Content-Disposition"].startswith("attachment")
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    refused(olga.get(first["url"]), 404, "not_found")
    refused(stranger.get(first["url"]), 401, "not_authenticated")


def test_the_right_to_a_file_is_asked_for_each_time(ana: Api, cast: Cast, ticket: Ticket) -> None:
    data = {"body": "See this", "files": [upload()]}
    link = ana.post(url(ticket), data, format="multipart").json()["attachments"][0]["url"]
    assert ana.get(link).status_code == 200
    cast.ana.memberships.all().delete()
    Ticket.objects.filter(pk=ticket.pk).update(assignee=None)
    refused(ana.get(link), 404, "not_found")


def test_too_large_and_unknown_parts_are_refused(ana: Api, ticket: Ticket, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    big = {"body": "x", "files": [upload(content=b"x" * 1001)]}
    refused(ana.post(url(ticket), big, format="multipart"), 413, "too_large")
    huge = {"body": "x", "files": [upload(content=b"x" * 2_000_000)]}
    refused(ana.post(url(ticket), huge, format="multipart"), 413, "too_large")
    odd = {"body": "x", "virus": upload()}
    refused(ana.post(url(ticket), odd, format="multipart"), 400, "unknown_field")
    twice = {"body": ["x", "y"]}
    assert ana.post(url(ticket), twice, format="multipart").status_code == 400
    broken = ana.post(url(ticket), b"--x\r\nnonsense", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400
    refused(ana.post(url(ticket), b"x", content_type="multipart/form-data"), 400, "parse_error")
    ticket.refresh_from_db()
    assert ticket.last_seq == 2


def test_a_message_found_the_moment_it_is_said(ana: Api, olga: Api, cast: Cast) -> None:
    ticket = open_ticket(cast, subject="Sin tema", text="Hola")
    ana.post(url(ticket), {"body": f"Sus contraseñas zq{ticket.number} caducaron"})
    for words in (f"zq{ticket.number}", f"contrasena zq{ticket.number}", f"CADUCARON zq{ticket.number}"):
        found = ana.get("/tickets/", {"search": words}).json()["results"]
        assert [t["number"] for t in found] == [ticket.number], words
        assert olga.get("/tickets/", {"search": words}).json()["results"] == []
    ana.post(url(ticket, "notes/"), {"body": f"secret wq{ticket.number}"})
    assert ana.get("/tickets/", {"search": f"wq{ticket.number}"}).json()["results"] == []
