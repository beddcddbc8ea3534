"""Which tickets a report is about: a span of time and three filters, read the same way by page, CSV and API."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.people.models import Department, User
from tickets.models import Ticket

DEFAULT_DAYS = 28
LONGEST = dt.timedelta(days=800)
NONE = "none"  # a filter's value for rows that point at nothing
_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scope:
    """The half-open span [start, end) and the filters. A key of 0 means "none at all" (no department, no agent)."""

    start: dt.datetime
    end: dt.datetime
    zone: zoneinfo.ZoneInfo
    department: int | None = None
    channel: str | None = None
    agent: int | None = None

    def days(self) -> list[dt.date]:
        """Every calendar day of the reader that the span touches."""
        first = self.start.astimezone(self.zone).date()
        last = (self.end - dt.timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def zone_of(user: User) -> zoneinfo.ZoneInfo:
    """The reader's time zone; UTC when the stored name is unknown on this machine."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def midnight(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """When `day` begins for the reader, in UTC. Where clocks skip midnight, the first instant there is."""
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)


def parse(raw: Mapping[str, str], *, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> Scope:
    """`from`, `to` (RFC 3339, or dates that begin in `zone`), `department`, `channel`, `agent`.

    Without `from` 28 days before `to`; without `to` up to now. Raises Invalid with the field.
    """
    end = _instant("to", raw.get("to"), zone) or now
    start = _instant("from", raw.get("from"), zone)
    if start is None:
        first = end.astimezone(zone).date() - dt.timedelta(days=DEFAULT_DAYS - 1)
        start = min(midnight(first, zone), end - dt.timedelta(seconds=1))
    if start >= end:
        raise Invalid("to", _("“to” must be later than “from”."))
    if end - start > LONGEST:
        raise Invalid("from", _("At most %(days)s days at a time.") % {"days": LONGEST.days})
    channel = (raw.get("channel") or "").strip() or None
    if channel is not None and channel not in Ticket.Channel.values:
        raise Invalid("channel", _("Choose from: %(names)s.") % {"names": ", ".join(Ticket.Channel.values)})
    department, agent = _key("department", raw), _key("agent", raw)
    if department and not Department.objects.filter(pk=department).exists():
        raise Invalid("department", _("There is no such department."))
    if agent and not User.objects.filter(pk=agent).exists():
        raise Invalid("agent", _("There is no such colleague."))
    return Scope(start=start, end=end, zone=zone, department=department, channel=channel, agent=agent)


def _instant(field: str, raw: str | None, zone: zoneinfo.ZoneInfo) -> dt.datetime | None:
    text = (raw or "").strip()
    if not text:
        return None
    # A plus sign that the sender did not encode arrives as a space.
    text = re.sub(r" (?=\d\d:?\d\d$)", "+", text)
    try:
        day = parse_date(text) if len(text) == 10 else None
        moment = midnight(day, zone) if day and 1 < day.year < 9999 else parse_datetime(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        raise Invalid(field, _("A date (2026-11-21) or a time with its zone (2026-11-21T09:00:00Z)."))
    return moment.astimezone(dt.UTC)


def _key(field: str, raw: Mapping[str, str]) -> int | None:
    text = (raw.get(field) or "").strip()
    if not text:
        return None
    if text == NONE:
        return 0
    if not _KEY.fullmatch(text):
        raise Invalid(field, _("A whole number, or “none”."))
    return int(text) or -1  # no row has id 0: not "none", but unknown
