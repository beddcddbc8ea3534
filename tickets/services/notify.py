"""Telling colleagues: a durable row and, when they are there, a push."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from helpdesk.people.actors import Actor
from helpdesk.people.models import User
from helpdesk.realtime.emit import agent, emit

from ..events import Notified
from ..models import Event, Notification, Ticket


def notify(
    people: Iterable[User], *, ticket: Ticket, kind: str, event: Event, besides: Actor | None = None
) -> list[User]:
    """Tell `people` (except the one who did it) about `event`; once each, however often it is called.

    Returns those who know of it now, whether by this call or an earlier one. Under the ticket's lock.
    """
    told = [p for p in dict.fromkeys(people) if p != besides]
    if not told:
        return told
    rows = Notification.objects.filter(ticket=ticket, event_seq=event.seq, user__in=told)
    known = set(rows.values_list("user_id", flat=True))
    fresh = [p for p in told if p.pk not in known]
    Notification.objects.bulk_create(
        [Notification(user=p, ticket=ticket, kind=kind, event_seq=event.seq) for p in fresh],
        ignore_conflicts=True,
    )
    for person in fresh:
        emit(Notified(ticket=ticket.number, kind=kind, text=ticket.subject), to=agent(person.pk))
    return told


def mark_read(*, actor: User, ticket: Ticket | None = None) -> int:
    """What `actor` was told (about `ticket`, or at all) has been seen; how many that were."""
    unread = Notification.objects.filter(user=actor, read_at=None)
    return (unread.filter(ticket=ticket) if ticket else unread).update(read_at=timezone.now())
