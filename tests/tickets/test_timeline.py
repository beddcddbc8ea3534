"""One timeline, one order: no gaps, no doubles, however many write at once."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection, transaction

from helpdesk.lib.errors import RuleViolation
from tests.cast import make_cast, open_ticket
from tickets import services
from tickets.models import Event, Message, Note, Ticket


def seqs(ticket: Ticket) -> list[int]:
    entries = [
        s for model in (Message, Note, Event) for s in model.objects.filter(ticket=ticket).values_list("seq", flat=True)
    ]
    return sorted(entries)


@pytest.mark.django_db
def test_entries_of_all_kinds_share_one_gap_free_sequence() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola, Lucía.")
    services.note(actor=cast.ana, ticket=ticket, text="El correo rebota.")
    services.escalate(actor=cast.ana, ticket=ticket, reason="knowledge", brief="Ver el registro de correo.")
    services.solve(actor=cast.bruno, ticket=ticket)
    ticket.refresh_from_db()
    assert seqs(ticket) == list(range(1, ticket.last_seq + 1))
    public = list(ticket.messages.order_by("public_seq").values_list("public_seq", flat=True))
    assert public == list(range(1, ticket.last_public_seq + 1))


@pytest.mark.django_db
def test_a_note_leaves_no_gap_in_what_the_customer_counts() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    services.note(actor=cast.ana, ticket=ticket, text="Solo para nosotros.")
    message = services.reply(actor=cast.ana, ticket=ticket, text="Hecho.")
    assert message.public_seq == 2
    assert message.seq > message.public_seq


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_make_no_gap_and_no_double() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    start = threading.Barrier(6)
    failures: list[BaseException] = []

    def write(i: int) -> None:
        try:
            start.wait(timeout=10)
            for n in range(5):
                if i % 2:
                    services.note(actor=cast.ana, ticket=ticket, text=f"nota {i}.{n}")
                else:
                    services.customer_message(actor=cast.lucia, ticket=ticket, text=f"hola {i}.{n}")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    ticket.refresh_from_db()
    assert failures == []
    assert seqs(ticket) == list(range(1, ticket.last_seq + 1))
    assert Message.objects.filter(ticket=ticket).count() == 16


@pytest.mark.django_db
def test_the_same_client_id_twice_stores_one_message() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    uid = uuid.uuid4()
    first = services.customer_message(actor=cast.lucia, ticket=ticket, text="¿Sigue ahí?", uid=uid)
    ticket.refresh_from_db()
    before = ticket.last_seq
    again = services.customer_message(actor=cast.lucia, ticket=ticket, text="¿Sigue ahí?", uid=uid)
    ticket.refresh_from_db()
    assert again.pk == first.pk
    assert ticket.last_seq == before


@pytest.mark.django_db
def test_numbers_are_never_used_twice_even_after_a_rollback() -> None:
    cast = make_cast()
    with transaction.atomic():
        lost = open_ticket(cast).number
        transaction.set_rollback(True)
    assert not Ticket.objects.filter(number=lost).exists()
    assert open_ticket(cast).number > lost


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "   \n ", "\x00\x07"])
def test_a_message_without_words_is_refused_and_nothing_happens(text: str) -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    ticket.refresh_from_db()
    with pytest.raises(RuleViolation) as refusal:
        services.reply(actor=cast.ana, ticket=ticket, text=text)
    assert refusal.value.code == "empty"
    before = ticket.last_seq
    ticket.refresh_from_db()
    assert (ticket.last_seq, ticket.status) == (before, "new")


@pytest.mark.django_db
def test_control_characters_never_reach_the_record() -> None:
    cast = make_cast()
    ticket = open_ticket(cast, subject="Hola\x00\u202e factura", text="uno\x00dos\x1b[31m")
    assert ticket.subject == "Hola factura"
    assert ticket.messages.get().body_text == "unodos[31m"
