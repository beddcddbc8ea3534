"""The filters of the reports' pages."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from helpdesk.people.models import Department, User
from tickets.models import Ticket

from . import scope
from .scope import Scope

# Name in the address → words, and the days before today (first, last).
PERIODS: dict[str, tuple[object, int, int]] = {
    "today": (_("Today"), 0, 0),
    "yesterday": (_("Yesterday"), 1, 1),
    "7": (_("Last 7 days"), 6, 0),
    "28": (_("Last 28 days"), 27, 0),
    "90": (_("Last 90 days"), 89, 0),
}
CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: object
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the reader asked for, and how the form shows it again."""

    scope: Scope
    period: str
    first: dt.date
    last: dt.date  # inclusive: what people mean by "until"
    raw: dict[str, str]

    def query(self, **changes: object) -> str:
        """The address' parameters with `changes`; the span as exact instants, so that a link means the same later."""
        fixed = {"from": self.scope.start.isoformat(), "to": self.scope.end.isoformat()}
        kept = {name: self.raw[name] for name in ("department", "channel", "agent") if self.raw.get(name)}
        return urlencode({**fixed, **kept, **changes})

    @property
    def periods(self) -> list[Choice]:
        named = [Choice(name, words, name == self.period) for name, (words, *_days) in PERIODS.items()]
        return [*named, Choice(CUSTOM, _("Other dates"), self.period == CUSTOM)]

    @property
    def channels(self) -> list[Choice]:
        return [Choice(value, label, value == self.scope.channel) for value, label in Ticket.Channel.choices]

    @property
    def departments(self) -> list[Choice]:
        rows = Department.objects.filter(is_active=True)
        return [Choice(str(d.pk), d.name_in(), str(d.pk) == self.raw.get("department")) for d in rows]

    @property
    def agents(self) -> list[Choice]:
        rows = User.objects.filter(is_active=True).values_list("pk", "name")
        return [Choice(str(pk), name, str(pk) == self.raw.get("agent")) for pk, name in rows]


def read(raw: Mapping[str, str], *, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> Filter:
    """The filter in an address: a named `period`, or `first` and `last` (dates, both included), or `from` and `to`.

    Raises Invalid with the field, as the API does.
    """
    given = {name: value for name, value in raw.items() if value}
    today = now.astimezone(zone).date()
    period = given.pop("period", "")
    if period not in PERIODS:
        period = CUSTOM if given.keys() & {"first", "last", "from", "to"} else "28"
    if period != CUSTOM:
        _words, first, last = PERIODS[period]
        span = _days(today - dt.timedelta(days=first), today - dt.timedelta(days=last), zone, now)
        given = {**{k: v for k, v in given.items() if k not in ("from", "to", "first", "last")}, **span}
    else:
        if first_day := given.pop("first", ""):
            given["from"] = first_day
        if last_day := given.pop("last", ""):
            given["to"] = _day_after(last_day)
    found = scope.parse(given, zone=zone, now=now)
    last_instant = found.end - dt.timedelta(microseconds=1)
    return Filter(found, period, found.start.astimezone(zone).date(), last_instant.astimezone(zone).date(), given)


def _days(first: dt.date, last: dt.date, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> dict[str, str]:
    end = min(scope.midnight(last + dt.timedelta(days=1), zone), now)
    start = min(scope.midnight(first, zone), end - dt.timedelta(seconds=1))
    return {"from": start.isoformat(), "to": end.isoformat()}


def _day_after(text: str) -> str:
    """The day after the date in `text`; what is no date is left for the parser to refuse."""
    try:
        return (dt.date.fromisoformat(text) + dt.timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text
