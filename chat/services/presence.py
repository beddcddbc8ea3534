"""Sockets that open and close: presence is a hint in Valkey, told to whoever sees it."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from helpdesk.people.actors import Actor
from helpdesk.people.events import Presence
from helpdesk.people.models import User
from helpdesk.people.services import set_status as _set_status
from helpdesk.realtime import presence
from helpdesk.realtime.emit import all_staff, emit

from .. import rules
from ..models import Chat, Visitor
from . import unread


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


def visitor_disconnected(*, visitor_id: int, socket: str, lost: bool = False) -> None:
    """A tab closed. `lost`: without a goodbye, so that its last sign of life lies somewhat back.

    Of a live session the sweep sees whether they come back; of one that ended meanwhile nobody would.
    """
    presence.leave("visitor", visitor_id, socket)
    seen = timezone.now() - (rules.SILENT_LOSS if lost else dt.timedelta())
    Visitor.objects.filter(pk=visitor_id, last_seen_at__lt=seen).update(last_seen_at=seen)
    if lost and not presence.present("visitor", visitor_id):
        last = Chat.objects.filter(visitor=visitor_id).order_by("-id").first()
        if last is not None and last.state == Chat.State.ENDED and last.end_reason != Chat.EndReason.VISITOR:
            unread.mail(chat=last)
