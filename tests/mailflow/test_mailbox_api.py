"""`/api/v1/mailboxes/`: a password goes in and never comes out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from helpdesk.audit.models import AuditEntry
from tests.cast import Cast
from tickets.models import Mailbox


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.admin)
    return client


def test_a_password_never_comes_out(admin: Client, settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.0/8"]
    url = "imap://desk:s3cr3t@127.0.0.1:1143/INBOX"
    made = admin.post(
        "/api/v1/mailboxes/", {"address": "Desk@Example.com", "imap_url": url}, content_type="application/json"
    )
    assert made.status_code == 201
    body = made.json()
    assert (body["address"], body["imap"]) == ("desk@example.com", "imap://desk@127.0.0.1:1143/INBOX")
    shown = made.content + admin.get("/api/v1/mailboxes/").content
    assert b"s3cr3t" not in shown
    assert "s3cr3t" not in str(list(AuditEntry.objects.values_list("before", "after")))
    kept = admin.patch(f"/api/v1/mailboxes/{body['id']}/", {"name": "Desk"}, content_type="application/json")
    assert kept.status_code == 200
    assert Mailbox.objects.get(pk=body["id"]).imap_url == url


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("imap_url", "imap://u:p@10.0.0.1/"), ("imap_url", "http://u:p@h/"), ("imap_url", "nonsense"),
        ("address", "nobody"), ("password", "x"),
    ],
)  # fmt: skip
def test_unusable_values_are_refused_and_nothing_is_made(admin: Client, field: str, value: str) -> None:
    values = {"address": "new@example.com", field: value}
    answer = admin.post("/api/v1/mailboxes/", values, content_type="application/json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Mailbox.objects.exists()
