"""What is done with a ticket: who has it, at which tier, in which state."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.text import clean_line
from helpdesk.people.actors import Actor, require_staff
from helpdesk.people.models import Customer, Department, User

from .. import signals
from ..models import Event, Message, Note, Notification, Ticket
from ..rules import status as status_rules
from . import clocks
from .conversation import _move, checked_text, post_line
from .notify import notify
from .timeline import COUNTERS, MESSAGE_FIELDS, append_event, append_note, audience, changed, lock


def _refuse_done(ticket: Ticket) -> None:
    if ticket.is_done:
        raise RuleViolation("ticket_done", _("This ticket is solved. Reopen it first."))


@transaction.atomic
def assign(
    *,
    actor: Actor,
    ticket: Ticket,
    assignee: User | None,
    reason: str = "",
    rule: str = "",
    at: dt.datetime | None = None,
) -> Ticket:
    """Give the ticket to a colleague, or to nobody. Assigning what they have already changes nothing."""
    require_staff(actor)
    ticket = lock(ticket)
    if ticket.assignee_id == (assignee.pk if assignee else None):
        return ticket
    _refuse_done(ticket)
    if assignee is not None:
        if not assignee.is_active:
            raise Invalid("assignee", _("This account is closed."))
        serves = assignee.is_supervisor or ticket.department_id in {None, *assignee.department_ids()}
        if not serves:
            raise Invalid("assignee", _("%(name)s does not serve this department.") % {"name": assignee.name})
    before, told = ticket.assignee, audience(ticket)
    ticket.assignee = assignee
    event = append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.ASSIGNED, rule=rule, at=at,
        data={
            "from": before.pk if before else None, "from_name": before.name if before else None,
            "to": assignee.pk if assignee else None, "to_name": assignee.name if assignee else None,
            **({"reason": reason} if reason else {}),
        },
    )  # fmt: skip
    ticket.save(update_fields=["assignee", *COUNTERS])
    signals.handed_over.send(sender=Ticket, ticket=ticket, event=event)
    if assignee is not None and assignee != actor:
        notify([assignee], ticket=ticket, kind=Notification.Kind.ASSIGNED, event=event)
    changed(ticket, also=told)
    return ticket


@transaction.atomic
def transfer(
    *,
    actor: Actor,
    ticket: Ticket,
    reason: str,
    brief: str,
    department: Department | None = None,
    assignee: User | None = None,
    at: dt.datetime | None = None,
) -> Ticket:
    """Hand the ticket to a department or a colleague, with what the next one must know.

    The brief becomes an internal note, so that the customer does not repeat; the customer gets a plain line.
    Raises Invalid for a missing reason, brief or target.
    """
    require_staff(actor)
    why, words = _reason_and_brief(reason, brief)
    if (department is None) == (assignee is None):
        raise Invalid("department", _("Choose a department or a colleague."))
    ticket = lock(ticket)
    _refuse_done(ticket)
    now, told = at or timezone.now(), audience(ticket)
    before = {"department": ticket.department_id, "assignee": ticket.assignee_id, "tier": ticket.tier}
    if department is not None:
        if department.pk == ticket.department_id:
            raise Invalid("department", _("The ticket is there already."), code="same_department")
        ticket.department, ticket.assignee, ticket.tier = department, None, 1
    else:
        assert assignee is not None
        if assignee.pk == ticket.assignee_id or not assignee.is_active:
            raise Invalid("assignee", _("Choose another colleague."))
        if ticket.department_id not in {None, *assignee.department_ids()} and not assignee.is_supervisor:
            raise Invalid("assignee", _("%(name)s does not serve this department.") % {"name": assignee.name})
        ticket.assignee = assignee
    ticket.held_since = now
    append_note(actor=actor, ticket=ticket, text=words, at=now, kind=Note.Kind.BRIEF)
    event = append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.TRANSFERRED, at=now,
        data={
            "from": before, "reason": why,
            "to": {"department": ticket.department_id, "assignee": ticket.assignee_id, "tier": ticket.tier},
            "to_name": assignee.name if assignee else str(department),
        },
    )  # fmt: skip
    _say_who_has_it(ticket, now)
    clocks.properties_changed(ticket, at=now)
    ticket.save(update_fields=["department", "assignee", "tier", "held_since", *MESSAGE_FIELDS, *clocks.FIELDS])
    signals.handed_over.send(sender=Ticket, ticket=ticket, event=event)
    people = [assignee] if assignee else members(ticket)
    notify(people, ticket=ticket, kind=Notification.Kind.TRANSFERRED, event=event, besides=actor)
    changed(ticket, also=told)
    return ticket


def _reason_and_brief(reason: str, brief: str) -> tuple[str, str]:
    why = clean_line(reason, max_length=200)
    if not why:
        raise Invalid("reason", _("Say why."), code="required")
    if not brief.strip():
        raise Invalid("brief", _("Write what the next colleague must know."), code="required")
    return why, checked_text(brief, field="brief")


@transaction.atomic
def escalate(
    *,
    actor: Actor,
    ticket: Ticket,
    reason: str,
    brief: str = "",
    to_tier: int | None = None,
    rule: str = "",
    due_at: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> Ticket:
    """Raise the ticket to the next tier (or to `to_tier`, above it). People write a brief; rules name themselves.

    Raises RuleViolation("no_next_tier") at tier 3. Whoever had it no longer does, unless they stand at the new
    tier too; the agents of the new tier are told; the customer reads who has it now.
    """
    require_staff(actor)
    ticket = lock(ticket)
    _refuse_done(ticket)
    if rule:
        why, words = clean_line(reason, max_length=200), ""
    else:
        why, words = _reason_and_brief(reason, brief)
    target = to_tier if to_tier is not None else status_rules.next_tier(ticket.tier)
    if target is None or ticket.tier == 3:
        raise RuleViolation("no_next_tier", _("Tier 3 is the last one."))
    if not ticket.tier < target <= 3:
        raise Invalid("tier", _("Choose a tier above %(tier)s.") % {"tier": ticket.tier})
    now, told = at or timezone.now(), audience(ticket)
    before, previous = ticket.tier, ticket.assignee
    ticket.tier, ticket.held_since = target, now
    if previous is not None and not _stands_at(previous, ticket, target):
        ticket.assignee = None
    if words:
        append_note(actor=actor, ticket=ticket, text=words, at=now, kind=Note.Kind.BRIEF)
    people = members(ticket, tier=target)
    event = append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.ESCALATED, at=now, rule=rule, due_at=due_at,
        data={
            "from": before, "to": target, "reason": why,
            "from_assignee": previous.pk if previous else None,
            "told": [p.pk for p in people], "skipped": target - before > 1,
        },
    )  # fmt: skip
    _say_who_has_it(ticket, now)
    clocks.properties_changed(ticket, at=now)
    ticket.save(update_fields=["tier", "assignee", "held_since", *MESSAGE_FIELDS, *clocks.FIELDS])
    signals.handed_over.send(sender=Ticket, ticket=ticket, event=event)
    notify(people, ticket=ticket, kind=Notification.Kind.ESCALATED, event=event, besides=actor)
    changed(ticket, also=told)
    return ticket


def members(ticket: Ticket, tier: int | None = None) -> list[User]:
    """Active members of the ticket's department (of any, when it has none) at `tier` (at all, when None)."""
    stands = Q(memberships__department=ticket.department_id) if ticket.department_id else Q(memberships__isnull=False)
    if tier is not None:
        stands &= Q(memberships__tier=tier)
    return list(User.objects.filter(stands, is_active=True).distinct().order_by("pk"))


