"""The only way to fetch a chat for somebody. A stranger gets 404."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from helpdesk.people.actors import Actor, staff
from tickets.access import tickets_for

from .models import Chat, Visitor


def chats_for(actor: Actor) -> QuerySet[Chat]:
    """Chats of the tickets that a colleague may know of; none for customers."""
    if staff(actor) is None:
        return Chat.objects.none()
    return Chat.objects.filter(ticket__in=tickets_for(actor).values("pk"))


def get_chat_for(actor: Actor, chat_id: int) -> Chat:
    """The chat with this id; Http404 when there is none or `actor` may not know of it."""
    if not 0 < chat_id < 2**63:
        raise Http404
    chat = chats_for(actor).select_related("ticket").filter(pk=chat_id).first()
    if chat is None:
        raise Http404
    return chat


def visitors_for(actor: Actor) -> QuerySet[Visitor]:
    """Visitors who have spoken, as far as a colleague may know of a ticket of theirs."""
    if staff(actor) is None:
        return Visitor.objects.none()
    return Visitor.objects.filter(pk__in=chats_for(actor).values("visitor"))
