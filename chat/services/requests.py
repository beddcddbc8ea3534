"""A message left in the widget while nobody is there: a ticket, answered by mail."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.people.actors import CHAT
from helpdesk.people.models import Department
from helpdesk.people.services import new_customer
from tickets import services as tickets
from tickets.models import Ticket

from ..models import WidgetRequest
from ..selectors import desk_for_new_chat

OFFLINE_TAG = "offline"


def leave_request(*, name: str, email: str, subject: str, text: str, key: uuid.UUID | None = None) -> Ticket:
    """A ticket of channel chat, tagged "offline", for a new customer: a typed address merges with nobody.

    `key`: the browser's id of the attempt; the same one again gives the same ticket. Raises Invalid.
    """
    if not email:
        raise Invalid("email", _("Where should the answer go?"), code="required")
    if key and (made := _made(key)) is not None:
        return made
    department = desk_for_new_chat()  # asks Valkey who is there: not within the transaction
    try:
        with transaction.atomic():
            ticket = _open(name, email, subject, text, department)
            if key:
                WidgetRequest.objects.create(key=key, ticket=ticket)
            return ticket
    except IntegrityError:  # the same attempt on two lines at once: the other one made it
        if key and (made := _made(key)) is not None:
            return made
        raise


def _made(key: uuid.UUID) -> Ticket | None:
    row = WidgetRequest.objects.select_related("ticket").filter(key=key).first()
    return row.ticket if row else None


def _open(name: str, email: str, subject: str, text: str, department: Department | None) -> Ticket:
    language = (get_language() or "en")[:2]
    customer = new_customer(name=name, email=email, language=language)
    return tickets.open_ticket(
        actor=CHAT, customer=customer, subject=subject, text=text, channel=Ticket.Channel.CHAT,
        department=department, language=language, tags=[OFFLINE_TAG],
    )  # fmt: skip
