"""What tickets tell us, connected in `ChatConfig.ready`. All run in the verb's transaction, under the ticket's lock."""

from __future__ import annotations

from typing import Any

from helpdesk.people.models import Customer
from helpdesk.realtime import presence
from helpdesk.realtime.emit import emit, visitor
from tickets import signals
from tickets.models import Event, Message, Ticket
from tickets.rules.status import DONE

from .services import handling, sessions
from .services.live import live_chat, message_frame, visitor_of


def connect() -> None:
    signals.message_added.connect(on_message, dispatch_uid="chat.message")
    signals.delivers_live.connect(on_question, dispatch_uid="chat.live")
    signals.handed_over.connect(on_hand_over, dispatch_uid="chat.hand_over")
    signals.status_changed.connect(on_status, dispatch_uid="chat.status")
    signals.customer_erased.connect(on_erasure, dispatch_uid="chat.erasure")


def on_message(sender: object, *, ticket: Ticket, message: Message, **kwargs: Any) -> None:
    visitor_id = visitor_of(ticket)
    if visitor_id is None:
        return
    emit(message_frame(message, ticket.number, kwargs.get("attachments")), to=visitor(visitor_id))
    if message.author_kind == Message.Author.AGENT:
        handling.agent_answered(ticket, message)


def on_question(sender: object, *, ticket: Ticket, **kwargs: Any) -> bool:
    """Is the visitor reading along? A live session and an open tab, as far as the hint knows."""
    chat = live_chat(ticket)
    return chat is not None and presence.present("visitor", chat.visitor_id)


def on_hand_over(sender: object, *, ticket: Ticket, event: Event, **kwargs: Any) -> None:
    handling.ticket_handed_over(ticket, event)


def on_status(sender: object, *, ticket: Ticket, old: str, new: str, **kwargs: Any) -> None:
    if new in DONE and old not in DONE:
        handling.ticket_done(ticket)


def on_erasure(sender: object, *, customer: Customer, **kwargs: Any) -> None:
    sessions.forget(customer=customer)
