"""The service-level clocks of a locked ticket: hooks for the verbs, and what the sweep needs of them.

Every hook runs in its verb's transaction, under the ticket's lock; `at` is when the event happened, and decides.
A deadline that passed unnoticed before `at` is recorded first, by the function that the sweep uses too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch

from helpdesk.hours.models import Calendar
from helpdesk.people.actors import SLA

from ..models import Event, Metric, SlaClock, SlaLedgerEntry, SlaPolicyVersion, SlaStep, Ticket
from ..rules import clock as rules
from ..rules.policy import target_for
from ..rules.status import CLOSED, DONE
from . import policies
from .timeline import append_event

FIELDS = ["sla_version", "sla_due_at"]  # what the hooks may set on the ticket; the verb saves them
ACTIVE = (SlaClock.State.RUNNING, SlaClock.State.PAUSED)
REPLIES = (Metric.FIRST_REPLY, Metric.NEXT_REPLY)
LATE = dt.timedelta(seconds=5)  # done later than this after it was due: marked late
DERIVED = (
    "version", "target_seconds", "business", "state", "stopped_at", "due_at", "breached_at", "elapsed_seconds",
    "next_step_at",
)  # fmt: skip

Kind = SlaLedgerEntry.Kind


@dataclass
class Live:
    """A clock with its ledger and the keys of the steps it has done."""

    clock: SlaClock
    entries: list[SlaLedgerEntry]
    done: set[str] = field(default_factory=set)
    fresh: list[SlaLedgerEntry] = field(default_factory=list)
    stored: tuple[object, ...] | None = None  # of DERIVED as the database has them; None: not yet stored

    @property
    def ledger(self) -> list[rules.Entry]:
        return [rules.Entry(e.kind, e.at, e.calendar.spec if e.calendar else None) for e in self.entries]

    @property
    def active(self) -> bool:
        return self.clock.state in ACTIVE

    @property
    def calendar(self) -> Calendar | None:
        """By which its time is measured now."""
        return next((e.calendar for e in reversed(self.entries) if e.kind not in (Kind.PAUSE, Kind.STOP)), None)

    @property
    def steps(self) -> list[rules.Step]:
        version = self.clock.version
        return rules.steps_of(
            metric=self.clock.metric, target=self.clock.target_seconds, business=self.clock.business,
            ladder=version.ladder if version else [], policy_id=version.policy_id if version else None,
        )  # fmt: skip

    def due_at(self) -> dt.datetime | None:
        target = self.clock.target_seconds
        return None if target is None else rules.reaches(self.ledger, target)

    def values(self) -> tuple[object, ...]:
        return tuple(getattr(self.clock, "version_id" if name == "version" else name) for name in DERIVED)

    def enter(self, kind: str, at: dt.datetime, reason: str, calendar: Calendar | None = None) -> dt.datetime:
        """Append to the ledger; never before its last entry, so that late news cannot run the clock backwards."""
        if self.entries:
            at = max(at, self.entries[-1].at)
        entry = SlaLedgerEntry(clock=self.clock, kind=kind, at=at, reason=reason, calendar=calendar)
        self.entries.append(entry)
        self.fresh.append(entry)
        return at

    def derive(self) -> None:
        """Work out the deadline and the next step from the ledger."""
        if self.active:
            self.clock.due_at = self.due_at()
            found = rules.next_step(self.ledger, self.steps, self.done)
            self.clock.next_step_at = found[0] if found else None
        else:
            self.clock.next_step_at = None


# --- the hooks ---------------------------------------------------------------------------------------


def opened(ticket: Ticket, *, at: dt.datetime, by_customer: bool) -> None:
    """Find the policy and start the clocks. Clocks run without a policy too: measured, nothing promised.

    Opened by a colleague, nobody waits yet: the first reply starts with the customer's first word.
    """
    version = policies.matching(ticket)
    _take_policy(ticket, version, at)
    lives = [
        _start(ticket, metric, 1, version, at, "opened")
        for metric, rule in rules.METRICS.items()
        if "opened" in rule.starts and (by_customer or metric not in REPLIES)
    ]
    store(ticket, lives)


def customer_wrote(ticket: Ticket, *, at: dt.datetime) -> None:
    """The customer waits from now on (the verb does not ask for a second word of one wait)."""
    metric = Metric.FIRST_REPLY if ticket.first_replied_at is None else Metric.NEXT_REPLY
    last = SlaClock.objects.filter(ticket=ticket, metric=metric).order_by("cycle").last()
    if last is not None and metric == Metric.FIRST_REPLY and last.state in ACTIVE:
        return
    version = policies.version(ticket.sla_version_id)
    live = _start(ticket, metric, last.cycle + 1 if last else 1, version, at, "customer_message")
    known = ticket.sla_due_at
    store(ticket, [live])
    if known is not None and not ticket.is_done:
        ticket.sla_due_at = min(known, ticket.sla_due_at or known)


def nobody_waits(ticket: Ticket, *, at: dt.datetime) -> None:
    """The customer needs no answer any more: the clocks of replies end, as neither kept nor, if in time, missed."""
    lives = load(ticket)
    for live in lives:
        if live.clock.metric in REPLIES:
            _stop(ticket, live, at, "solved_by_customer", fulfilled=False)
    store(ticket, lives)


def agent_replied(ticket: Ticket, *, at: dt.datetime) -> None:
    """A public answer by a person. No query when nobody waits and no regular updates are promised."""
    updates = Metric.PERIODIC_UPDATE in policies.promised_metrics(ticket.sla_version_id)
    if ticket.waiting_since is None and not updates:
        return
    lives = load(ticket)
    for live in lives:
        if live.clock.metric in (*REPLIES, Metric.PERIODIC_UPDATE):
            _stop(ticket, live, at, "agent_reply")
    if updates and not ticket.is_done:
        last = SlaClock.objects.filter(ticket=ticket, metric=Metric.PERIODIC_UPDATE).order_by("cycle").last()
        version = policies.version(ticket.sla_version_id)
        lives.append(_start(ticket, Metric.PERIODIC_UPDATE, last.cycle + 1 if last else 1, version, at, "agent_reply"))
    store(ticket, lives)


def status_moved(ticket: Ticket, *, old: str, new: str, at: dt.datetime) -> None:
    """Pause, resume, stop and wake clocks as the table says. No query when the move touches none."""
    if not any((old in rule.runs) != (new in rule.runs) for rule in rules.METRICS.values()):
        return
    reopened = old in DONE and new not in DONE
    lives = load(ticket, ended=reopened)
    for live in list(lives):
        rule = rules.METRICS[live.clock.metric]
        if not live.active:
            _wake(ticket, live, at)
        elif new in DONE and "solved" in rule.fulfilled_by:
            if live.clock.metric == Metric.PERIODIC_UPDATE and live.clock.started_at == at:
                live.clock.delete()  # the answer that started it solved the ticket: no update was promised
                lives.remove(live)
            else:
                _stop(ticket, live, at, new)
        elif new == CLOSED:
            _stop(ticket, live, at, new, fulfilled=False)
        elif live.clock.state == SlaClock.State.RUNNING and new not in rule.runs:
            _pause(ticket, live, at, new)
        elif live.clock.state == SlaClock.State.PAUSED and new in rule.runs:
            _resume(ticket, live, at, new)
    store(ticket, lives)


def properties_changed(ticket: Ticket, *, at: dt.datetime) -> None:
    """Find the policy again and work out every running clock by it. What was met stays met."""
    version = policies.matching(ticket)
    _take_policy(ticket, version, at)
    lives = load(ticket)
    for live in lives:
        settle(ticket, live, at)
        _adopt(ticket, live, version, at)
        live.derive()
    store(ticket, lives)


# --- what hooks and sweep share ------------------------------------------------------------------------


def load(ticket: Ticket, *, ended: bool = False) -> list[Live]:
    """The ticket's running and paused clocks, in three queries. `ended`: those too that a reopening wakes."""
    clocks = SlaClock.objects.filter(ticket=ticket, state__in=ACTIVE)
    if ended:
        clocks = clocks | SlaClock.objects.filter(ticket=ticket, metric__in=rules.UNTIL_SOLVED)
    rows = (
        clocks.select_related("version__calendar")
        .prefetch_related(
            Prefetch("ledger", SlaLedgerEntry.objects.select_related("calendar").order_by("at", "id")), "steps"
        )
        .order_by("id")
    )
    lives = []
    for clock in rows:
        live = Live(clock, list(clock.ledger.all()), {step.key for step in clock.steps.all()})
        live.stored = live.values()
        lives.append(live)
    return lives


