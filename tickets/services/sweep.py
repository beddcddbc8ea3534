"""The sweep: does what clocks have made due, each step once, on any number of workers, after any crash.

Its cost grows with what is due, not with what is open: one look at an index when nothing is.
"""

from __future__ import annotations

import datetime as dt
import heapq
import logging
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from helpdesk.lib.errors import RuleViolation

from ..models import SlaClock, SlaLedgerEntry, Ticket
from ..rules import clock as rules
from . import clocks, ladder
from .timeline import MESSAGE_FIELDS, changed

log = logging.getLogger(__name__)

MOST_STEPS = 200  # of one ticket in one visit; more would be a fault, and must not hold the lock for ever
SHORTEST, LONGEST = dt.timedelta(seconds=10), dt.timedelta(hours=1)  # wait after a failure


def calendar_changed(calendar_id: int) -> int:
    """Have the sweep work out every clock that rests on this calendar. Returns how many."""
    measured = SlaLedgerEntry.objects.filter(calendar=calendar_id).values("clock")
    return SlaClock.objects.filter(pk__in=measured, state__in=clocks.ACTIVE).update(next_step_at=timezone.now())


def department_calendar_changed(department_id: int) -> int:
    """Have the sweep measure by its new hours what the department's calendar decides. Returns how many."""
    rows = SlaClock.objects.filter(ticket__department=department_id, business=True, version__calendar=None)
    return rows.filter(state__in=clocks.ACTIVE).update(next_step_at=timezone.now())


class Swept(NamedTuple):
    """Steps done; and tickets looked after, which may be more: a new calendar moves deadlines without a step."""

    steps: int = 0
    tickets: int = 0


def run_due(now: dt.datetime | None = None, limit: int = 500) -> int:
    """One batch of what is due; the number of steps that were done. See `run_batch`."""
    return run_batch(now, limit).steps


def run_batch(now: dt.datetime | None = None, limit: int = 500) -> Swept:
    """Do the steps that fell due before `now` (default: the present).

    Looks at up to `limit` clocks. Steps come in due order, across tickets too, as far as one sweep can see;
    tickets that somebody else has locked are left for the next one.
    """
    moment = now or timezone.now()
    rows = list(
        SlaClock.objects.filter(next_step_at__lt=moment)
        .order_by("next_step_at")
        .values_list("next_step_at", "ticket_id")[:limit]
    )
    if not rows:
        return Swept()
    first: dict[int, dt.datetime] = {}
    for at, ticket_id in rows:
        assert at is not None
        first.setdefault(ticket_id, at)
    queue = [(at, ticket_id) for ticket_id, at in first.items()]
    heapq.heapify(queue)
    # Beyond a full batch there may be earlier steps of tickets that we have not read.
    horizon = max(first.values()) if len(rows) == limit else moment
    done, visited = 0, set[int]()
    while queue:
        at, ticket_id = heapq.heappop(queue)
        until = max(at, min(queue[0][0], horizon) if queue else horizon)
        outcome = _visit_safely(ticket_id, now or timezone.now(), until)
        if outcome is None:
            continue
        visited.add(ticket_id)
        count, again = outcome
        done += count
        if count and again is not None and again <= horizon and again < moment:
            heapq.heappush(queue, (again, ticket_id))
    return Swept(done, len(visited))


def _visit_safely(ticket_id: int, now: dt.datetime, until: dt.datetime) -> tuple[int, dt.datetime | None] | None:
    """What `Visit.run` says; None too when it failed."""
    try:
        with transaction.atomic():
            return Visit(ticket_id, now, until).run()
    except Exception:
        # One bad ticket must not stop the others: it waits, longer each time.
        log.exception("SLA sweep failed on ticket id %s", ticket_id)
        for clock in SlaClock.objects.filter(ticket=ticket_id, next_step_at__lt=now):
            again = now + backoff(now - (clock.due_at or clock.started_at))
            SlaClock.objects.filter(pk=clock.pk).update(next_step_at=again)
        return None


def backoff(age: dt.timedelta) -> dt.timedelta:
    """How long to wait with a step that failed `age` after it was due: as long again, within bounds."""
    return min(max(age, SHORTEST), LONGEST)


