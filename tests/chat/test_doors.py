"""The widget's HTTP doors: strict, limited, readable by the sites that may embed it and by no other."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import redis
from channels.layers import get_channel_layer
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chat import selectors, services
from chat.models import Visitor, WidgetSession
from helpdesk.files import services as files
from helpdesk.people.services import set_status
from helpdesk.realtime import presence
from tests.cast import Cast
from tickets import services as tickets
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"
NO_FILE = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--\r\n'


@pytest.fixture
def client(settings: Any) -> Client:
    settings.WIDGET_ORIGINS = [SHOP]
    selectors._status.clear()
    # Limits count by address: one of our own, so that tests in parallel never meet.
    return Client(REMOTE_ADDR=str(uuid.uuid4()))


def key() -> str:
    return str(django_settings.WIDGET_KEY)


def post(client: Client, path: str, data: Any, **extra: Any) -> Any:
    body = data if isinstance(data, str | bytes) else json.dumps(data)
    return client.post(path, body, content_type=extra.pop("content_type", "application/json"), **extra)


def test_the_loader_is_a_script_that_any_site_may_load(client: Client) -> None:
    answer = client.get("/widget/loader.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "max-age=300" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    assert client.get("/widget/loader.js", headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_render_in_both_languages(client: Client, language: str) -> None:
    demo = client.get("/widget/demo/", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in demo.content.decode()
    assert f'data-key="{key()}"' in demo.content.decode()
    panel = client.get(f"/widget/panel/?key={key()}&lang={language}")
    assert f'<html lang="{language}"' in panel.content.decode()
    assert 'id="widget-config"' in panel.content.decode()


def test_the_panel_is_framed_by_known_sites_only(client: Client) -> None:
    answer = client.get(f"/widget/panel/?key={key()}")
    assert f"frame-ancestors 'self' {SHOP}" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    demo = client.get("/widget/demo/")
    assert "frame-ancestors 'none'" in demo["Content-Security-Policy"]


def test_the_status_asks_nothing_of_the_visitor(client: Client, cast: Cast) -> None:
    answer = client.get(f"/widget/status/?key={key()}", headers={"Origin": SHOP})
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert not answer.cookies
    data = answer.json()
    assert (data["open"], data["reason"], data["opens_at"]) == (False, "no_agents", None)
    assert [d["name"] for d in data["departments"]] == [cast.support.name, cast.billing.name]
    assert not Visitor.objects.exists()


def test_the_status_opens_when_somebody_is_there(client: Client, cast: Cast) -> None:
    set_status(actor=cast.ana, user=cast.ana, status="online")
    assert selectors.status(fresh=True)["open"] is False  # no socket yet
    presence.touch("agent", cast.ana.pk, "test")
    found = selectors.status(fresh=True)
    assert found["open"] is True
    assert [d["open"] for d in found["departments"]] == [True, False]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/widget/status/", 404, "unknown_key"),
        ("/widget/status/?key=wrong", 404, "unknown_key"),
        ("/widget/status/?key={key}&x=1", 400, "unknown_parameter"),
        ("/widget/panel/?key=%00", 404, "unknown_key"),
        ("/widget/session/", 405, "method_not_allowed"),
        ("/widget/file/00000000-0000-0000-0000-000000000000/", 401, "token_invalid"),
        ("/widget/face/00000000-0000-0000-0000-000000000000/", 404, "not_found"),
    ],
)
def test_what_a_get_refuses(client: Client, path: str, status: int, code: str) -> None:
    answer = client.get(path.format(key=key()))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.evil.example", "null", "http://["])
def test_a_foreign_site_is_told_nothing(client: Client, origin: str) -> None:
    answer = client.get(f"/widget/status/?key={key()}", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin")
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ("{", 400, "bad_json"),
        ("[]", 400, "bad_json"),
        ("[" * 100_000, 400, "bad_json"),
        ("\x00", 400, "bad_json"),
        ({}, 400, "required"),
        ({"key": "wrong"}, 404, "unknown_key"),
        ({"key": 7}, 400, "invalid"),
        ({"key": "x", "admin": True}, 400, "unknown_field"),
        (b"x" * 300_000, 413, "too_large"),
        (b"\xff\xfe", 400, "bad_json"),
    ],
)
def test_what_a_session_refuses(client: Client, data: Any, status: int, code: str) -> None:
    answer = post(client, "/widget/session/", data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not WidgetSession.objects.exists()


def test_sessions_are_limited_by_address(client: Client, settings: Any) -> None:
    settings.WIDGET_SESSIONS_PER_MINUTE = 3
    answers = [post(client, "/widget/session/", {"key": key()}) for _ in range(5)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert WidgetSession.objects.count() == 3


def test_a_message_left_becomes_one_ticket(client: Client, cast: Cast) -> None:
    form = {"key": key(), "name": "Tom", "email": "tom@mail.example", "subject": "Lamp", "text": "It does not light"}
    once = {"Idempotency-Key": str(uuid.uuid4())}
    numbers = {post(client, "/widget/request/", form, headers=once).json()["ticket"] for _ in range(2)}
    ticket = Ticket.objects.get(number__in=numbers)
    assert (ticket.channel, ticket.tags, ticket.subject) == ("chat", ["offline"], "Lamp")
    assert ticket.customer.email == "tom@mail.example"


@pytest.mark.parametrize(
    ("change", "field"), [({"email": "nowhere"}, "email"), ({"email": ""}, "email"), ({"text": "  "}, "text")]
)
def test_a_message_that_cannot_be_answered_names_the_field(client: Client, change: dict[str, str], field: str) -> None:
    form = {"key": key(), "email": "tom@mail.example", "text": "hello", **change}
    answer = post(client, "/widget/request/", form)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Ticket.objects.exists()


def test_a_file_is_the_visitors_own(client: Client, cast: Cast) -> None:
    _session, token = services.start_session()
    _other, stranger = services.start_session()
    mine, theirs = ({"Authorization": f"Bearer {t}"} for t in (token, stranger))
    word = str(uuid.uuid4())

    def send(**headers: str) -> Any:
        upload = SimpleUploadedFile("../../a<b>.html", b"<script>", content_type="text/html")
        return client.post("/widget/upload/", {"file": upload, "id": word}, headers=headers)

    assert send().status_code == 401
    first, second = send(**mine), send(**mine)
    assert first.status_code == 201
    assert first.json() == second.json()
    assert Attachment.objects.count() == 1
    url = first.json()["url"]
    answer = client.get(url, headers=mine)
    assert b"".join(answer.streaming_content) == b"<script>"
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(url, headers=theirs).status_code == 404
    assert client.get(url).status_code == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 415),
        (NO_FILE, "multipart/form-data; boundary=x", 400),
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data; boundary=\x00", 400),
        (b"x", "multipart/form-data", 400),
    ],
)
def test_uploads_that_cannot_be_read(client: Client, body: bytes, kind: str, status: int) -> None:
    _session, token = services.start_session()
    answer = client.generic(
        "POST", "/widget/upload/", body, content_type=kind, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert not Ticket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_colleagues_file_is_told_of_with_the_message(cast: Cast) -> None:
    session, token = services.start_session()
    said = services.visitor_send(visitor=session.visitor, uid=uuid.uuid4(), text="hello")
    ticket = Ticket.objects.get(number=said.ticket)
    heard: list[dict[str, Any]] = []
    name = f"{django_settings.CHANNEL_PREFIX}__group__visitor.{session.visitor_id}"
    listener = redis.Redis.from_url(django_settings.REDIS_URL).pubsub()
    layer = get_channel_layer()
    listener.subscribe(**{name: lambda m: heard.extend(i["frame"] for i in layer.deserialize(m["data"])["items"])})
    listener.get_message(timeout=2)
    manual = files.store(content=b"%PDF", filename="manual.pdf", content_type="application/pdf")
    tickets.reply(actor=cast.ana, ticket=ticket, text="Here", files=[manual])
    while not heard:
        listener.get_message(timeout=5)
    listener.close()
    (attachment,) = next(f for f in heard if f["type"] == "message")["attachments"]
    assert (attachment["filename"], attachment["size"]) == ("manual.pdf", 4)
    answer = Client().get(attachment["url"], headers={"Authorization": f"Bearer {token}"})
    assert b"".join(answer.streaming_content) == b"%PDF"


def test_search_finds_articles(client: Client) -> None:
    answer = client.get(f"/widget/search/?key={key()}&q=contrase%C3%B1a&lang=es")
    assert answer.json() == {"results": []}
