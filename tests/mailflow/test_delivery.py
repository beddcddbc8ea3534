"""The outbox over a real SMTP server: in order, retried, effectively once, and failed where people see it."""

from __future__ import annotations

import datetime as dt
import threading
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import connection
from django.utils import timezone

from helpdesk.engines.state import free_port
from helpdesk.files.services import store
from helpdesk.outbox import rules, services
from helpdesk.outbox.models import OutboxMail
from helpdesk.outbox.smtp import BadUrl, SmtpDelivery, parse_url
from tests.cast import Cast, open_ticket
from tests.mailflow.letters import send, stranger
from tests.mailflow.sink import Sink
from tickets import services as verbs
from tickets.models import Event, Mailbox, Notification


def queue(to: str = "", **changes: Any) -> OutboxMail:
    values: dict[str, Any] = {
        "recipient": to or stranger(), "sender": "Desk <support@example.com>", "subject": "S", "text": "Hi",
        "kind": "notice", **changes,
    }  # fmt: skip
    mail = services.queue(**values)
    assert mail is not None
    return mail


def due_now() -> None:
    OutboxMail.objects.update(next_attempt_at=timezone.now())


@pytest.mark.django_db
def test_a_batch_goes_over_one_connection(sink: Sink) -> None:
    for _ in range(5):
        queue()
    assert send() == 5
    assert (len(sink.letters), sink.connections) == (5, 1)


@pytest.mark.django_db
def test_down_then_up_again_is_sent_once_with_the_same_message_id(sink: Sink, settings: Any) -> None:
    mail = queue()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{free_port()}"
    assert send() == 0
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("pending", 1)
    assert "refused" in mail.last_error.lower()
    assert dt.timedelta(0) < mail.next_attempt_at - timezone.now() < dt.timedelta(seconds=60)
    settings.EMAIL_URL = sink.url
    assert send() == 0  # not yet due
    due_now()
    assert (send(), send()) == (1, 0)
    [letter] = sink.letters
    assert letter.mail["Message-ID"] == mail.message_id


@pytest.mark.django_db
def test_451_is_tried_again(sink: Sink) -> None:
    mail = queue()
    sink.answer = lambda recipient: "451 4.3.0 busy"
    assert send() == 0
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("pending", "451 4.3.0 busy")
    sink.answer = lambda recipient: ""
    due_now()
    assert send() == 1
    assert len(sink.letters) == 1


@pytest.mark.django_db
def test_550_fails_at_once_is_told_and_holds_up_nobody(sink: Sink, mailbox: Mailbox, cast: Cast) -> None:
    ticket = open_ticket(cast)
    sink.answer = lambda recipient: "550 5.1.1 no such user" if recipient == cast.lucia.email else ""
    verbs.reply(actor=cast.ana, ticket=ticket, text="Hola")
    other = queue()
    assert send() == 2
    assert sink.to(other.recipient)
    assert OutboxMail.objects.get(recipient=cast.lucia.email).state == "failed"
    event = ticket.events.get(kind=Event.Kind.MAIL_FAILED)
    assert event.data["to"] == cast.lucia.email
    assert "5.1.1" in event.data["error"]
    assert Notification.objects.get(user=cast.ana, ticket=ticket).kind == "mail_failed"
    assert send() == 0


@pytest.mark.django_db
def test_a_later_mail_of_a_ticket_waits_for_the_earlier(sink: Sink, mailbox: Mailbox, cast: Cast) -> None:
    ticket = open_ticket(cast)
    sink.after_data = lambda raw: "451 later" if b"One." in raw else ""
    verbs.reply(actor=cast.ana, ticket=ticket, text="One.")
    verbs.reply(actor=cast.ana, ticket=ticket, text="Two.")
    assert send() == 0
    assert not sink.letters
    sink.after_data = lambda raw: ""
    due_now()
    assert send() == 2
    assert [one.plain[:4] for one in sink.letters] == ["One.", "Two."]