def store(ticket: Ticket, lives: list[Live]) -> None:
    """Write what changed, and the ticket's nearest deadline (on the instance; the verb saves it)."""
    SlaClock.objects.bulk_create([live.clock for live in lives if live.stored is None])
    changed = [live.clock for live in lives if live.stored is not None and live.stored != live.values()]
    if len(changed) == 1:
        changed[0].save(update_fields=DERIVED)
    elif changed:
        SlaClock.objects.bulk_update(changed, DERIVED)
    SlaLedgerEntry.objects.bulk_create([entry for live in lives for entry in live.fresh])
    for live in lives:
        live.fresh, live.stored = [], live.values()
    ticket.sla_due_at = None if ticket.is_done else _nearest(lives)


def _nearest(lives: Iterable[Live]) -> dt.datetime | None:
    return min((live.clock.due_at for live in lives if live.active and live.clock.due_at), default=None)


def rule_name(clock: SlaClock, label: str) -> str:
    """How events name the rule that caused them: "sla:<policy>:v<version>:<metric>:<step>"."""
    version = clock.version
    head = f"sla:{version.policy_id}:v{version.version}" if version else "sla:none"
    return f"{head}:{clock.metric}:{label}"


def record_step(live: Live, step: rules.Step, *, due_at: dt.datetime, done_at: dt.datetime, outcome: str) -> None:
    """Note that a step was done. The unique (clock, key) is what makes it happen once."""
    SlaStep.objects.create(
        clock=live.clock, key=step.key, version=live.clock.version, due_at=due_at, done_at=done_at,
        outcome=outcome[:60],
    )  # fmt: skip
    live.done.add(step.key)


