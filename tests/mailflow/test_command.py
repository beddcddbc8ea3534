"""`receive_email` as a mail server runs it: one JSON line, and exit codes that it understands."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection

from helpdesk.engines.state import free_port
from tests.cast import Cast, open_ticket
from tests.mail.awkward import nested
from tests.mailflow.letters import letter, reply_address, stranger
from tickets import services
from tickets.models import InboundMail, Mailbox, Message, Ticket

ROOT = Path(__file__).resolve().parents[2]


def run(raw: bytes, *options: str, **environment: str) -> tuple[int, dict[str, object], str]:
    """(exit code, the line, stderr) on the database of this test."""
    here = connection.settings_dict
    url = f"postgres://{here['USER']}:{here['PASSWORD']}@{here['HOST']}:{here['PORT']}/{here['NAME']}"
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "receive_email", *options],
        input=raw,
        capture_output=True,
        env={**os.environ, "DATABASE_URL": url, **environment},
        timeout=90,
        check=False,
    )
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 1, (lines, done.stderr.decode())
    return done.returncode, json.loads(lines[0]), done.stderr.decode()


@pytest.mark.django_db(transaction=True)
def test_stored_and_no_mail() -> None:
    who = stranger()
    code, line, _words = run(letter(who))
    ticket = Ticket.objects.get(customer__email=who)
    assert (code, line["result"], line["ticket"]) == (0, "created", ticket.number)
    assert line["message"] == str(ticket.messages.get().uid)
    code, line, _words = run(b"")
    assert (code, line["reason"]) == (65, "not_mail")
    assert InboundMail.objects.count() == 1


@pytest.mark.django_db
def test_without_a_database_the_mail_server_keeps_the_mail() -> None:
    away = f"postgres://nobody:x@127.0.0.1:{free_port()}/none"
    code, line, words = run(letter(stranger()), DATABASE_URL=away, REDIS_URL=django_settings.REDIS_URL)
    assert (code, line["result"], line["reason"]) == (75, None, "try_again_later")
    assert "Traceback" not in words
    assert InboundMail.objects.count() == 0


def said(monkeypatch: pytest.MonkeyPatch, raw: bytes, *options: str) -> dict[str, Any]:
    """The line of the command, run in this process; it must end without an exit code."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("receive_email", *options, stdout=out)
    line: dict[str, Any] = json.loads(out.getvalue())
    return line


def test_the_envelope_may_carry_the_secret(mailbox: Mailbox, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola")
    envelope = reply_address(ticket, cast.lucia.email)
    line = said(monkeypatch, letter(cast.lucia.email, to="undisclosed@example.com"), "--mailbox", envelope)
    assert (line["result"], line["ticket"]) == ("appended", ticket.number)
    assert Message.objects.get(uid=line["message"]).verified is True


@pytest.mark.django_db
def test_quarantined_is_stored(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    line = said(monkeypatch, nested(2_000))
    assert line == {"result": "quarantined", "ticket": None, "message": None, "reason": "too_deep"}
    settings.MAX_MAIL_BYTES = 20_000
    assert said(monkeypatch, letter(stranger(), "x" * 60_000))["reason"] == "too_large"
    assert InboundMail.objects.filter(state="quarantined").count() == 2
