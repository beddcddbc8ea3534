"""What a rung of an escalation ladder does. Each action returns its outcome, a short code for the record.

Called by the sweep inside a savepoint of the ticket's transaction. A refusal of a verb is an outcome too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from helpdesk.people.actors import SLA
from helpdesk.people.models import User

from ..models import Event, Notification, Ticket
from ..rules.clock import Step
from ..rules.policy import PRIORITIES
from . import clocks, handling
from .conversation import post_line
from .handling import members
from .notify import notify
from .timeline import append_event

# These are verbs of their own: they lock, change and save the ticket themselves.
VERBS = frozenset({"raise_tier", "raise_priority", "reassign"})


@dataclass(frozen=True)
class Rung:
    """One step of the ladder that is due on the locked `ticket`."""

    ticket: Ticket
    live: clocks.Live
    step: Step
    due_at: dt.datetime
    now: dt.datetime

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.step.params)

    @property
    def rule(self) -> str:
        return clocks.rule_name(self.live.clock, self.step.label)

    @property
    def reason(self) -> str:
        """A key, not words: the worker has no reader, and so no language."""
        return f"deadline_missed:{self.live.clock.metric}"


def act(rung: Rung) -> str:
    """Do it, and say how it went. Raises RuleViolation when a verb refuses."""
    if rung.ticket.is_done:
        return "ticket_done"
    return _ACTIONS[rung.step.action](rung)


def _notify(rung: Rung) -> str:
    people = _people(rung.ticket, rung.params.get("to", "assignee"))
    early = rung.step.threshold < (rung.live.clock.target_seconds or 0)
    kind = Notification.Kind.SLA_WARNED if early else Notification.Kind.SLA_BREACHED
    told = notify(people, ticket=rung.ticket, kind=kind, event=_event(rung))
    return f"told:{len(told)}" if told else "nobody_to_tell"


def _event(rung: Rung) -> Event:
    """The entry of the timeline to point people at: the warning, the breach, or a reminder of its own."""
    when, amount = rung.step.when
    target = rung.live.clock.target_seconds or 0
    label = "breach"
    if rung.step.threshold < target:
        label = f"warn:{amount}%" if when == "at_percent" else f"warn:{amount:+}s"
    if rung.step.threshold <= target:
        rule = clocks.rule_name(rung.live.clock, label)
        known = Event.objects.filter(ticket=rung.ticket, rule=rule).order_by("seq").last()
        if known is not None:
            return known
    return append_event(
        actor=SLA, ticket=rung.ticket, kind=Event.Kind.SLA_REMINDED, at=rung.now, due_at=rung.due_at, rule=rung.rule,
        data={**clocks.facts(rung.live, due_at=rung.due_at, at=rung.now), when: amount},
    )  # fmt: skip


def _raise_tier(rung: Rung) -> str:
    ticket, target = rung.ticket, rung.params.get("to") or min(rung.ticket.tier + 1, 3)
    if ticket.tier == 3:
        return "top_tier"
    if ticket.tier >= target:
        return "already_there"
    there = bool(members(ticket, target))
    handling.escalate(
        actor=SLA, ticket=ticket, reason=rung.reason, to_tier=target, rule=rung.rule, due_at=rung.due_at, at=rung.now
    )
    if there:
        return f"tier:{target}"
    # Nobody stands there: the ticket waits at that tier, and those who can staff it are told.
    event = Event.objects.filter(ticket=ticket, kind=Event.Kind.ESCALATED).order_by("seq").last()
    if event is not None:
        notify(supervisors(), ticket=ticket, kind=Notification.Kind.ESCALATED, event=event)
    return f"tier:{target}:nobody_there"


def _raise_priority(rung: Rung) -> str:
    ticket = rung.ticket
    place = PRIORITIES.index(ticket.priority)
    target = rung.params.get("to") or PRIORITIES[min(place + 1, len(PRIORITIES) - 1)]
    if PRIORITIES.index(target) <= place:
        return "already_there"
    handling.update_ticket(actor=SLA, ticket=ticket, rule=rung.rule, priority=target)
    return f"priority:{target}"


def _reassign(rung: Rung) -> str:
    ticket = rung.ticket
    people = [p for p in members(ticket, ticket.tier) if p.pk != ticket.assignee_id]
    if not people:
        notify(supervisors(), ticket=ticket, kind=Notification.Kind.SLA_BREACHED, event=_event(rung))
        return "nobody_there"
    open_tickets = Count("assigned_tickets", filter=~Q(assigned_tickets__status__in=["solved", "closed"]))
    chosen = (
        User.objects.filter(pk__in=[p.pk for p in people]).annotate(load=open_tickets).order_by("load", "pk").first()
    )
    assert chosen is not None
    handling.assign(actor=SLA, ticket=ticket, assignee=chosen, reason=rung.reason, rule=rung.rule)
    return f"assigned:{chosen.pk}"


def _message(rung: Rung) -> str:
    if rung.ticket.held:
        return "held"  # of a mail that we do not believe: no automatic words
    texts = rung.params["text"]
    post_line(rung.ticket, texts.get(rung.ticket.language[:2]) or texts["en"], at=rung.now)
    return "posted"


_ACTIONS: dict[str, Callable[[Rung], str]] = {
    "notify": _notify,
    "raise_tier": _raise_tier,
    "raise_priority": _raise_priority,
    "reassign": _reassign,
    "message": _message,
}


# --- people ------------------------------------------------------------------------------------------


def supervisors() -> list[User]:
    """Active supervisors; administrators where there are none."""
    people = User.objects.filter(is_active=True).order_by("pk")
    return list(people.filter(role=User.Role.SUPERVISOR)) or list(people.filter(role=User.Role.ADMIN))


def _people(ticket: Ticket, to: str) -> list[User]:
    """Whom `to` means; supervisors when it would be nobody, so that no alarm rings in an empty room."""
    people: list[User] = []
    if to == "assignee":
        people = [ticket.assignee] if ticket.assignee and ticket.assignee.is_active else []
        to = "tier"
    if to == "tier":
        people = people or members(ticket, ticket.tier)
    elif to == "department":
        people = members(ticket)
    return people or supervisors()
