"""A promise as the console's chip: a ring that empties, and words. `selectors.sla` knows what is true."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import SlaClock, Ticket
from . import sla


@dataclass(frozen=True)
class Chip:
    """`fraction` is the share of the time still left, 0 to 1; time.js keeps chip and words true from there."""

    state: str  # running | warning | breached | paused | met
    label: str
    fraction: float
    due_at: dt.datetime | None
    metric_label: str
    why: str = ""


def of_ticket(ticket: Ticket, now: dt.datetime) -> Chip | None:
    """The one promise that matters in a list; None when there is none or it is over."""
    found = sla.chip_for(ticket, now)
    return None if found.state == "none" or ticket.is_done else _shown(found, now, over=False)


def of_clock(clock: SlaClock, now: dt.datetime, *, why: str = "") -> Chip:
    return _shown(sla.chip_of(clock, now), now, over=clock.stopped_at is not None, why=why)


def _shown(found: sla.Chip, now: dt.datetime, *, over: bool, why: str = "") -> Chip:
    state = "met" if found.state == "stopped" else found.state
    due = found.due_at if state in ("running", "warning", "breached") and not over else None
    return Chip(
        state, _label(found, due, now, over=over), 1 - found.fraction, due, str(found.label), why
    )  # fmt: skip


def _label(found: sla.Chip, due: dt.datetime | None, now: dt.datetime, *, over: bool) -> str:
    if found.state == "breached":
        return _("Missed") if over else _("Late")
    if found.state in ("met", "stopped"):
        return _("Kept") if found.state == "met" else _("Ended")
    if found.state == "paused":
        return _("Paused")
    return _("Due {time}").format(time=_moment(due, now)) if due else _("No deadline")


def _moment(due: dt.datetime, now: dt.datetime) -> str:
    here, today = timezone.localtime(due), timezone.localtime(now)
    return date_format(here, "TIME_FORMAT" if here.date() == today.date() else "SHORT_DATETIME_FORMAT")
