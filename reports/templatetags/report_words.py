"""`{% load report_words %}`: figures as people read them, and links to the rows behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template

from helpdesk.people.models import User
from tickets.models import Ticket

from .. import words

register = template.Library()
register.filter("duration", words.duration)
register.filter("percent", words.percent)
register.filter("share", words.share)
register.filter("count", words.count)


@register.filter
def unlocalized(value: object) -> str:
    """A number as a program reads it, whatever the reader's decimal sign."""
    return str(value)


@register.filter
def channel_name(value: str) -> str:
    return str(Ticket.Channel(value).label)


@register.filter
def status_name(value: str) -> str:
    return str(Ticket.Status(value).label)


@register.simple_tag(takes_context=True)
def rows_query(context: template.Context, kind: str, **changes: Any) -> str:
    """The parameters of the page of rows behind a figure; an agent of None asks for tickets that nobody has."""
    named = {name: "none" if value is None else value for name, value in changes.items()}
    return str(context["asked"].query(of=kind, **named))


@register.filter
def first_reply_seconds(ticket: Ticket) -> float | None:
    """From opening to the first reply, by the calendar clock."""
    replied = ticket.first_replied_at
    return None if replied is None else (replied - ticket.created_at).total_seconds()


@register.filter
def presence_name(status: str) -> str:
    return str(User.Status(status).label)


@register.filter
def at(mapping: dict[str, Any], key: str) -> Any:
    """The entry of a mapping under a name that a variable holds."""
    return mapping.get(key)


@register.filter
def as_date(day: str) -> dt.date:
    """The date in "2026-11-21"."""
    return dt.date.fromisoformat(day)
