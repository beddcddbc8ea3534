"""Whatever is wrong: a problem document with a code, never a 500, and nothing happens."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import timezone

from helpdesk.people.models import ApiToken
from helpdesk.people.services import create_api_token
from tests.cast import SETUP, Cast
from tickets.models import Ticket

from .client import Api, refused


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "parse_error"),
        (b"", "application/json", 400, "invalid"),
        (b"[]", "application/json", 400, "parse_error"),
        (b'"x"', "application/json", 400, "parse_error"),
        (b'{"subject": NaN}', "application/json", 400, "parse_error"),
        (b'{"custom_fields": {"a": 1e999}}', "application/json", 400, "parse_error"),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400, "parse_error"),
        (b'{"a": ' + b"9" * 5000 + b"}", "application/json", 400, "parse_error"),
        (b"\xff\xfe\x00", "application/json", 400, "parse_error"),
        (b'{"a": "\xe9"}', "application/json; charset=latin-1", 400, "parse_error"),
        (b"{}", "application/json; charset=klingon", 400, "invalid"),
        (b'{"a": "' + b"x" * 1_100_000 + b'"}', "application/json", 413, "too_large"),
        (b"<a/>", "application/xml", 415, "unsupported_media_type"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"x", "text/plain", 415, "unsupported_media_type"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_read(ana: Api, body: bytes, kind: str, status: int, code: str) -> None:
    before = Ticket.objects.count()
    refused(ana.post("/tickets/", body, content_type=kind), status, code)
    assert Ticket.objects.count() == before


@pytest.mark.parametrize("path", ["/nothing/", "/tickets", "/tickets/1/nothing/", "/agents/x.y/", "/export/secrets/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_addresses_that_do_not_exist(ana: Api, stranger: Api, path: str, method: str) -> None:
    answer = getattr(ana, method)(path, {} if method == "post" else None)
    if path == "/export/secrets/" and method == "post":
        refused(answer, 405, "method_not_allowed")
    else:
        refused(answer, 404, "not_found")


def test_methods_that_do_not_exist(admin: Api, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    for answer in (admin.delete(url), admin.put(url, {}), admin.get(url + "solve/"), admin.delete("/agents/1/")):
        refused(answer, 405, "method_not_allowed")
        assert answer["Allow"]


def test_without_a_good_token(stranger: Api, cast: Cast) -> None:
    answer = stranger.get("/tickets/")
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    row, token = create_api_token(actor=SETUP, user=cast.ana, scopes=["read"])

    def status(value: str) -> int:
        return int(Api(None, Authorization=value).get("/tickets/").status_code)

    assert status(f"Bearer {token}") == status(f"bearer {token}") == 200
    good = f"Bearer {token}"
    for bad in (f"Basic {token}", token, "Bearer", "Bearer ", f"{good}x", "Bearer é", f"{good} {token}"):
        assert status(bad) == 401, bad
    ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    refused(Api(None, Authorization=f"Bearer {token}").get("/tickets/"), 401, "invalid_token")
    ApiToken.objects.filter(pk=row.pk).update(expires_at=None, revoked_at=timezone.now())
    assert status(f"Bearer {token}") == 401
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=None)
    assert status(f"Bearer {token}") == 200
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert status(f"Bearer {token}") == 401


def test_scopes_are_kept_apart(cast: Cast, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    refused(Api(cast.ana, "read").post(url + "solve/", {}), 403, "scope")
    refused(Api(cast.ana, "write").get(url), 403, "scope")
    ticket.refresh_from_db()
    assert ticket.status == "new"


def test_limits_count_per_token(cast: Cast, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 20
    busy, calm = Api(cast.ana), Api(cast.ana)
    answers = [busy.get("/departments/") for _ in range(25)]
    assert [a.status_code for a in answers[:20]] == [200] * 20
    refused(answers[-1], 429, "throttled")
    assert re.fullmatch(r"[1-9]\d?", answers[-1]["Retry-After"])
    assert calm.get("/departments/").status_code == 200


def test_a_page_s_cookie_alone_may_not_write(cast: Cast, ticket: Ticket) -> None:
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(cast.ana)
    assert client.get(f"/api/v1/tickets/{ticket.number}/").status_code == 200
    answer = client.post(f"/api/v1/tickets/{ticket.number}/solve/", {}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    ticket.refresh_from_db()
    assert ticket.status == "new"
