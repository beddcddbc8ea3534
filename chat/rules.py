"""What a chat may do, and how long it may take. Pure: values in, values out; `now` is an argument."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CHANNEL = "chat"
# How far the two ends of the estimate lie from its middle: waiting times vary about as much as their mean.
SPREAD_LOW, SPREAD_HIGH = 0.5, 1.5
MINUTE = 60

AGENT_GRACE = dt.timedelta(seconds=60)  # an agent without a socket for this long gives their chats back
VISITOR_GRACE = dt.timedelta(seconds=120)  # a visitor without a tab for this long has left
UNREAD_GRACE = dt.timedelta(seconds=30)  # … and has by then not come back for what they may have missed
# A line that breaks without a goodbye is noticed late: when a ping stays unanswered, or presence expires. What went
# out to it in this last stretch may never have arrived.
SILENT_LOSS = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Seat:
    """One agent in one department, as far as routing asks."""

    agent: int
    status: str  # people.User.Status
    connected: bool
    active: int  # chats they have now
    capacity: int
    channels: tuple[str, ...] = ()  # empty: all


def may_accept(*, status: str, active: int, capacity: int, handed_to_me: bool = False) -> str | None:
    """None when an agent may take one more chat, else the code of the refusal.

    `transfers_only` takes what was handed to them by name and nothing else.
    """
    if status != "online" and not (status == "transfers_only" and handed_to_me):
        return "not_online"
    return "at_capacity" if active >= capacity else None


def serves_chat(channels: Sequence[str]) -> bool:
    """Whether a membership with these channels takes chats (empty: all channels)."""
    return not channels or CHANNEL in channels


def on_duty(seats: Iterable[Seat]) -> list[Seat]:
    """Those who are online, have an open socket and take chats; with or without room."""
    return [s for s in seats if s.status == "online" and s.connected and serves_chat(s.channels)]


def eligible(seats: Iterable[Seat]) -> list[Seat]:
    """Those of `on_duty` who have room for one more, the least busy first."""
    free = [s for s in on_duty(seats) if s.active < s.capacity]
    return sorted(free, key=lambda s: (s.active / s.capacity, s.agent))


def wait_range(*, position: int, handle_seconds: float | None, slots: int) -> tuple[int, int] | None:
    """(low, high) in seconds, whole minutes rounded up, for the one at `position` (1 is next).

    With `slots` conversations at a time, each of `handle_seconds` on average, one ends every
    handle_seconds / slots; the p-th in line waits for p of them. None when nothing is known.
    """
    if position < 1 or slots < 1 or handle_seconds is None or handle_seconds <= 0:
        return None
    middle = position * handle_seconds / slots
    low, high = (max(1, math.ceil(middle * spread / MINUTE)) * MINUTE for spread in (SPREAD_LOW, SPREAD_HIGH))
    return low, high


def gone(missing_since: dt.datetime | None, now: dt.datetime, grace: dt.timedelta) -> bool:
    """Whether someone whom the sweep has missed since then has really left."""
    return missing_since is not None and now - missing_since >= grace


def is_idle(last_word_at: dt.datetime, now: dt.datetime, limit_seconds: int) -> bool:
    """Whether both sides have been silent for the limit."""
    return (now - last_word_at).total_seconds() >= limit_seconds


def leaving_reason(ever_accepted: bool) -> str:
    """What a visitor's leaving means: a chat that nobody ever took was missed by us."""
    return "visitor_left" if ever_accepted else "missed"


def renew_due(created_at: dt.datetime, expires_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a token is past half of its life."""
    return now - created_at > (expires_at - created_at) / 2


@dataclass(frozen=True, slots=True)
class Desk:
    """One department as a visitor meets it."""

    id: int
    open_hours: bool
    staffed: bool
    closed_reason: str = ""  # "closed_hours" or a holiday's name
    opens_at: dt.datetime | None = None


def choose_desk(desks: Sequence[Desk]) -> Desk | None:
    """Where a new chat goes, in the order of the list: someone there, else open hours, else the first."""
    for wanted in (lambda d: d.open_hours and d.staffed, lambda d: d.open_hours, lambda d: True):
        for desk in desks:
            if wanted(desk):
                return desk
    return None


def overall(desks: Sequence[Desk]) -> tuple[bool, str | None, dt.datetime | None]:
    """(open, reason, opens_at) of the whole house."""
    if any(d.open_hours and d.staffed for d in desks):
        return True, None, None
    if any(d.open_hours for d in desks) or not desks:
        return False, "no_agents", None
    opens = min((d.opens_at for d in desks if d.opens_at), default=None)
    holidays = [d.closed_reason for d in desks if d.closed_reason != "closed_hours"]
    return False, holidays[0] if len(holidays) == len(desks) else "closed_hours", opens
