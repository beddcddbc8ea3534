"""Sockets that open and close: presence is a hint in Valkey, told to whoever sees it."""

from __future__ import annotations

from django.utils import timezone

from helpdesk.people.actors import Actor
from helpdesk.people.events import Presence
from helpdesk.people.models import User
from helpdesk.people.services import set_status as _set_status
from helpdesk.realtime import presence
from helpdesk.realtime.emit import all_staff, emit

from ..models import Visitor


def set_status(*, actor: Actor, user: User, status: str) -> User:
    """What the agent offers from now on. Chats they have stay theirs, whatever they choose."""
    return _set_status(actor=actor, user=user, status=status)


def agent_connected(*, user: User, socket: str) -> None:
    """A console socket opened; colleagues hear of the first one."""
    first = not presence.present("agent", user.pk)
    presence.touch("agent", user.pk, socket)
    if first:
        emit(Presence(agent=user.pk, name=user.name, status=user.status, connected=True), to=all_staff())


def agent_disconnected(*, user: User, socket: str) -> None:
    """A console socket closed; colleagues hear of the last one."""
    presence.leave("agent", user.pk, socket)
    if not presence.present("agent", user.pk):
        status = User.objects.filter(pk=user.pk).values_list("status", flat=True).first() or user.status
        emit(Presence(agent=user.pk, name=user.name, status=status, connected=False), to=all_staff())


def visitor_connected(*, visitor_id: int, socket: str) -> None:
    presence.touch("visitor", visitor_id, socket)


def visitor_disconnected(*, visitor_id: int, socket: str) -> None:
    presence.leave("visitor", visitor_id, socket)
    Visitor.objects.filter(pk=visitor_id).update(last_seen_at=timezone.now())
