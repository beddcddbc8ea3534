"""What the other verbs share: the live chat of a ticket, faces, frames."""

from __future__ import annotations

from typing import Any

from helpdesk.lib.prepared import Prepared
from helpdesk.people.models import User
from tickets.models import Attachment, Message, Ticket

from ..events import VisitorMessage
from ..models import Chat

SENDERS = {"customer": "visitor"}  # what tickets call customer, the widget calls visitor
_MOST_KNOWN = 20_000
# ticket id → visitor id: never changes once there is one, so each process may remember it.
_visitors: dict[int, int] = {}


def visitor_of(ticket: Ticket) -> int | None:
    """The visitor whose chat opened this ticket; None for tickets of other channels. Cheap: asked per message."""
    if ticket.channel != Ticket.Channel.CHAT:
        return None
    known = _visitors.get(ticket.pk)
    if known is None:
        known = Chat.objects.filter(ticket=ticket.pk).values_list("visitor_id", flat=True).first()
        if known is not None:
            remember(ticket.pk, known)
    return known


def remember(ticket_id: int, visitor_id: int) -> None:
    if len(_visitors) >= _MOST_KNOWN:
        _visitors.clear()
    _visitors[ticket_id] = visitor_id


_live = Prepared(lambda ticket: Chat.objects.filter(ticket=ticket).exclude(state=Chat.State.ENDED), int)


def live_chat(ticket: Ticket) -> Chat | None:
    """The waiting or active chat of `ticket`, asked once per locked instance (a verb's own, never shared)."""
    if ticket.channel != Ticket.Channel.CHAT:
        return None
    if not hasattr(ticket, "_live_chat"):
        ticket._live_chat = _live(ticket.pk)  # type: ignore[attr-defined]
    return ticket._live_chat  # type: ignore[attr-defined,no-any-return]


def face(user: User) -> dict[str, Any]:
    """An agent as visitors see them."""
    return {"name": user.name, "photo": f"/widget/face/{user.photo_id}/" if user.photo_id else None}


def message_frame(message: Message, number: int, attachments: list[Attachment] | None = None) -> VisitorMessage:
    """A public message as the widget hears it: its seq is the public one."""
    return VisitorMessage(
        seq=message.public_seq,
        id=str(message.uid),
        sender=SENDERS.get(message.author_kind, message.author_kind),
        name=message.author_name,
        text=message.body_text,
        at=message.created_at.isoformat(),
        ticket=number,
        attachments=[attachment_json(a) for a in attachments or []],
    )


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    file = attachment.file
    return {
        "id": str(attachment.uid), "filename": file.filename, "content_type": file.content_type, "size": file.size,
        "url": f"/widget/file/{attachment.uid}/",
    }  # fmt: skip
