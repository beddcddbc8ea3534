"""The timeline of one ticket: three kinds of entries in one order."""

from __future__ import annotations

import heapq
from typing import TypeAlias

from django.db.models import QuerySet

from ..models import Event, Message, Note, Ticket

Entry: TypeAlias = Message | Note | Event


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """Public messages with their files, without the search column (it is as long as the text)."""
    return ticket.messages.defer("search").prefetch_related("attachments__file").order_by("seq")


def notes_of(ticket: Ticket) -> QuerySet[Note]:
    """Internal notes with their files: for staff only."""
    return ticket.notes.prefetch_related("attachments__file").order_by("seq")


def events_of(ticket: Ticket) -> QuerySet[Event]:
    """What changed: for staff only."""
    return ticket.events.order_by("seq")


def timeline_after(ticket: Ticket, after: int = 0, *, limit: int | None = None) -> list[Entry]:
    """All entries with `seq` > `after` in order, at most `limit`: for staff only. At most seven queries."""
    kinds: list[list[Entry]] = [
        list(rows.filter(seq__gt=after)[:limit]) for rows in (messages_of(ticket), notes_of(ticket), events_of(ticket))
    ]
    return list(heapq.merge(*kinds, key=lambda entry: entry.seq))[:limit]