def record(ticket: Ticket, live: Live, step: rules.Step, *, due_at: dt.datetime, at: dt.datetime) -> None:
    """Record a warning or a breach that was due at `due_at` and is known at `at`."""
    breach = step.kind == "breach"
    record_step(live, step, due_at=due_at, done_at=at, outcome="breached" if breach else "warned")
    if breach:
        live.clock.breached_at = live.clock.breached_at or due_at
    append_event(
        actor=SLA, ticket=ticket, kind=Event.Kind.SLA_BREACHED if breach else Event.Kind.SLA_WARNED, at=at,
        due_at=due_at, rule=rule_name(live.clock, step.label),
        data={**facts(live, due_at=due_at, at=at), **({} if breach else {step.when[0]: step.when[1]})},
    )  # fmt: skip


def facts(live: Live, *, due_at: dt.datetime, at: dt.datetime) -> dict[str, object]:
    """What the events of a clock say of it."""
    clock = live.clock
    return {
        "metric": clock.metric,
        "cycle": clock.cycle,
        "target_seconds": clock.target_seconds,
        **({"late": True} if at - due_at > LATE else {}),
    }


def settle(ticket: Ticket, live: Live, at: dt.datetime) -> None:
    """Record a deadline that passed before `at`, and the warnings before it, if the sweep has not yet."""
    due = live.due_at() if live.active else None
    if rules.was_met(at, due):
        return
    for step in live.steps:
        if step.kind == "ladder" or step.key in live.done:
            continue
        instant = rules.reaches(live.ledger, step.threshold)
        if instant is not None and not rules.was_met(at, instant):
            record(ticket, live, step, due_at=instant, at=at)


def follow_calendar(ticket: Ticket, live: Live, at: dt.datetime) -> None:
    """Measure from `at` on by the calendar that counts now: the department may have got another one."""
    calendar = _counting(ticket, live)
    if live.active and calendar != live.calendar:
        _switch(live, calendar, at, Kind.SWITCH)


# --- moving one clock --------------------------------------------------------------------------------


def _start(
    ticket: Ticket, metric: str, cycle: int, version: SlaPolicyVersion | None, at: dt.datetime, reason: str
) -> Live:
    live = Live(SlaClock(ticket=ticket, metric=metric, cycle=cycle, started_at=at), [])
    target = target_for(version.targets, metric, ticket.priority) if version else None
    live.clock.version = version
    live.clock.target_seconds, live.clock.business = target or (None, False)
    live.enter(Kind.START, at, reason, _calendar(ticket, version, live.clock.business))
    if ticket.status not in rules.METRICS[metric].runs:
        live.enter(Kind.PAUSE, at, ticket.status)
        live.clock.state, live.clock.elapsed_seconds = SlaClock.State.PAUSED, 0
    live.derive()
    return live


