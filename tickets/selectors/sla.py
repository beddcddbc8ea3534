"""What pages and the API show of service levels: the list, the chip, and the answer to "why?"."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from helpdesk.hours.clock import explain as explain_hours

from ..models import Metric, SlaClock, SlaLedgerEntry, Ticket
from ..rules import clock as rules

# In the order in which people ask.
METRIC_ORDER = {metric: place for place, metric in enumerate(Metric.values)}
MOST_SPANS = 200
WARN_SHARE = 0.75  # the chip's last quarter


def latest_clocks() -> QuerySet[SlaClock]:
    """The newest cycle of each metric of each ticket."""
    return SlaClock.objects.order_by("ticket_id", "metric", "-cycle").distinct("ticket_id", "metric")


def with_clocks() -> Prefetch[str, QuerySet[SlaClock], str]:
    """For `prefetch_related` of a page of tickets: what `sla_for` and `chip_for` need, in one query."""
    return Prefetch("clocks", latest_clocks(), to_attr="latest_clocks")


def clocks_of(ticket: Ticket) -> list[SlaClock]:
    found = getattr(ticket, "latest_clocks", None)
    if found is None:
        found = list(latest_clocks().filter(ticket=ticket))
        ticket.latest_clocks = found  # type: ignore[attr-defined]
    return sorted(found, key=lambda clock: METRIC_ORDER[clock.metric])


def attach_clocks(tickets: Iterable[Ticket]) -> None:
    """One query for tickets already in hand."""
    from django.db.models import prefetch_related_objects

    prefetch_related_objects(list(tickets), with_clocks())


# --- the API's list ----------------------------------------------------------------------------------


def state_of(clock: SlaClock, now: dt.datetime) -> str:
    """running | paused | met | breached | stopped.

    Breached wins over all; a deadline that passed this very second is breached before the sweep writes it down.
    `stopped`: ended without an answer and without a breach (the ticket was closed, or the customer solved it).
    """
    if clock.breached_at is not None:
        return "breached"
    if clock.state == SlaClock.State.RUNNING and not rules.was_met(now, clock.due_at):
        return "breached"
    return str(clock.state)


def remaining_seconds(clock: SlaClock, now: dt.datetime) -> int | None:
    """Seconds left, negative when late: by the wall clock while running, of the target's own time while paused."""
    if clock.state == SlaClock.State.RUNNING:
        return math.floor((clock.due_at - now).total_seconds()) if clock.due_at else None
    if clock.state == SlaClock.State.PAUSED and clock.target_seconds is not None:
        return clock.target_seconds - (clock.elapsed_seconds or 0)
    return None


def sla_for(ticket: Ticket, now: dt.datetime | None = None) -> list[dict[str, Any]]:
    """`[{"metric","state","due_at","breached_at","remaining_seconds"}]`, the newest cycle of each metric.

    No query when the page used `with_clocks()` or `attach_clocks()`, one otherwise. Instants are aware datetimes.
    A clock without a target (no policy promised anything) is listed with no `due_at`.
    """
    moment = now or timezone.now()
    return [_row(clock, moment) for clock in clocks_of(ticket)]


def _row(clock: SlaClock, now: dt.datetime) -> dict[str, Any]:
    state = state_of(clock, now)
    return {
        "metric": clock.metric,
        "state": state,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at or (clock.due_at if state == "breached" else None),
        "remaining_seconds": remaining_seconds(clock, now),
    }


# --- the chip ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chip:
    """The one deadline that matters most. `fraction` is how much of the time is used, 0 to 1."""

    state: str  # running | warning | breached | paused | met | none
    metric: str
    label: str
    fraction: float
    due_at: dt.datetime | None
    remaining_seconds: int | None

    @property
    def percent_left(self) -> int:
        return round(100 * (1 - self.fraction))


NO_POLICY = Chip("none", "", "", 0.0, None, None)


