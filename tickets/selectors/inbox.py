"""The list of the inbox: rows as they are shown, page by page from a key, not from an offset."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.people.models import User
from helpdesk.web.rest_pages import beyond

from ..models import Ticket
from . import chips
from .sla import with_clocks
from .views import Inbox

PAGE = 40


@dataclass(frozen=True)
class Row:
    """One ticket in the list."""

    number: int
    subject: str
    customer_name: str
    snippet: str
    status: str
    priority: str
    channel: str
    tier: int
    assignee_initials: str
    assignee_name: str
    waiting: bool  # the customer's last words stand unanswered
    sla: chips.Chip | None
    url: str
    updated_at: dt.datetime
    selected: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next_url: str


def _related(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.select_related("customer", "assignee").prefetch_related(with_clocks())


def row_of(ticket: Ticket, *, inbox: Inbox, now: dt.datetime, selected: int | None = None) -> Row:
    """`ticket` (from `_related`) as a row."""
    return Row(
        number=ticket.number, subject=ticket.subject, customer_name=ticket.customer.display_name,
        snippet=ticket.snippet, status=ticket.status, priority=ticket.priority, channel=ticket.channel,
        tier=ticket.tier, assignee_initials=ticket.assignee.initials if ticket.assignee else "",
        assignee_name=ticket.assignee.name if ticket.assignee else "", waiting=ticket.waiting_since is not None,
        sla=chips.of_ticket(ticket, now),
        url=f"/console/tickets/{ticket.number}/{inbox.query}", updated_at=ticket.updated_at,
        selected=ticket.number == selected,
    )  # fmt: skip


def page(actor: User, inbox: Inbox, *, after: str = "", selected: int | None = None) -> Page:
    """PAGE rows of `inbox` behind the key `after`: two queries, however many tickets there are."""
    found = inbox.tickets(actor)
    if after:
        found = found.filter(_behind(after, inbox.chosen.order))
    tickets = list(_related(found)[: PAGE + 1])
    now = timezone.now()
    rows = [row_of(t, inbox=inbox, now=now, selected=selected) for t in tickets[:PAGE]]
    if len(tickets) <= PAGE:
        return Page(rows, "")
    key = _key(tickets[PAGE - 1], inbox.chosen.order)
    return Page(rows, f"/console/{inbox.query}&{urlencode({'after': key})}")


def row_for(actor: User, inbox: Inbox, number: int) -> Row | None:
    """The row of one ticket, or None when it does not stand in this list (any more)."""
    ticket = _related(inbox.tickets(actor).filter(number=number)).first()
    return row_of(ticket, inbox=inbox, now=timezone.now()) if ticket else None


def _key(ticket: Ticket, order: tuple[str, str]) -> str:
    return f"{getattr(ticket, order[0].lstrip('-')).isoformat()}_{ticket.pk}"


def _behind(key: str, order: tuple[str, str]) -> Q:
    """Rows that come after the one with this key. Raises Invalid for a key that we never gave."""
    moment, _separator, pk = key.rpartition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not (pk.isascii() and pk.isdigit() and len(pk) <= 18):
        raise Invalid("after", _("This place in the list cannot be read."))
    return beyond(order[0].lstrip("-"), [at, int(pk)], order[0].startswith("-"))
