"""What is going on this second. Rows from the database, open consoles from Valkey; a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet

from chat.models import Chat
from helpdesk.people.models import Department, Membership, User
from helpdesk.realtime import presence
from tickets.models import Rating, SlaClock, Ticket

from . import figures
from .metrics import BAD, GOOD, rfc3339, satisfaction
from .shapes import DepartmentRow, Monitor, Promises, Queue, Satisfaction, Staff, StaffRow, WaitingOnUs

HOUR = dt.timedelta(hours=1)
OPEN = [s for s in Ticket.Status.values if s not in (Ticket.Status.SOLVED, Ticket.Status.CLOSED)]


@dataclass(frozen=True, slots=True)
class _Live:
    """A chat that has not ended."""

    waiting: bool
    department: int | None
    agent: int | None
    queued_at: dt.datetime


def monitor(now: dt.datetime) -> Monitor:
    """Everything on the wall, as it is at `now`."""
    chats = _live_chats()
    people = _agents(chats)
    by_status, on_us = _tickets(now)
    return Monitor(
        at=rfc3339(now),
        queue=_queue(chats, now),
        active_chats=sum(not c.waiting for c in chats),
        missed_chats_last_hour=_missed(now),
        agents=_staff(people, chats),
        tickets=by_status,
        open_tickets=sum(by_status.values()),
        waiting_on_us=on_us,
        service_levels=_promises(now),
        satisfaction_last_hour=_satisfaction(now),
        agent_list=people,
        departments=_departments(people, chats, now),
    )


def _live_chats() -> list[_Live]:
    rows = Chat.objects.exclude(state=Chat.State.ENDED).order_by("queued_at", "id")
    return [
        _Live(waiting=state == Chat.State.WAITING, department=department, agent=agent, queued_at=queued_at)
        for state, department, agent, queued_at in rows.values_list("state", "department", "agent", "queued_at")
    ]


def _queue(chats: list[_Live], now: dt.datetime) -> Queue:
    """Those who wait now; the wait counts from when they joined the line, and goes on if they are put back."""
    waits = [max(0.0, (now - c.queued_at).total_seconds()) for c in chats if c.waiting]
    return Queue(
        size=len(waits),
        longest_wait_seconds=figures.seconds(max(waits, default=None)),
        average_wait_seconds=figures.seconds(sum(waits) / len(waits)) if waits else None,
    )


def _missed(now: dt.datetime) -> int:
    rows = Chat.objects.filter(state=Chat.State.ENDED, accepted_at=None, requested_at__gte=now - dt.timedelta(days=1))
    return rows.filter(ended_at__gt=now - HOUR, ended_at__lte=now).count()


def _agents(chats: list[_Live]) -> list[StaffRow]:
    """Colleagues who have chosen a status other than offline, or hold a chat; the busiest first."""
    busy = Counter(c.agent for c in chats if not c.waiting and c.agent)
    rows = User.objects.filter(Q(pk__in=list(busy)) | ~Q(status=User.Status.OFFLINE), is_active=True)
    found = list(rows.order_by("name", "pk").values_list("pk", "name", "status", "chat_capacity"))
    there = presence.present_among("agent", [pk for pk, *_rest in found])
    people = [
        StaffRow(agent=pk, name=name, status=status, connected=pk in there, active_chats=busy[pk],
                 chat_capacity=capacity)
        for pk, name, status, capacity in found
    ]  # fmt: skip
    return sorted(people, key=lambda p: (-p["active_chats"], not _on_duty(p)))


def _on_duty(person: StaffRow) -> bool:
    return person["status"] == User.Status.ONLINE and person["connected"]


def _staff(people: list[StaffRow], chats: list[_Live]) -> Staff:
    def there(status: str) -> int:
        return sum(p["status"] == status and p["connected"] for p in people)

    active, on_duty = sum(not c.waiting for c in chats), [p for p in people if _on_duty(p)]
    return Staff(
        online=len(on_duty),
        away=there(User.Status.AWAY),
        transfers_only=there(User.Status.TRANSFERS_ONLY),
        online_elsewhere=sum(p["status"] == User.Status.ONLINE and not p["connected"] for p in people),
        active_chats=active,
        chat_capacity=sum(p["chat_capacity"] for p in on_duty),
        chats_per_agent=round(active / len(on_duty), 2) if on_duty else None,
    )


def _tickets(now: dt.datetime) -> tuple[dict[str, int], WaitingOnUs]:
    """Open tickets by status; and those in which the customer's last words have no answer."""
    rows = Ticket.objects.filter(status__in=OPEN, merged_into=None).order_by()
    counts = dict(rows.values_list("status").annotate(n=Count("pk")).values_list("status", "n"))
    ours = rows.filter(waiting_since__isnull=False).aggregate(n=Count("pk"), oldest=Min("waiting_since"))
    longest = (now - ours["oldest"]).total_seconds() if ours["oldest"] else None
    on_us = WaitingOnUs(count=ours["n"], longest_seconds=figures.seconds(longest))
    return {status: counts.get(status, 0) for status in OPEN}, on_us


def late_clocks(now: dt.datetime) -> tuple[QuerySet[SlaClock], QuerySet[SlaClock]]:
    """Running clocks of open tickets past their deadline, whether the sweep has been or not; and those near it."""
    rows = SlaClock.objects.filter(
        state=SlaClock.State.RUNNING, ticket__status__in=OPEN, ticket__merged_into=None, target_seconds__isnull=False
    )
    late = Q(breached_at__isnull=False) | Q(due_at__lte=now)
    return rows.filter(late), rows.filter(breached_at=None, due_at__gt=now, due_at__lte=now + HOUR)


def _promises(now: dt.datetime) -> Promises:
    """Tickets, not clocks: one that is late twice is one late ticket."""
    late, soon = late_clocks(now)
    return Promises(
        breached_now=late.aggregate(n=Count("ticket", distinct=True))["n"],
        due_within_hour=soon.aggregate(n=Count("ticket", distinct=True))["n"],
    )


def _satisfaction(now: dt.datetime) -> Satisfaction:
    rows = Rating.objects.filter(updated_at__gt=now - HOUR, updated_at__lte=now)
    return satisfaction(**rows.aggregate(good=GOOD, bad=BAD))


def _departments(people: list[StaffRow], chats: list[_Live], now: dt.datetime) -> list[DepartmentRow]:
    on_duty = {p["agent"] for p in people if _on_duty(p)}
    members = Counter(Membership.objects.filter(user__in=on_duty).values_list("department", flat=True))
    names: dict[int | None, str] = {d.pk: d.name_in() for d in Department.objects.filter(is_active=True)}
    keys: list[int | None] = [*names]
    keys += sorted({c.department for c in chats} - set(keys), key=lambda key: key or 0)
    rows = []
    for key in keys:
        here = [c for c in chats if c.department == key]
        queue = _queue(here, now)
        rows.append(
            DepartmentRow(department=key, name=names.get(key), queue=queue["size"],
                          longest_wait_seconds=queue["longest_wait_seconds"],
                          active_chats=sum(not c.waiting for c in here), agents_online=members[key] if key else 0)
        )  # fmt: skip
    return rows
