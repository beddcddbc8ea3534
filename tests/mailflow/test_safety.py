"""Nothing is lost, nothing is doubled, whatever comes and whoever dies."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.files.models import StoredFile
from tests.cast import Cast, open_ticket
from tests.mail.awkward import nested
from tests.mailflow.letters import letter, queued, reply_address, send, stranger, take
from tests.mailflow.sink import Sink
from tickets import services
from tickets.models import Event, InboundMail, Mailbox, Message, Ticket
from tickets.services import filing, incoming


def test_the_same_bytes_twice_are_one_mail(mailbox: Mailbox) -> None:
    raw = letter(stranger())
    first, second = take(raw, mailbox), take(raw, mailbox)
    assert (first.result, second.result, second.ticket, second.message) == (
        "created", "duplicate", first.ticket, first.message,
    )  # fmt: skip
    assert InboundMail.objects.count() == 1


def test_the_same_mail_in_two_mailboxes_is_one_ticket(mailbox: Mailbox) -> None:
    other = Mailbox.objects.create(address="sales@example.com")
    raw = letter(stranger(), to="support@example.com, sales@example.com")
    first = take(b"Delivered-To: support@example.com\r\n" + raw, mailbox)
    second = take(b"Delivered-To: sales@example.com\r\n" + raw, other)
    assert (second.result, second.ticket) == ("duplicate", first.ticket)


def test_one_message_id_for_different_words_loses_nothing(mailbox: Mailbox) -> None:
    who = stranger()
    results = [take(letter(who, f"Words {n}", message_id="<always@same>"), mailbox).result for n in range(2)]
    assert "duplicate" not in results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_bytes", [True, False])
def test_the_same_mail_at_once_on_many_workers_is_one_message(mailbox: Mailbox, same_bytes: bool) -> None:
    raw, outcomes = letter(stranger()), []
    start = threading.Barrier(4)

    def work(n: int) -> None:
        try:
            start.wait()
            outcomes.append(take(raw if same_bytes else f"Received: {n}\r\n".encode() + raw, mailbox))
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(o.result for o in outcomes) == ["created", "duplicate", "duplicate", "duplicate"]
    assert len({o.ticket for o in outcomes}) == 1
    assert Message.objects.count() == 1


def test_poison_in_the_middle_is_quarantined_and_the_next_flows(mailbox: Mailbox) -> None:
    mails = [letter(stranger()), nested(2_000), letter(stranger())]
    assert [take(raw, mailbox).result for raw in mails] == ["created", "quarantined", "created"]
    poison = InboundMail.objects.get(state="quarantined")
    assert (poison.reason[:8], poison.sender, poison.ticket) == ("too_deep", "ana@example.org", None)


def test_more_words_than_the_search_can_hold_are_kept(mailbox: Mailbox) -> None:
    words = "\n".join(" ".join(f"w{n:06d}x{m}" for m in range(8)) for n in range(6_000))
    outcome = take(letter(stranger(), words), mailbox)
    message = Message.objects.get(uid=outcome.message)
    assert outcome.result == "created"
    assert len(message.body_text) + len(message.quoted_text) > 400_000


def test_nul_and_controls_never_reach_the_rows(mailbox: Mailbox) -> None:
    raw = letter(stranger(), "a\x00b\x07c", subject="S").replace(b"Subject: S", b"Subject: S\x00\x1b[31m")
    message = Message.objects.get(uid=take(raw, mailbox).message)
    assert message.body_text == "abc"
    assert "\x1b" not in message.ticket.subject


def test_attachments_are_stored_and_their_names_made_harmless(mailbox: Mailbox) -> None:
    outcome = take(letter(stranger(), files=(("../../etc/passwd", b"x"), ("a.pdf", b"PDF"))), mailbox)
    files = [a.file for a in Message.objects.get(uid=outcome.message).attachments.all()]
    assert [f.filename for f in files] == ["passwd", "a.pdf"]


def test_a_worker_that_died_is_followed_by_another(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the ticket was written, before the commit: nothing of it is seen, and it is done again."""
    raw = letter(stranger())

    class Killed(BaseException):
        pass

    def dies(*args: Any, **kwargs: Any) -> Any:
        file_mail(*args, **kwargs)
        raise Killed

    file_mail = filing.file_mail
    with monkeypatch.context() as patch:
        patch.setattr(filing, "file_mail", dies)
        with pytest.raises(Killed):
            take(raw, mailbox)
    assert (Ticket.objects.count(), InboundMail.objects.get().state) == (0, "stored")
    assert incoming.process_due() == 0  # the lease of the dead one still runs
    InboundMail.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert (incoming.process_due(), incoming.process_due()) == (1, 0)
    assert (Ticket.objects.count(), Message.objects.count()) == (1, 1)
    assert take(raw, mailbox).result == "duplicate"


def test_a_bug_quarantines_one_mail_and_can_be_tried_again(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(filing, "file_mail", broken)
        outcome = take(letter(stranger()), mailbox)
    assert (outcome.result, outcome.reason) == ("quarantined", "failed")
    mail = InboundMail.objects.get()
    assert incoming.reprocess(mail).result == "created"


def test_what_is_no_mail_leaves_nothing(mailbox: Mailbox) -> None:
    before = StoredFile.objects.count()
    assert take(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", mailbox).reason == "not_mail"
    assert (InboundMail.objects.count(), StoredFile.objects.count()) == (0, before)


def test_a_bounce_marks_the_very_mail_and_opens_nothing(mailbox: Mailbox, cast: Cast, sink: Sink) -> None:
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola")
    send()
    [mail] = queued("reply", cast.lucia.email)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@example.com\r\nSubject: Undelivered Mail\r\n"
        'Message-ID: <b1@mx.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n'
        "\r\n--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {mail.recipient}\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {mail.message_id}\r\n\r\n--b--\r\n"
    )
    before = Ticket.objects.count()
    outcome = take(report.encode(), mailbox)
    mail.refresh_from_db()
    assert (outcome.result, outcome.ticket, mail.state) == ("suppressed", ticket.number, "failed")
    assert Ticket.objects.count() == before
    assert ticket.events.filter(kind=Event.Kind.MAIL_FAILED).count() == 1
    take(report.encode() + b"\r\n", mailbox)  # reported again
    assert ticket.events.filter(kind=Event.Kind.MAIL_FAILED).count() == 1


def test_ping_pong_with_a_responder_ends(mailbox: Mailbox, sink: Sink) -> None:
    """The other side answers everything, and says nothing of being a robot."""
    who = stranger("pong")
    take(letter(who, "ping"), mailbox)
    for n in range(12):
        answers = sink.to(who)
        send()
        for one in sink.to(who)[len(answers) :]:
            take(letter(who, f"pong {n}", to=one.mail["Reply-To"], subject=f"Re: {one.mail['Subject']}"), mailbox)
    assert len(sink.to(who)) == 1
    assert Ticket.objects.filter(customer__email=who).count() == 1


def test_replies_in_order_after_a_burst(mailbox: Mailbox, cast: Cast) -> None:
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola")
    to = reply_address(ticket, cast.lucia.email)
    for n in range(5):
        take(letter(cast.lucia.email, f"Parte {n}", to=to), mailbox)
    assert [m.body_text for m in ticket.messages.order_by("seq")][2:] == [f"Parte {n}" for n in range(5)]
