"""The only way to fetch a ticket for somebody. A stranger gets 404."""

from __future__ import annotations

import uuid

from django.http import Http404

from helpdesk.lib.prepared import Prepared
from helpdesk.people.actors import Actor
from helpdesk.people.models import User

from .models import Attachment, Message, Note, Ticket, TicketQuerySet


def tickets_for(actor: Actor) -> TicketQuerySet:
    """Every ticket that `actor` may know of."""
    queryset = TicketQuerySet(Ticket)
    return queryset.visible_to(actor)


def _numbered(actor: Actor, number: int) -> TicketQuerySet:
    return tickets_for(actor).select_related("customer", "department", "assignee").filter(number=number)


# The same for an agent, compiled once: asked with every word that one says in a chat.
_agents = Prepared(lambda agent, number: _numbered(User(pk=agent), number), int, int)


def get_ticket_for(actor: Actor, number: int | str) -> Ticket:
    """The ticket with this number; Http404 when there is none or `actor` may not know of it."""
    try:
        wanted = int(number)
    except (TypeError, ValueError):
        raise Http404 from None
    if not 0 < wanted < 2**63:
        raise Http404
    if isinstance(actor, User) and actor.is_active and not actor.is_supervisor:
        ticket = _agents(actor.pk, wanted)
    else:
        ticket = _numbered(actor, wanted).first()
    if ticket is None:
        raise Http404
    return ticket


def get_attachment_for(actor: Actor, uid: uuid.UUID) -> Attachment:
    """An attachment of a message of a visible ticket, or, for staff, of a note of one."""
    visible = tickets_for(actor).values("pk")
    on_messages = Attachment.objects.filter(message__in=Message.objects.filter(ticket__in=visible), uid=uid)
    found = on_messages.select_related("file").first()
    if found is None:
        from helpdesk.people.actors import staff

        if staff(actor) is not None:
            on_notes = Attachment.objects.filter(note__in=Note.objects.filter(ticket__in=visible), uid=uid)
            found = on_notes.select_related("file").first()
    if found is None:
        raise Http404
    return found
