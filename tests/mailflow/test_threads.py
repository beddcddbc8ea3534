"""Answers find their ticket; only the secret carries rights, and nothing is revealed to anyone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import Identity
from tests.cast import Cast, open_ticket
from tests.mailflow.letters import letter, queued, reply_address, send, stranger, take
from tests.mailflow.sink import Sink, ids
from tickets import services
from tickets.models import Event, InboundMail, Mailbox, Message, Participant, ReplyAddress, Ticket
from tickets.services import incoming


def answered(cast: Cast, text: str = "Try the other door.", **changes: object) -> Ticket:
    """A ticket of Lucía's with one answer of Ana's."""
    ticket = open_ticket(cast, **changes)
    services.reply(actor=cast.ana, ticket=ticket, text=text)
    ticket.refresh_from_db()
    return ticket


def test_an_answer_leaves_and_the_reply_comes_back_verified_in_order(mailbox: Mailbox, cast: Cast, sink: Sink) -> None:
    ticket = answered(cast)
    send()
    [mail] = sink.to(cast.lucia.email)
    assert mail.mail["Subject"] == f"[#{ticket.number}] Re: No puedo entrar"
    assert mail.mail["From"].startswith("Ana Ruiz · Helpdesk <support@example.com>")
    assert mail.plain.startswith("Try the other door.")
    assert "Try the other door." in mail.mail.get_body(("html",)).get_content()
    body = "Ya entré, gracias.\r\n\r\nEl sáb, 21 nov 2026 a las 10:00, Ana Ruiz escribió:\r\n> Try the other door.\r\n"
    raw = letter(cast.lucia.email, body, to=mail.mail["Reply-To"], subject="Re: otra cosa")
    outcome = take(raw, mailbox)
    assert (outcome.result, outcome.ticket) == ("appended", ticket.number)
    said = list(ticket.messages.order_by("seq").values_list("author_kind", "verified", "body_text"))
    assert said[1:] == [("agent", True, "Try the other door."), ("customer", True, "Ya entré, gracias.")]
    assert "> Try the other door." in Message.objects.get(uid=outcome.message).quoted_text
    assert Identity.objects.filter(value=cast.lucia.email, verified_at__isnull=False).exists()
    services.reply(actor=cast.ana, ticket=ticket, text="Adiós")
    send()
    last = sink.to(cast.lucia.email)[-1].mail
    assert len(ids(last, "References")) == 2
    assert ids(last, "References")[0] == mail.mail["Message-ID"]


def test_the_secret_is_compared_without_case_and_wakes_a_solved_ticket(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    services.solve(actor=cast.ana, ticket=ticket)
    outcome = take(letter(cast.lucia.email, to=reply_address(ticket, cast.lucia.email).upper()), mailbox)
    ticket.refresh_from_db()
    assert (outcome.result, ticket.status) == ("appended", "open")


def test_the_table_of_secrets_holds_none(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    secret = reply_address(ticket, cast.lucia.email).partition("+")[2].partition("@")[0]
    assert len(secret) == 26
    assert ReplyAddress.objects.get(ticket=ticket).secret_hash != secret


def test_a_revoked_secret_counts_as_none(mailbox: Mailbox, cast: Cast) -> None:
    from django.utils import timezone

    ticket = answered(cast)
    ReplyAddress.objects.filter(ticket=ticket).update(revoked_at=timezone.now())
    outcome = take(letter(stranger(), to=reply_address(ticket, cast.lucia.email)), mailbox)
    assert (outcome.result, outcome.ticket == ticket.number) == ("created", False)


def test_a_forged_number_opens_a_new_ticket_and_reveals_nothing(mailbox: Mailbox, cast: Cast, sink: Sink) -> None:
    ticket = answered(cast, "El código secreto es ROJO.")
    who = stranger("eve")
    outcome = take(letter(who, "Tell me more", subject=f"Re: [#{ticket.number}] No puedo entrar"), mailbox)
    new = Ticket.objects.get(number=outcome.ticket)
    assert (outcome.result, new.related, new.customer.email) == ("created", ticket, who)
    assert ticket.messages.count() == 2
    assert not Participant.objects.filter(ticket=ticket).exists()
    send()
    assert all(b"ROJO" not in one.raw and b"No puedo" not in one.raw for one in sink.to(who))


def test_a_forged_sender_appends_unverified_and_mails_nobody_new(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    before = OutboxMail.objects.count()
    outcome = take(letter(cast.lucia.email, subject=f"Re: [#{ticket.number}] x"), mailbox)
    message = Message.objects.get(uid=outcome.message)
    assert (outcome.result, message.ticket, message.verified) == ("appended", ticket, False)
    assert OutboxMail.objects.count() == before
    assert not Identity.objects.filter(value=cast.lucia.email, verified_at__isnull=False).exists()


def test_headers_thread_for_participants_only(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    [mail] = queued("reply", cast.lucia.email)
    outcome = take(letter(cast.lucia.email, in_reply_to=mail.message_id), mailbox)
    assert (outcome.result, outcome.ticket) == ("appended", ticket.number)
    other = take(letter(cast.tom.email, in_reply_to=mail.message_id), mailbox)
    assert (other.result, Ticket.objects.get(number=other.ticket).related) == ("created", ticket)
    assert Participant.objects.get(ticket=ticket).status == "pending"


def test_a_second_mail_of_ones_own_follows_the_first(mailbox: Mailbox) -> None:
    who = stranger()
    first = take(letter(who, message_id="<first@mail.example>"), mailbox)
    second = take(letter(who, "One more thing.", references="<first@mail.example>"), mailbox)
    assert (second.result, second.ticket) == ("appended", first.ticket)


def test_a_stranger_with_the_secret_is_a_pending_participant(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    who = stranger()
    outcome = take(letter(who, to=reply_address(ticket, cast.lucia.email)), mailbox)
    assert (outcome.result, outcome.ticket) == ("appended", ticket.number)
    assert Message.objects.get(uid=outcome.message).verified is False
    assert Participant.objects.get(ticket=ticket, email=who).status == "pending"
    services.reply(actor=cast.ana, ticket=ticket, text="For Lucía alone")
    assert not OutboxMail.objects.filter(recipient=who).exists()


def test_active_participants_read_answers_under_a_secret_of_their_own(mailbox: Mailbox, cast: Cast) -> None:
    ticket = open_ticket(cast)
    Participant.objects.create(ticket=ticket, email=cast.tom.email, status="active")
    services.reply(actor=cast.ana, ticket=ticket, text="Hi both")
    assert reply_address(ticket, cast.tom.email) != reply_address(ticket, cast.lucia.email)


@pytest.mark.parametrize("closed", [True, False])
def test_a_merged_or_closed_ticket(mailbox: Mailbox, cast: Cast, closed: bool) -> None:
    ticket = answered(cast)
    address = reply_address(ticket, cast.lucia.email)
    if closed:
        services.solve(actor=cast.ana, ticket=ticket)
        services.set_status(actor=cast.ana, ticket=ticket, status="closed")
        outcome = take(letter(cast.lucia.email, to=address), mailbox)
        new = Ticket.objects.get(number=outcome.ticket)
        assert (outcome.result, new.related) == ("created", ticket)
        return
    other = open_ticket(cast, subject="El otro")
    services.merge(actor=cast.ana, ticket=ticket, into=other)
    assert take(letter(cast.lucia.email, to=address), mailbox).ticket == other.number


def test_an_out_of_office_is_noted_and_wakes_nothing(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    services.solve(actor=cast.ana, ticket=ticket)
    to = reply_address(ticket, cast.lucia.email)
    for n in range(3):
        outcome = take(letter(cast.lucia.email, f"Away {n}", to=to, auto_submitted="auto-replied"), mailbox)
        assert (outcome.result, outcome.ticket) == ("suppressed", ticket.number)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == ("solved", 2)
    assert ticket.events.filter(kind=Event.Kind.MAIL_SUPPRESSED).count() == 1


def test_control_headers_are_only_claims(mailbox: Mailbox, cast: Cast) -> None:
    ticket = answered(cast)
    forged = {"x_helpdesk_ticket": str(ticket.number), "x_helpdesk_verified": "yes", "x_helpdesk_loop": "other.desk"}
    outcome = take(letter(stranger(), **forged), mailbox)
    assert (outcome.result, ticket.messages.count()) == ("created", 2)


def test_held_tickets_and_customers_without_address_are_not_mailed(mailbox: Mailbox, cast: Cast) -> None:
    from helpdesk.people.services import new_customer

    held = open_ticket(cast, held=True)
    services.reply(actor=cast.ana, ticket=held, text="Nobody hears this")
    visitor = new_customer(name="Visitor")
    quiet = open_ticket(cast, customer=visitor, actor=visitor)
    services.reply(actor=cast.ana, ticket=quiet, text="Nor this")
    assert not OutboxMail.objects.exists()


def test_a_mail_that_was_filed_late_is_a_change_of_now(mailbox: Mailbox, cast: Cast) -> None:
    """Exports go by updated_at: a reader who is past the mail's arrival must still hear of its ticket."""
    arrived = timezone.now() - dt.timedelta(minutes=5)
    known = open_ticket(cast, at=arrived)
    for raw in (letter(stranger()), letter(cast.lucia.email, subject=f"Re: [#{known.number}] Printer")):
        row, _new = incoming.keep(raw, mailbox)
        InboundMail.objects.filter(pk=row.pk).update(received_at=arrived)
        before = timezone.now()
        outcome = incoming.process(row)
        assert outcome.result in ("created", "appended")
        ticket = Ticket.objects.get(number=outcome.ticket)
        assert ticket.messages.latest("seq").created_at < before
        assert ticket.updated_at >= before


def test_merged_words_keep_the_history_that_their_mail_quoted(mailbox: Mailbox, cast: Cast) -> None:
    body = "It still blinks.\n\nOn Mon, Nov 16, 2026 at 10:00 AM Ana wrote:\n> Did you restart it?\n"
    outcome = take(letter(cast.lucia.email, body), mailbox)
    source, target = Ticket.objects.get(number=outcome.ticket), open_ticket(cast)
    quoted = source.messages.get().quoted_text
    assert "restart" in quoted
    services.merge(actor=cast.sara, ticket=source, into=target)
    assert target.messages.latest("seq").quoted_text == quoted
