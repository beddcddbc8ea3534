"""Merging shows nobody what they may not read."""

from __future__ import annotations

import pytest

from helpdesk.people.services import verify_email
from tests.cast import make_cast, open_ticket
from tickets import services


@pytest.mark.django_db
@pytest.mark.parametrize("proved", [False, True])
def test_mail_joins_a_chat_publicly_only_when_the_address_was_proved(proved: bool) -> None:
    cast = make_cast()
    mail = open_ticket(cast, text="Mi número de cuenta es 1234.")
    chat = open_ticket(cast, channel="chat", text="Hola, soy Lucía.")
    if proved:
        assert verify_email(customer=cast.lucia, email=cast.lucia.email)
    services.merge(actor=cast.ana, ticket=mail, into=chat)
    public = [m.body_text for m in chat.messages.all()]
    assert ("Mi número de cuenta es 1234." in public) is proved
    assert chat.notes.filter(body_text__contains="1234").exists() is not proved
