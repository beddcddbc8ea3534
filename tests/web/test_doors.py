"""What every door shares: signs of life, unforeseen errors, rows that go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from helpdesk.realtime import valkey
from helpdesk.web import heartbeat, views
from helpdesk.web.middleware import ClientAddressMiddleware
from helpdesk.web.models import IdempotencyKey
from helpdesk.web.tasks import tidy
from tests.cast import make_cast


@pytest.mark.django_db
def test_ready_names_the_part_that_is_down() -> None:
    for part in ("worker", "beat"):
        valkey.client().set(valkey.key("alive", part), "1", ex=heartbeat.EXPIRE_SECONDS)
    assert Client().get("/readyz").status_code == 200
    valkey.client().delete(valkey.key("alive", "beat"))
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["down"]) == (503, ["beat"])
    assert Client().get("/healthz").status_code == 200


@pytest.mark.parametrize(("path", "kind"), [("/api/v1/tickets/", "application/problem+json"), ("/help/", "text/html")])
def test_the_unforeseen_answers_programs_and_people_in_their_way(path: str, kind: str) -> None:
    answer = views.server_error(RequestFactory().get(path))
    assert answer.status_code == 500
    assert answer["Content-Type"].startswith(kind)
    assert b"Traceback" not in answer.content


@pytest.mark.django_db
def test_every_answer_carries_an_id_for_the_logs_and_takes_a_sane_one() -> None:
    assert Client().get("/healthz", headers={"x-request-id": "abc-12345678"})["X-Request-ID"] == "abc-12345678"
    assert "\n" not in Client().get("/healthz", headers={"x-request-id": "a b<script>"})["X-Request-ID"]


@pytest.mark.django_db
def test_old_idempotency_keys_go_and_young_ones_stay() -> None:
    cast = make_cast()
    for key in ("old", "young"):
        IdempotencyKey.objects.create(user=cast.ana, key=key, request_hash="0" * 64)
    IdempotencyKey.objects.filter(key="old", user=cast.ana).update(created_at=timezone.now() - dt.timedelta(days=4))
    assert tidy() == 1
    assert IdempotencyKey.objects.filter(user=cast.ana).get().key == "young"


@pytest.mark.django_db
@pytest.mark.parametrize("back", ["//evil.example/x", "https://evil.example", "/\\evil.example"])
def test_preferences_lead_back_to_our_own_pages_only(back: str) -> None:
    cast = make_cast()
    client = Client()
    client.force_login(cast.ana)
    answer = client.post("/console/preferences/", {"language": "es", "theme": "dark", "next": back})
    assert answer["Location"] == "/console/"
    cast.ana.refresh_from_db()
    assert (cast.ana.language, cast.ana.theme) == ("es", "dark")


@pytest.mark.parametrize(
    ("behind", "sent", "counted"),
    [
        (False, "198.51.100.9", "10.0.0.1"),  # nobody vouches for the header
        (True, "198.51.100.9", "198.51.100.9"),
        (True, "127.0.0.1, 198.51.100.9", "198.51.100.9"),  # what the client sent stands before what the proxy saw
        (True, "", "10.0.0.1"),
    ],
)
def test_limits_count_by_the_clients_address_and_not_by_the_proxys(
    settings: Any, behind: bool, sent: str, counted: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {"x-forwarded-for": sent} if sent else {}
    ClientAddressMiddleware(view)(RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.1"))
    assert seen == [counted]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/portal/", "/console/", "/api/v1/tickets/"])
def test_a_cookie_that_no_database_takes_is_nobodys(path: str) -> None:
    answer = Client(headers={"cookie": 'hd_session="aaaaaaaaaa\\000b"'}).get(path)
    assert answer.status_code in (200, 302, 401)


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["rot13", "idna", "undefined", "no-such-thing"])
def test_forms_are_read_as_utf_8_whatever_charset_they_claim(charset: str) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nno address: \xc3\xb1\r\n--x--\r\n'
    answer = Client().generic("POST", "/portal/link/", form, f"multipart/form-data; charset={charset}; boundary=x")
    assert answer.status_code == 400
    assert "no address: ñ" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["0" * 5000, "0" * 5000 + "1", "9" * 19, "9" * 5000, "²", "-1"])
def test_a_key_that_no_column_holds_is_not_found(key: str) -> None:
    cast = make_cast()
    client = Client()
    client.force_login(cast.admin)
    assert client.get(f"/api/v1/agents/{key}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/help/", "/help/search/", "/portal/", "/portal/new/", "/login/", "/healthz"])
def test_unknown_parameters_are_refused_but_a_newsletters_link_opens(path: str) -> None:
    assert Client().get(path, {"admin": "1"}).status_code == 400
    assert Client().get(path, {"utm_source": "news", "gclid": "x"}).status_code == 200
