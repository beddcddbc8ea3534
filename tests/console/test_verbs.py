"""What colleagues do by forms: done once, answered with what changed; refused with nothing happened."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk.files.models import StoredFile
from helpdesk.people.models import User
from tests.cast import Cast, open_ticket
from tests.console.doors import FRAGMENT
from tickets import services
from tickets.models import Attachment, Event, Message, Notification, Ticket
from tickets.views.console.verbs import VERBS

SignIn = Callable[[User], Client]


def do(client: Client, ticket: Ticket, verb: str, **data: object):  # type: ignore[no-untyped-def]
    return client.post(f"/console/tickets/{ticket.number}/{verb}/", data, headers=FRAGMENT)


def trace(ticket: Ticket) -> tuple[int, str, int, int | None, int]:
    """What any verb would have moved."""
    ticket.refresh_from_db()
    return ticket.last_seq, ticket.status, ticket.tier, ticket.assignee_id, StoredFile.objects.count()


def test_a_reply_is_stored_once_and_answered_with_what_is_new(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana, key = open_ticket(cast), sign_in(cast.ana), str(uuid.uuid4())
    before = ticket.last_seq
    for _ in range(2):
        answer = do(ana, ticket, "reply", body="Hola,\nlo miro.", message_id=key, after=before)
        assert answer.status_code == 200
        assert f'data-client-id="{key}"'.encode() in answer.content
        assert b"Hola,<br>lo miro." in answer.content
        assert b'id="entry-1"' not in answer.content  # only what came after
    assert Message.objects.filter(ticket=ticket, author_kind="agent").count() == 1
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == ("open", cast.ana)


def test_reply_and_solve(cast: Cast, sign_in: SignIn) -> None:
    ticket = open_ticket(cast)
    do(sign_in(cast.ana), ticket, "reply", body="Listo.", then="solved")
    ticket.refresh_from_db()
    assert ticket.status == "solved"


def test_files_go_along_and_are_read_by_those_who_see_the_ticket(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    file = SimpleUploadedFile("../../informe <1>.html", b"<script>1</script>", "text/html")
    assert do(ana, ticket, "note", body="", files=file).status_code == 200
    url = f"/console/files/{Attachment.objects.get(note__ticket=ticket).uid}/"
    answer = ana.get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert sign_in(cast.olga).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_handing_over(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    do(ana, ticket, "assign", assignee=cast.ana.pk)
    do(ana, ticket, "escalate", reason="knowledge", brief="Falta el registro.")
    ticket.refresh_from_db()
    assert (ticket.tier, ticket.assignee) == (2, None)
    assert Notification.objects.filter(ticket=ticket, user=cast.bruno).exists()
    gone = do(ana, ticket, "transfer", department=cast.billing.pk, reason="other", brief="Es de facturas.")
    assert f'data-gone="{ticket.number}"'.encode() in gone.content
    assert b"Olvid" not in gone.content  # what Ana may no longer read
    ticket.refresh_from_db()
    assert ticket.department == cast.billing


def test_details_are_edited_together(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    do(ana, ticket, "edit", subject="Otro asunto", priority="high", tags="uno, Dos,,", status="on_hold")
    ticket.refresh_from_db()
    assert (ticket.subject, ticket.priority, ticket.tags, ticket.status) == (
        "Otro asunto", "high", ["dos", "uno"], "on_hold",
    )  # fmt: skip


REFUSALS = [
    ("reply", {"body": "  "}, 400, "empty"),
    ("reply", {"body": "x" * 20_001}, 400, "too_long"),
    ("reply", {"body": "Hola", "message_id": "no-uuid"}, 400, "invalid"),
    ("reply", {"body": "Hola", "then": "closed"}, 409, "status"),
    ("note", {"body": ""}, 400, "empty"),
    ("assign", {"assignee": "999999999"}, 400, "invalid"),
    ("assign", {"assignee": "abc"}, 400, "invalid"),
    ("escalate", {"reason": "time", "brief": " "}, 400, "required"),
    ("escalate", {"reason": "", "brief": "x"}, 400, "required"),
    ("transfer", {"reason": "other", "brief": "x"}, 400, "invalid"),
    ("status", {"status": "closed"}, 409, "status"),
    ("status", {"status": "\x00"}, 409, "status"),
    ("edit", {"subject": " "}, 400, "invalid"),
    ("edit", {"subject": "Bien", "priority": "extreme"}, 400, "invalid"),
    ("edit", {"subject": "Bien", "status": "nonsense"}, 409, "status"),
    ("solve", {"after": "-1"}, 400, "invalid"),
]


@pytest.mark.parametrize(("verb", "data", "status", "code"), REFUSALS)
def test_refused_and_nothing_happened(
    cast: Cast, sign_in: SignIn, verb: str, data: dict[str, str], status: int, code: str
) -> None:
    ticket = open_ticket(cast)
    before = trace(ticket)
    file = SimpleUploadedFile("a.txt", b"x", "text/plain") if "message_id" in data or "then" in data else None
    answer = do(sign_in(cast.ana), ticket, verb, **data, **({"files": file} if file else {}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert trace(ticket) == before


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_ticket_of_another_team_is_not_there_for_any_verb(cast: Cast, sign_in: SignIn, verb: str) -> None:
    ticket = open_ticket(cast)
    before = trace(ticket)
    body = {"body": "x", "reason": "x", "brief": "x", "status": "open", "subject": "x"}
    assert do(sign_in(cast.olga), ticket, verb, **body).status_code == 404
    assert sign_in(cast.ana).get(f"/console/tickets/{ticket.number}/{verb}/").status_code == 405
    assert trace(ticket) == before


def test_a_form_without_scripts_leads_back_or_says_what_was_wrong(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    done = ana.post(f"/console/tickets/{ticket.number}/note/", {"body": "Nota"})
    assert (done.status_code, done["Location"]) == (302, f"/console/tickets/{ticket.number}/")
    refused = ana.post(f"/console/tickets/{ticket.number}/note/", {"body": ""})
    assert refused.status_code == 400
    assert "Write something first." in refused.content.decode()


def test_forged_forms_are_refused(cast: Cast) -> None:
    ticket, strict = open_ticket(cast), Client(enforce_csrf_checks=True)
    strict.force_login(cast.ana, backend="django.contrib.auth.backends.ModelBackend")
    assert do(strict, ticket, "solve").status_code == 403
    assert not Event.objects.filter(ticket=ticket, kind="status_changed").exists()


def test_a_closed_ticket_offers_no_verbs_and_only_notes(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    services.solve(actor=cast.ana, ticket=ticket)
    do(ana, ticket, "status", status="closed")
    page = ana.get(f"/console/tickets/{ticket.number}/").content.decode()
    assert 'data-mode="note"' in page
    assert "dialog-escalate" not in page
    assert do(ana, ticket, "reply", body="Hola").json()["code"] == "ticket_closed"
