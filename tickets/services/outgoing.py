"""Mail that a verb causes: rows in the outbox, in the verb's transaction."""

from __future__ import annotations

from ..models import Message, Ticket


def queue_reply(*, ticket: Ticket, message: Message) -> None: ...


def queue_acknowledgement(*, ticket: Ticket, recipient: str) -> bool: ...
def queue_portal_link(*, email: str, language: str, token: str) -> None: ...