class Visit:
    """What is due on one ticket, in one transaction, under its lock."""

    def __init__(self, ticket_id: int, now: dt.datetime, until: dt.datetime) -> None:
        self.ticket_id, self.now, self.until = ticket_id, now, until
        self.put_off: dict[int, dt.datetime] = {}  # clock id → when to try its failed step again

    def run(self) -> tuple[int, dt.datetime | None] | None:
        """(steps done, when this ticket's next one is due); None when somebody else has it."""
        if not self._read(first=True):
            return None
        for live in self.lives:
            clocks.follow_calendar(self.ticket, live, self.now)
        count = 0
        while count < MOST_STEPS and (due := self._next()) is not None:
            at, live, step = due
            if self._do(at, live, step):
                count += 1
        self._write()
        if count:
            changed(self.ticket)
        return count, min((live.clock.next_step_at for live in self.lives if live.clock.next_step_at), default=None)

    def _read(self, *, first: bool = False) -> bool:
        """The ticket and its clocks, locked; False when another one has it."""
        rows = Ticket.objects.select_for_update(of=("self",), skip_locked=first)
        if first:  # another sweep may have done it since we read the list
            rows = rows.filter(Exists(SlaClock.objects.filter(ticket=OuterRef("pk"), next_step_at__lt=self.now)))
        ticket = rows.select_related("customer", "department__calendar", "assignee").filter(pk=self.ticket_id).first()
        if ticket is None:
            return False
        self.ticket, self.lives = ticket, clocks.load(ticket)
        return True

    def _next(self) -> tuple[dt.datetime, clocks.Live, rules.Step] | None:
        """The earliest step that is due. It is due once the deadline can no longer be kept: see `was_met`."""
        found: list[tuple[dt.datetime, tuple[float, int], int]] = []
        steps: dict[int, tuple[clocks.Live, rules.Step]] = {}
        for place, live in enumerate(self.lives):
            if live.clock.pk in self.put_off:
                continue
            try:
                coming = rules.next_step(live.ledger, live.steps, live.done)
            except Exception:
                log.exception("SLA clock %s cannot be worked out", live.clock.pk)
                self._put_off(live, live.clock.due_at or live.clock.started_at)
                continue
            if coming is not None and coming[0] <= self.until and not rules.was_met(self.now, coming[0]):
                found.append((coming[0], coming[1].order, place))
                steps[place] = (live, coming[1])
        if not found:
            return None
        at, _order, place = min(found)
        return (at, *steps[place])

    def _do(self, at: dt.datetime, live: clocks.Live, step: rules.Step) -> bool:
        """Do one step; False when it failed and is put off."""
        if step.kind != "ladder":
            clocks.record(self.ticket, live, step, due_at=at, at=self.now)
            return True
        return self._climb(at, live, step)

    def _climb(self, at: dt.datetime, live: clocks.Live, step: rules.Step) -> bool:
        verb = step.action in ladder.VERBS
        if verb:
            self._write()  # the verb reads the ticket for itself
        seqs = self.ticket.last_seq, self.ticket.last_public_seq
        done = True
        try:
            with transaction.atomic():
                outcome = self._act(ladder.Rung(self.ticket, live, step, at, self.now))
                clocks.record_step(live, step, due_at=at, done_at=self.now, outcome=outcome)
        except Exception:
            log.exception("SLA step %s of clock %s failed", step.key, live.clock.pk)
            self._put_off(live, at)
            self.ticket.last_seq, self.ticket.last_public_seq = seqs  # what it wrote was rolled back
            done = False
        if verb:
            self._read()
        return done

    def _act(self, rung: ladder.Rung) -> str:
        try:
            with transaction.atomic():
                return ladder.act(rung)
        except RuleViolation as refusal:
            return refusal.code

    def _put_off(self, live: clocks.Live, due_at: dt.datetime) -> None:
        self.put_off[live.clock.pk] = self.now + backoff(self.now - due_at)

    def _write(self) -> None:
        for live in self.lives:
            again = self.put_off.get(live.clock.pk)
            if again is None:
                live.derive()
            else:
                live.clock.next_step_at = again
        clocks.store(self.ticket, self.lives)
        self.ticket.save(update_fields=[*MESSAGE_FIELDS, *clocks.FIELDS])
