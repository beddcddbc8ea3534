"""Answers that went to a tab when nobody was there any more: they go by mail after all."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from helpdesk.outbox.models import OutboxMail
from tickets.models import Message, Ticket
from tickets.services.outgoing import message_ref, queue_reply, recipients
from tickets.services.timeline import lock

from ..models import Chat, Visitor


def waiting(chat: Chat) -> list[Message]:
    """Colleagues' answers since the visitor's last sign of life, oldest first, that no mail has carried yet; none
    when nobody has left an address.

    A sign of life is a word of theirs, a greeting, a tab that closed properly: see `Visitor.last_seen_at`.
    """
    said = Message.objects.filter(ticket=chat.ticket_id)
    theirs = said.filter(author_kind=Message.Author.CUSTOMER, channel=Ticket.Channel.CHAT)
    seen = Visitor.objects.values_list("last_seen_at", flat=True).get(pk=chat.visitor_id)
    last_word = theirs.aggregate(at=Max("created_at"))["at"]
    answers = said.filter(
        author_kind=Message.Author.AGENT, created_at__gte=chat.requested_at,
        created_at__gt=max(seen, last_word) if last_word else seen,
    ).order_by("seq")  # fmt: skip
    found = list(answers.defer("search"))
    if not found or not recipients(chat.ticket):
        return []
    refs = OutboxMail.objects.filter(ref__in=[message_ref(m) for m in found])
    mailed = set(refs.values_list("ref", flat=True))
    return [m for m in found if message_ref(m) not in mailed]


def mail(*, chat: Chat) -> int:
    """Queue what `waiting` finds; how many answers. A second time finds none."""
    if not waiting(chat):
        return 0
    with transaction.atomic():
        return mail_locked(lock(chat.ticket_id), chat)


def mail_locked(ticket: Ticket, chat: Chat) -> int:
    """The same on the locked `ticket`, in its verb's transaction."""
    found = waiting(chat)
    for message in found:
        queue_reply(ticket=ticket, message=message)
    return len(found)