def _stop(ticket: Ticket, live: Live, at: dt.datetime, reason: str, *, fulfilled: bool = True) -> None:
    settle(ticket, live, at)
    clock, due = live.clock, live.due_at()
    clock.stopped_at = live.enter(Kind.STOP, at, reason)
    clock.elapsed_seconds = int(rules.used(live.ledger, clock.stopped_at).total_seconds())
    clock.due_at = due
    # The sweep may have been quicker than news of an answer that was in time: the answer's time decides.
    withdrawn = clock.breached_at is not None and clock.breached_at == due and rules.was_met(at, due)
    if withdrawn:
        clock.breached_at = None
    clock.state = SlaClock.State.MET if fulfilled and clock.breached_at is None else SlaClock.State.STOPPED
    live.derive()
    told = clock.metric in (Metric.FIRST_REPLY, Metric.RESOLUTION) or withdrawn
    if told and clock.state == SlaClock.State.MET and clock.target_seconds is not None:
        append_event(
            actor=SLA, ticket=ticket, kind=Event.Kind.SLA_MET, at=at, due_at=due, rule=rule_name(clock, "met"),
            data={
                "metric": clock.metric, "cycle": clock.cycle, "target_seconds": clock.target_seconds,
                "elapsed_seconds": clock.elapsed_seconds, **({"withdrawn": True} if withdrawn else {}),
            },
        )  # fmt: skip


def _pause(ticket: Ticket, live: Live, at: dt.datetime, reason: str) -> None:
    settle(ticket, live, at)
    at = live.enter(Kind.PAUSE, at, reason)
    live.clock.state = SlaClock.State.PAUSED
    live.clock.elapsed_seconds = int(rules.used(live.ledger, at).total_seconds())
    live.derive()


def _resume(ticket: Ticket, live: Live, at: dt.datetime, reason: str) -> None:
    live.enter(Kind.RESUME, at, reason, _counting(ticket, live))
    live.clock.state, live.clock.elapsed_seconds = SlaClock.State.RUNNING, None
    live.derive()


def _wake(ticket: Ticket, live: Live, at: dt.datetime) -> None:
    """Reopened: the clock goes on from the time it had used, by what is promised now."""
    live.clock.stopped_at = None
    _resume(ticket, live, at, "reopened")
    _adopt(ticket, live, policies.version(ticket.sla_version_id), at)
    if ticket.status not in rules.METRICS[live.clock.metric].runs:
        _pause(ticket, live, at, ticket.status)
    live.derive()


def _adopt(ticket: Ticket, live: Live, version: SlaPolicyVersion | None, at: dt.datetime) -> None:
    """Measure this clock by `version` from now on; time used stays used."""
    clock, promised_before = live.clock, live.clock.target_seconds is not None
    target = target_for(version.targets, clock.metric, ticket.priority) if version else None
    clock.version = version
    clock.target_seconds, clock.business = target or (None, False)
    if target is None:
        return
    calendar = _calendar(ticket, version, clock.business)
    if calendar != live.calendar:
        _switch(live, calendar, at, Kind.SWITCH if promised_before else Kind.RECAST)


def _switch(live: Live, calendar: Calendar | None, at: dt.datetime, kind: str) -> None:
    at = live.enter(kind, at, "promise_changed", calendar)
    if live.clock.state == SlaClock.State.PAUSED:
        live.clock.elapsed_seconds = int(rules.used(live.ledger, at).total_seconds())


def _counting(ticket: Ticket, live: Live) -> Calendar | None:
    """The calendar that counts for the clock now; without a promise the one it has."""
    clock = live.clock
    return live.calendar if clock.target_seconds is None else _calendar(ticket, clock.version, clock.business)


def _calendar(ticket: Ticket, version: SlaPolicyVersion | None, business: bool) -> Calendar | None:
    """The policy's calendar, else the department's, else none: around the clock."""
    if not business or version is None:
        return None
    if version.calendar is not None:
        return version.calendar
    return ticket.department.calendar if ticket.department else None


def _take_policy(ticket: Ticket, version: SlaPolicyVersion | None, at: dt.datetime) -> None:
    if ticket.sla_version_id == (version.pk if version else None):
        return
    ticket.sla_version = version
    append_event(
        actor=SLA, ticket=ticket, kind=Event.Kind.SLA_APPLIED, at=at,
        rule=f"sla:{version.policy_id}:v{version.version}" if version else "",
        data={
            "policy": version.policy_id if version else None, "version": version.version if version else None,
            "name": version.name if version else None,
        },
    )  # fmt: skip
