"""A stranger writes: one ticket, one acknowledgement, and nothing of it for robots."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.outbox.models import OutboxMail
from tests.cast import Cast
from tests.mailflow.letters import letter, queued, send, stranger, take
from tests.mailflow.sink import Sink
from tickets.models import Mailbox, Ticket


def test_a_stranger_gets_a_ticket_and_one_acknowledgement_with_its_number(mailbox: Mailbox, sink: Sink) -> None:
    who = stranger()
    outcome = take(
        letter(who, name="Nora Díaz", subject="Win a prize http://evil.example", message_id="<a1@x>"), mailbox
    )
    ticket = Ticket.objects.get(number=outcome.ticket)
    assert (outcome.result, ticket.channel, ticket.department) == ("created", "email", mailbox.department)
    message = ticket.messages.get()
    assert (message.verified, message.author_email, message.author_name) == (False, who, "Nora Díaz")
    assert outcome.message == str(message.uid)
    assert send() == 1
    [mail] = sink.to(who)
    assert f"#{ticket.number}" in mail.mail["Subject"]
    assert f"#{ticket.number}" in mail.plain
    # None of the sender's words: nobody can make us mail theirs to a third person.
    assert b"evil.example" not in mail.raw
    assert b"Nora" not in mail.raw
    assert mail.mail["Auto-Submitted"] == "auto-replied"
    assert mail.mail["X-Auto-Response-Suppress"] == "All"
    assert mail.mail["In-Reply-To"] == "<a1@x>"
    assert "+" in mail.mail["Reply-To"]


def test_the_acknowledgement_speaks_the_language_of_the_mail(mailbox: Mailbox) -> None:
    who = stranger()
    outcome = take(letter(who, "Hola, no puedo entrar en mi cuenta desde ayer. ¿Me pueden ayudar?"), mailbox)
    assert Ticket.objects.get(number=outcome.ticket).language == "es"
    [mail] = queued("acknowledgement", who)
    assert "## Escriba su respuesta por encima de esta línea ##" in mail.text


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": "auto-replied"},
        {"auto_submitted": "auto-generated"},
        {"precedence": "bulk"},
        {"list_id": "<news.example.org>"},
        {"x_auto_response_suppress": "All"},
        {"return_path": "<>"},
        {"subject": "Out of office: back on Monday"},
    ],
)
def test_robots_get_no_answer_and_at_most_one_ticket(mailbox: Mailbox, headers: dict[str, str]) -> None:
    who = stranger("robot")
    results = [take(letter(who, f"I am away, {n}.", **headers), mailbox).result for n in range(4)]
    assert results == ["created", "suppressed", "suppressed", "suppressed"]
    assert Ticket.objects.filter(customer__email=who).count() == 1
    assert not OutboxMail.objects.filter(recipient=who).exists()


def test_acknowledgements_to_one_address_are_capped(mailbox: Mailbox, settings: Any) -> None:
    settings.ACK_PER_ADDRESS_DAY = 2
    who = stranger()
    for n in range(4):
        assert take(letter(who, f"Question {n}"), mailbox).result == "created"
    assert len(queued("acknowledgement", who)) == 2


def test_our_own_mail_that_comes_back_vanishes(mailbox: Mailbox, sink: Sink) -> None:
    who = stranger()
    take(letter(who), mailbox)
    send()
    [mail] = sink.to(who)
    before = Ticket.objects.count()
    assert take(b"Delivered-To: support@example.com\r\n" + mail.raw, mailbox).result == "suppressed"
    assert Ticket.objects.count() == before


def test_a_contact_form_in_our_own_name_is_not_lost(mailbox: Mailbox) -> None:
    outcome = take(letter("support@example.com", "Message from the form on our site"), mailbox)
    assert outcome.result == "created"
    assert not OutboxMail.objects.filter(recipient="support@example.com").exists()


def test_what_names_no_one_sender_is_held(mailbox: Mailbox) -> None:
    raw = letter("x@mail.example").replace(b"From: x@mail.example", b"From: boss@corp.example, evil@x.example")
    outcome = take(raw, mailbox)
    ticket = Ticket.objects.get(number=outcome.ticket)
    assert (outcome.result, outcome.reason, ticket.held) == ("held", "no_single_sender", True)
    assert ticket.customer.email == ""
    assert not OutboxMail.objects.exists()
    assert not ticket.participants.exists()


def test_failed_authentication_is_held(mailbox: Mailbox, settings: Any) -> None:
    settings.AUTHSERV_ID = "mx.example.com"
    who = stranger()
    results = f"mx.example.com; dmarc=fail header.from={who.partition('@')[2]}"
    outcome = take(letter(who, authentication_results=results), mailbox)
    assert (outcome.result, outcome.reason) == ("held", "authentication_failed")
    assert not OutboxMail.objects.exists()
    assert take(letter(stranger(), authentication_results="evil.example; dmarc=fail"), mailbox).result == "created"


def test_a_code_of_another_service_is_held(mailbox: Mailbox) -> None:
    outcome = take(letter(stranger(), "Your verification code is 123456", subject="Your code"), mailbox)
    assert (outcome.result, outcome.reason) == ("held", "verification_code")


def test_an_agents_address_is_a_customers(mailbox: Mailbox, cast: Cast) -> None:
    outcome = take(letter(cast.ana.email), mailbox)
    message = Ticket.objects.get(number=outcome.ticket).messages.get()
    assert (message.author_kind, message.user, message.verified) == ("customer", None, False)
    assert len(queued("acknowledgement", cast.ana.email)) == 1


def test_a_sender_without_a_mailable_address_still_gets_a_ticket(mailbox: Mailbox) -> None:
    outcome = take(letter("root@server", subject="Cron"), mailbox)
    assert outcome.result == "created"
    assert Ticket.objects.get(number=outcome.ticket).customer.email == ""
