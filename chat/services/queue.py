"""The queue as visitors see it: positions are pushed when they move, not one by one."""

from __future__ import annotations

import logging

import redis
from django.db import transaction
from django.db.models import Avg, DurationField, ExpressionWrapper, F

from helpdesk.realtime import valkey
from helpdesk.realtime.emit import emit, visitor

from .. import rules
from ..duty import slots_of
from ..events import Queued
from ..models import Chat

log = logging.getLogger(__name__)

PUSH_EVERY_MS = 500  # a burst of changes becomes one push now and one from the sweep
RECENT_CHATS = 50  # how many ended chats the average handling time is taken from
_DIRTY = ("queue", "dirty")


def waiting_in(department_id: int | None) -> list[tuple[int, int]]:
    """(chat id, visitor id) in the order of the line; a department has its own line."""
    rows = Chat.objects.filter(state=Chat.State.WAITING, department=department_id)
    return list(rows.order_by("queued_at", "id").values_list("pk", "visitor_id"))


def handle_seconds(department_id: int | None) -> float | None:
    """Average length of the last conversations of the department, in seconds; None when there were none."""
    rows = Chat.objects.filter(
        state=Chat.State.ENDED, department=department_id, accepted_at__isnull=False, ended_at__isnull=False
    ).order_by("-id")[:RECENT_CHATS]
    lasted = ExpressionWrapper(F("ended_at") - F("accepted_at"), output_field=DurationField())
    mean = Chat.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).aggregate(mean=Avg(lasted))["mean"]
    return mean.total_seconds() if mean is not None else None


def queued_event(department_id: int | None, position: int) -> Queued:
    """The frame for the one at `position`."""
    return _frame(position, handle_seconds(department_id), slots_of(department_id))


def _frame(position: int, seconds: float | None, slots: int) -> Queued:
    wait = rules.wait_range(position=position, handle_seconds=seconds, slots=slots)
    return Queued(position=position, wait_low=wait[0] if wait else None, wait_high=wait[1] if wait else None)


def position_of(chat: Chat) -> int:
    """The place in line of a waiting chat; 1 is next."""
    ahead = Chat.objects.filter(state=Chat.State.WAITING, department=chat.department_id)
    return (
        ahead.filter(queued_at__lt=chat.queued_at).count()
        + ahead.filter(queued_at=chat.queued_at, pk__lt=chat.pk).count()
        + 1
    )


def queue_changed(department_id: int | None) -> None:
    """After commit: tell those in line where they are now. Bursts are coalesced; the sweep sends the rest."""
    transaction.on_commit(lambda: _changed(department_id), robust=True)


def _changed(department_id: int | None) -> None:
    try:
        client = valkey.client()
        client.sadd(valkey.key(*_DIRTY), department_id or 0)
        if not client.set(valkey.key("queue", "pushed", department_id or 0), 1, nx=True, px=PUSH_EVERY_MS):
            return
    except redis.RedisError:
        log.warning("queue positions not pushed: Valkey does not answer")
        return
    push_positions(department_id)


def push_positions(department_id: int | None) -> None:
    """Send every visitor in the department's line their place."""
    try:
        valkey.client().srem(valkey.key(*_DIRTY), department_id or 0)
    except redis.RedisError:
        return
    line = waiting_in(department_id)
    if not line:
        return
    seconds, slots = handle_seconds(department_id), slots_of(department_id)
    with transaction.atomic():  # what one transaction tells goes in one round trip, not one for each who waits
        for position, (_chat, visitor_id) in enumerate(line, start=1):
            emit(_frame(position, seconds, slots), to=visitor(visitor_id))


def push_dirty() -> None:
    """The sweep's part: whatever changed since the last push."""
    try:
        marked = valkey.client().smembers(valkey.key(*_DIRTY))
    except redis.RedisError:
        return
    for member in marked:
        push_positions(int(member) or None)
