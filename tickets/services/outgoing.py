"""Mail that a verb causes: rows in the outbox, in the verb's transaction."""

from __future__ import annotations

from ..models import Message, Ticket


def queue_reply(*, ticket: Ticket, message: Message) -> None: ...