@pytest.mark.django_db
def test_a_worker_that_dies_after_sending_costs_one_repeat_with_the_same_message_id(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = queue()

    class Killed(BaseException):
        pass

    class Dies(SmtpDelivery):
        def send(self, sender: str, recipient: str, content: bytes) -> None:
            super().send(sender, recipient, content)
            raise Killed

    with pytest.raises(Killed):
        services.deliver_due(delivery=Dies(parse_url(sink.url)))
    assert send() == 0  # its lease still runs
    OutboxMail.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert send() == 1
    assert [one.mail["Message-ID"] for one in sink.letters] == [mail.message_id] * 2
    assert sink.letters[0].raw == sink.letters[1].raw


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(sink: Sink) -> None:
    for _ in range(30):
        queue()

    def work() -> None:
        try:
            send()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(sink.letters) == 30
    assert len({one.recipient for one in sink.letters}) == 30


@pytest.mark.django_db
def test_after_48_hours_it_has_failed(sink: Sink) -> None:
    mail = queue()
    sink.answer = lambda recipient: "451 busy"
    OutboxMail.objects.update(created_at=timezone.now() - dt.timedelta(hours=48))
    assert send() == 1
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("failed", "451 busy")


def test_waits_grow_to_an_hour_and_the_first_is_short() -> None:
    seconds = [rules.retry_delay(n, lambda: 0.999).total_seconds() for n in range(1, 40)]
    assert seconds[0] < 60
    assert max(seconds) <= 3_600 * 1.2
    assert seconds == sorted(seconds)


@pytest.mark.django_db
def test_nothing_given_can_add_a_header(sink: Sink) -> None:
    queue(
        "to@mail.example",
        subject="Hi\r\nBcc: victim@mail.example",
        sender="Eve\r\nX-Evil: 1 <support@example.com>",
        headers={"References": "<a@b>\r\nX-Evil: 2"},
    )
    send()
    [letter] = sink.letters
    assert letter.mail["Bcc"] is None
    assert letter.mail["X-Evil"] is None
    for bad in ({"X-A\r\nX-B": "1"}, {"": "1"}, {"Bad name": "1"}):
        with pytest.raises(ValueError, match="header name"):
            queue(headers=bad)
    with pytest.raises(ValueError, match="not an address"):
        queue("a@b.example\r\nRCPT TO:<x@y>")


@pytest.mark.django_db
def test_any_letters_and_long_headers_arrive_as_they_were(sink: Sink, settings: Any) -> None:
    ids = [f"<{'x' * 90}{n}@mail.example>" for n in range(12)]
    subject = "¡Año nuevo, ñandú y " + "muy largo " * 20 + "日本語"
    name = "María José Ñúñez, «la de siempre» · Güell & Compañía, S. A."
    files = [store(content=b"\x00\xff", filename="informe ñ.pdf", content_type="application/pdf").pk]
    queue(
        "ana@münchen.example", subject=subject, sender=f"{name} <support@example.com>", html="<p>¡Hola!</p>",
        text=".\nuna línea\n" + "x" * 2000, headers={"References": " ".join(ids)}, attachments=files,
    )  # fmt: skip
    assert send() == 1
    [letter] = sink.letters
    mail = letter.mail
    assert letter.recipient == "ana@xn--mnchen-3ya.example"
    assert mail["Subject"] == subject.strip()
    shown = message_from_bytes(letter.raw)["From"]  # undecoded: the newer parser puts spaces between encoded words
    assert str(make_header(decode_header(shown))) == f"{name} <support@example.com>"
    assert mail["References"].split() == ids
    assert max(len(line) for line in letter.raw.split(b"\r\n")) <= 998
    assert letter.plain.replace("\r\n", "\n").startswith(".\nuna línea\n")
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("informe ñ.pdf", b"\x00\xff")


@pytest.mark.django_db
def test_without_a_server_mails_become_files(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_URL, settings.DATA_DIR = "", tmp_path
    mail = queue()
    assert send() == 1
    [file] = (tmp_path / "mail").glob("*.eml")
    assert mail.message_id.encode() in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_djangos_own_mail_goes_through_the_outbox(settings: Any) -> None:
    settings.EMAIL_BACKEND = "helpdesk.outbox.backend.OutboxBackend"
    send_mail("New password", "Choose it here", None, ["ana@desk.example"])
    mail = OutboxMail.objects.get(recipient="ana@desk.example")
    assert (mail.subject, mail.sender, mail.state) == ("New password", "support@example.com", "pending")


def test_the_address_of_the_server() -> None:
    assert parse_url("smtps://u%40x:p%3A@h").port == 465
    assert (parse_url("smtp://u%40x:p@h:2525?tls=required").user, parse_url("smtp://h").tls) == ("u@x", "auto")
    for bad in ("http://h", "smtp://", "smtp://h?tls=perhaps", "smtp://h:99999"):
        with pytest.raises(BadUrl):
            parse_url(bad)


@pytest.mark.django_db
def test_attachments_of_a_reply_ride_along(sink: Sink, mailbox: Mailbox, cast: Cast) -> None:
    ticket = open_ticket(cast)
    verbs.reply(actor=cast.ana, ticket=ticket, text="Here", files=[store(content=b"PDF", filename="a.pdf")])
    send()
    [file] = sink.to(cast.lucia.email)[0].mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("a.pdf", b"PDF")