def _stands_at(user: User, ticket: Ticket, tier: int) -> bool:
    rows = user.memberships.filter(tier=tier)
    return (rows.filter(department=ticket.department_id) if ticket.department_id else rows).exists()


def _say_who_has_it(ticket: Ticket, at: dt.datetime) -> None:
    """The customer's line after a hand-over, in the customer's language, with the number."""
    with translation.override(ticket.language or "en"):
        who = {
            1: _("our team"), 2: _("our specialists"), 3: _("our management team"),
        }[ticket.tier]  # fmt: skip
        if ticket.department:
            text = _("Your request %(number)s is now with %(who)s in %(department)s. You need not repeat anything.") % {
                "number": f"#{ticket.number}", "who": who, "department": ticket.department.name_in(ticket.language),
            }  # fmt: skip
        else:
            text = _("Your request %(number)s is now with %(who)s. You need not repeat anything.") % {
                "number": f"#{ticket.number}", "who": who,
            }  # fmt: skip
    post_line(ticket, text, at=at)


@transaction.atomic
def set_status(*, actor: Actor, ticket: Ticket, status: str, reason: str = "", at: dt.datetime | None = None) -> Ticket:
    """Move the ticket by hand. Raises RuleViolation("status") for a move that the rules do not know."""
    require_staff(actor)
    ticket = lock(ticket)
    if status == ticket.status:
        return ticket
    if status not in Ticket.Status.values or not status_rules.may_move(ticket.status, status):
        raise RuleViolation(
            "status",
            _("A ticket that is “%(old)s” cannot become “%(new)s”.")
            % {"old": ticket.get_status_display(), "new": dict(Ticket.Status.choices).get(status, status)},
        )
    fields = _move(actor, ticket, status, at or timezone.now(), reason=reason)
    ticket.save(update_fields=fields)
    changed(ticket)
    return ticket