def chip_for(ticket: Ticket, now: dt.datetime | None = None) -> Chip:
    """The nearest running deadline, else the paused one, else how the last promise went; `none` without a promise."""
    moment = now or timezone.now()
    promised = [c for c in clocks_of(ticket) if c.target_seconds is not None]
    if not promised:
        return NO_POLICY
    if not ticket.is_done:
        running = [c for c in promised if c.state == SlaClock.State.RUNNING and c.due_at]
        if running:
            return chip_of(min(running, key=lambda c: c.due_at or moment), moment)
        if paused := [c for c in promised if c.state == SlaClock.State.PAUSED]:
            return chip_of(paused[0], moment)
    ended = [c for c in promised if c.stopped_at is not None]
    return chip_of(max(ended, key=lambda c: c.stopped_at or moment), moment) if ended else NO_POLICY


def chip_of(clock: SlaClock, now: dt.datetime) -> Chip:
    left, state = remaining_seconds(clock, now), state_of(clock, now)
    fraction = 1.0
    if clock.state == SlaClock.State.RUNNING and clock.due_at:
        whole = (clock.due_at - clock.started_at).total_seconds()
        fraction = (now - clock.started_at).total_seconds() / whole if whole > 0 else 1.0
    elif clock.target_seconds:
        fraction = (clock.elapsed_seconds or 0) / clock.target_seconds
    fraction = min(max(fraction, 0.0), 1.0)
    if state == "running" and fraction >= WARN_SHARE:
        state = "warning"
    return Chip(state, clock.metric, str(Metric(clock.metric).label), fraction, clock.due_at, left)


# --- why? --------------------------------------------------------------------------------------------


def explain(clock: SlaClock, now: dt.datetime | None = None) -> dict[str, Any]:
    """How a deadline came about: `{"used_seconds", "policy", "calendar", …, "intervals", "truncated"}`.

    An interval is `{"from","to","kind","reason","seconds"}`: kind `open` counts, `closed`, `holiday` and `paused`
    do not. Runs to the deadline when it is ahead, else to the present or the end. At most MOST_SPANS of them.
    """
    moment = now or timezone.now()
    entries = list(clock.ledger.select_related("calendar").order_by("at", "id"))
    ledger = [rules.Entry(e.kind, e.at, e.calendar.spec if e.calendar else None) for e in entries]
    until = clock.stopped_at or max(clock.due_at or moment, moment)
    intervals: list[dict[str, Any]] = []
    cursor = entries[0].at if entries else clock.started_at
    for stretch in rules.stretches(ledger):
        if stretch.start > cursor:
            intervals.append(_interval(cursor, stretch.start, "paused", _reason_at(entries, cursor)))
        end = stretch.end or until
        intervals += [
            _interval(s.start, s.end, s.kind, s.reason)
            for s in explain_hours(stretch.calendar, stretch.start, end, MOST_SPANS + 1)
        ]
        cursor = max(cursor, end)
    if clock.state == SlaClock.State.PAUSED and moment > cursor:
        intervals.append(_interval(cursor, moment, "paused", _reason_at(entries, cursor)))
    version, calendar = clock.version, next((e.calendar for e in reversed(entries) if e.calendar), None)
    return {
        "metric": clock.metric,
        "cycle": clock.cycle,
        "policy": {"id": version.policy_id, "name": version.name, "version": version.version} if version else None,
        "target_seconds": clock.target_seconds,
        "business": clock.business,
        "calendar": calendar.name if calendar and clock.business else None,
        "started_at": clock.started_at,
        "used_seconds": int(rules.used(ledger, clock.stopped_at or moment).total_seconds()),
        "intervals": intervals[:MOST_SPANS],
        "truncated": len(intervals) > MOST_SPANS,
    }


def _interval(start: dt.datetime, end: dt.datetime, kind: str, reason: str) -> dict[str, Any]:
    return {"from": start, "to": end, "kind": kind, "reason": reason, "seconds": (end - start).total_seconds()}


def _reason_at(entries: list[SlaLedgerEntry], at: dt.datetime) -> str:
    """Why the clock stood still from `at` on."""
    still = [
        e.reason for e in entries if e.at <= at and e.kind in (SlaLedgerEntry.Kind.PAUSE, SlaLedgerEntry.Kind.STOP)
    ]
    return still[-1] if still else ""
