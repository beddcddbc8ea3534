"""What is said in a chat. The first word opens it; later ones are messages of its ticket."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from helpdesk.files.models import StoredFile
from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.prepared import Prepared
from helpdesk.lib.text import snippet
from helpdesk.people.actors import CHAT
from helpdesk.people.models import Department, User
from helpdesk.realtime.emit import emit
from helpdesk.realtime.emit import visitor as visitor_audience
from tickets import services as tickets
from tickets.access import get_ticket_for
from tickets.models import Event, Message, Ticket
from tickets.services.timeline import COUNTERS, append_event, audience, changed

from ..events import AgentTyping, ChatWaiting, Typing
from ..models import Chat, Visitor
from ..selectors import desk_for_new_chat
from .live import message_frame, remember, visitor_of
from .queue import position_of, queued_event
from .sessions import ensure_customer


@dataclass(frozen=True, slots=True)
class Said:
    """A stored word: its public seq, its ticket's number, and whether it opened a new live session."""

    seq: int
    ticket: int
    ticket_id: int
    opened: bool = False


def visitor_send(*, visitor: Visitor, uid: uuid.UUID, text: str, files: Sequence[StoredFile] = ()) -> Said:
    """Store a word of the visitor, once per `uid`. The first one opens the chat; after an end, a new one.

    Raises Invalid("empty" | "too_long").
    """
    live = _live_of(visitor)
    if live is not None:
        try:
            return _said(_add(visitor, live.ticket_id, uid, text, files))
        except RuleViolation as refusal:
            if refusal.code != "ticket_closed":  # closed, and the session ended, since we looked: a new one opens
                raise
    desk = desk_for_new_chat()  # asks Valkey who is there: not within the transaction
    return _open(visitor=visitor, uid=uid, text=text, files=files, desk=desk)


_live = Prepared(
    lambda visitor: Chat.objects.filter(visitor=visitor).exclude(state=Chat.State.ENDED).only("pk", "ticket_id"), int
)


def _live_of(visitor: Visitor) -> Chat | None:
    return _live(visitor.pk)


def _add(visitor: Visitor, ticket_id: int, uid: uuid.UUID, text: str, files: Sequence[StoredFile]) -> Message:
    # The verb reads and locks the row itself: an empty instance saves fetching it twice on the hot path.
    return tickets.customer_message(
        actor=CHAT, ticket=Ticket(pk=ticket_id), text=text, uid=uid, files=files, channel=Ticket.Channel.CHAT,
        author_name=visitor.name, author_email=visitor.email, verified=visitor.identified_at is not None,
    )  # fmt: skip


def _said(message: Message, *, opened: bool = False) -> Said:
    return Said(seq=message.public_seq, ticket=message.ticket.number, ticket_id=message.ticket_id, opened=opened)


@transaction.atomic
def _open(*, visitor: Visitor, uid: uuid.UUID, text: str, files: Sequence[StoredFile], desk: Department | None) -> Said:
    """1. lock the visitor (two tabs may say the first word at once) 2. look again 3. open or return.

    Lock order here is visitor, then ticket; nothing that holds a ticket locks a visitor (erasing goes the same way).
    """
    visitor = Visitor.objects.select_for_update(no_key=True, of=("self",)).select_related("customer").get(pk=visitor.pk)
    if (live := _live_of(visitor)) is not None:
        return _said(_add(visitor, live.ticket_id, uid, text, files))
    resent = Message.objects.filter(uid=uid, ticket__chats__visitor=visitor).select_related("ticket").first()
    if resent is not None:
        return _said(resent)
    last = Chat.objects.filter(visitor=visitor).select_related("ticket").order_by("-id").first()
    if last is not None and _may_go_on(last.ticket):
        message = _add(visitor, last.ticket_id, uid, text, files)
        ticket = message.ticket
    else:
        ticket = _new_ticket(visitor, uid, text, files, desk, related=last.ticket if last else None)
        message = ticket.messages.get(uid=uid)
        emit(message_frame(message, ticket.number), to=visitor_audience(visitor.pk))
    _start(visitor, ticket, again=last is not None and last.ticket_id == ticket.pk)
    return Said(seq=message.public_seq, ticket=ticket.number, ticket_id=ticket.pk, opened=True)


def _may_go_on(ticket: Ticket) -> bool:
    return ticket.status != Ticket.Status.CLOSED and ticket.merged_into_id is None


def _new_ticket(
    visitor: Visitor,
    uid: uuid.UUID,
    text: str,
    files: Sequence[StoredFile],
    desk: Department | None,
    related: Ticket | None,
) -> Ticket:
    return tickets.open_ticket(
        actor=CHAT, customer=ensure_customer(visitor), subject=snippet(text, 80), text=text,
        channel=Ticket.Channel.CHAT, department=desk, language=visitor.language, files=files, uid=uid,
        verified=visitor.identified_at is not None, author_name=visitor.name, author_email=visitor.email,
        related=related,
    )  # fmt: skip


def _start(visitor: Visitor, ticket: Ticket, *, again: bool) -> Chat:
    """A waiting chat on the locked `ticket`, told to its team and, with their place, to the visitor."""
    now = timezone.now()
    chat = Chat.objects.create(
        ticket=ticket, visitor=visitor, department=ticket.department, requested_at=now, queued_at=now
    )
    remember(ticket.pk, visitor.pk)
    data = {"chat": chat.pk, "page": visitor.page} | ({"again": True} if again else {})
    append_event(actor=CHAT, ticket=ticket, kind=Event.Kind.CHAT_STARTED, at=now, data=data)
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    emit(ChatWaiting(chat=chat.pk, ticket=ticket.number), to=audience(ticket))
    # Only the one who joins: a place at the end moves nobody else's. After commit: it asks Valkey who is on duty.
    transaction.on_commit(
        lambda: emit(queued_event(chat.department_id, position_of(chat)), to=visitor_audience(visitor.pk)), robust=True
    )
    return chat


def agent_send(*, actor: User, number: int, uid: uuid.UUID, text: str) -> Message:
    """A colleague's answer on a ticket they may see; Http404 otherwise. The same `uid` twice stores one."""
    return tickets.reply(actor=actor, ticket=get_ticket_for(actor, number), text=text, uid=uid)


def visitor_typing(*, visitor: Visitor) -> None:
    """Tell whoever has the chat. Nothing is stored."""
    chat = Chat.objects.filter(visitor=visitor.pk).exclude(state=Chat.State.ENDED).select_related("ticket").first()
    if chat is not None:
        emit(Typing(ticket=chat.ticket.number, sender="customer", name=visitor.name), to=audience(chat.ticket))


def agent_typing(*, actor: User, number: int) -> None:
    """Tell the visitor, and colleagues who look at the ticket. Http404 for one the actor may not see."""
    ticket = get_ticket_for(actor, number)
    visitor_id = visitor_of(ticket)
    if visitor_id is not None:
        emit(AgentTyping(name=actor.name), to=visitor_audience(visitor_id))
    emit(Typing(ticket=ticket.number, sender="agent", name=actor.name), to=audience(ticket))