def solve(*, actor: Actor, ticket: Ticket) -> Ticket:
    """Done, as far as we know; the customer may wake it."""
    return set_status(actor=actor, ticket=ticket, status=Ticket.Status.SOLVED)


@transaction.atomic
def solve_by_customer(*, actor: Customer, ticket: Ticket, at: dt.datetime | None = None) -> Ticket:
    """The customer says that it is done; an answer that was still due is needed no more."""
    ticket, now = lock(ticket), at or timezone.now()
    if ticket.is_done:
        return ticket
    fields = _move(actor, ticket, Ticket.Status.SOLVED, now, reason="customer")
    if ticket.waiting_since is not None:
        ticket.waiting_since = None
        clocks.nobody_waits(ticket, at=now)
    ticket.save(update_fields=[*fields, "waiting_since"])
    changed(ticket)
    return ticket


@transaction.atomic
def reopen(*, actor: Actor, ticket: Ticket, reason: str = "", at: dt.datetime | None = None) -> Ticket:
    """Back to work. Staff and the customer may; a closed ticket stays closed.

    A customer whose words stand unanswered waits again: see `solve_by_customer`.
    """
    ticket, now = lock(ticket), at or timezone.now()
    if not ticket.is_done:
        return ticket
    if ticket.status == Ticket.Status.CLOSED:
        raise RuleViolation("ticket_closed", _("A closed ticket stays closed. Open a linked one instead."))
    fields = _move(actor, ticket, Ticket.Status.OPEN, now, reason=reason or "reopened")
    unanswered = ticket.waiting_since is None and ticket.last_author_kind == Message.Author.CUSTOMER
    if unanswered and isinstance(actor, Customer):
        ticket.waiting_since = now
        clocks.customer_wrote(ticket, at=now)
        fields.append("waiting_since")
    ticket.save(update_fields=fields)
    changed(ticket)
    return ticket


EDITABLE = frozenset({"subject", "priority", "tags", "custom_fields", "language", "department"})


@transaction.atomic
def update_ticket(*, actor: Actor, ticket: Ticket, rule: str = "", **fields: Any) -> Ticket:
    """Change properties; one Event per property that really changed. Clocks are worked out again.

    A first department is set here; moving on from one is a transfer and needs a brief.
    """
    require_staff(actor)
    if unknown := fields.keys() - EDITABLE:
        raise Invalid(sorted(unknown)[0], _("This field cannot be changed here."))
    ticket = lock(ticket)
    now, told = timezone.now(), audience(ticket)
    saved: list[str] = []
    arrival: Event | None = None  # a first department: who lives with the ticket (a chat) follows it there
    for name, value in fields.items():
        old = getattr(ticket, name)
        if name == "subject":
            value = clean_line(value, max_length=300)
            if not value:
                raise Invalid("subject", _("Write a subject."))
        elif name == "tags":
            value = sorted({clean_line(t, max_length=40).lower() for t in value} - {""})
        elif name == "priority" and value not in Ticket.Priority.values:
            raise Invalid("priority", _("Unknown priority."))
        elif name == "department" and ticket.department_id and value != old:
            raise RuleViolation("needs_transfer", _("Use transfer: the next team needs a brief."))
        if old == value:
            continue
        setattr(ticket, name, value)
        saved.append(name)
        kind = Event.Kind.PRIORITY_CHANGED if name == "priority" else Event.Kind.FIELD_CHANGED
        shown = (
            {"from": old.pk if old else None, "to": value.pk} if name == "department" else {"from": old, "to": value}
        )
        event = append_event(actor=actor, ticket=ticket, kind=kind, at=now, data={"field": name, **shown}, rule=rule)
        if name == "department":
            ticket.held_since, arrival = now, event
    if saved:
        clocks.properties_changed(ticket, at=now)
        ticket.save(update_fields=[*saved, "held_since", *COUNTERS, *clocks.FIELDS])
        if arrival is not None:
            signals.handed_over.send(sender=Ticket, ticket=ticket, event=arrival)
        changed(ticket, also=told)
    return ticket
