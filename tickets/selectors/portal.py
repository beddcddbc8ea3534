"""A ticket as its customer sees it: plain words, no notes, no internal events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.people.models import Customer

from ..access import tickets_for
from ..models import Message, SlaClock, Ticket
from .timeline import messages_of

STEPS = ("received", "with_us", "waiting_for_you", "solved")


@dataclass(frozen=True)
class Progress:
    """Where the request stands: `step` is one of STEPS; `sentence` says it in words."""

    step: str
    sentence: str
    holder: str  # who has it
    since: dt.datetime
    next_update: dt.datetime | None
    late: bool  # that instant has passed: say so rather than promise the past


def step_of(ticket: Ticket) -> str:
    if ticket.is_done:
        return "solved"
    if ticket.status == Ticket.Status.PENDING:
        return "waiting_for_you"
    return "received" if ticket.status == Ticket.Status.NEW and ticket.tier == 1 else "with_us"


def holder(ticket: Ticket) -> str:
    """Who has it, in words that a customer understands: team and department, no names."""
    who = {1: _("our team"), 2: _("our specialists"), 3: _("our management team")}[ticket.tier]
    if ticket.department is None:
        return who
    return _("%(who)s in %(department)s") % {"who": who, "department": ticket.department.name_in()}


def progress(ticket: Ticket, *, now: dt.datetime) -> Progress:
    """What is happening, in one sentence, and when the next word is due (one query)."""
    step, who = step_of(ticket), holder(ticket)
    sentence = {
        "received": _("We have received your request and will answer soon."),
        "with_us": _("We are working on it."),
        "waiting_for_you": _("We have answered and are waiting for your reply."),
        "solved": _("This request is solved.") if ticket.status == "solved" else _("This request is closed."),
    }[step]
    due = None
    if step in ("received", "with_us"):
        running = SlaClock.objects.filter(
            ticket=ticket, state="running", metric__in=["first_reply", "next_reply", "periodic_update"]
        )
        due = running.exclude(due_at=None).order_by("due_at").values_list("due_at", flat=True).first()
    late = due is not None and due <= now
    return Progress(step, sentence, who, ticket.held_since, due, late)


@dataclass(frozen=True)
class Row:
    number: int
    subject: str
    step: str
    label: str
    snippet: str
    updated_at: dt.datetime


def label_of(step: str) -> str:
    return {
        "received": pgettext("request", "Received"),
        "with_us": pgettext("request", "With us"),
        "waiting_for_you": pgettext("request", "Waiting for you"),
        "solved": pgettext("request", "Solved"),
    }[step]


def requests_of(customer: Customer, *, limit: int = 100) -> list[Row]:
    """The customer's requests, the liveliest first; one query."""
    tickets = tickets_for(customer).select_related("department").order_by("-updated_at")[:limit]
    return [
        Row(t.number, t.subject, step_of(t), label_of(step_of(t)), t.snippet, t.last_message_at or t.updated_at)
        for t in tickets
    ]


def conversation(ticket: Ticket) -> list[Message]:
    """The public messages in order, with their files; three queries. Notes are another type and cannot be here."""
    return list(messages_of(ticket))
