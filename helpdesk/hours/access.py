"""The only way to fetch a calendar for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext as _

from .models import Calendar

if TYPE_CHECKING:
    from helpdesk.people.actors import Actor


def get_calendar_for(actor: Actor, pk: int | str) -> Calendar:
    """The calendar, if `actor` may read it; Http404 otherwise, also when `pk` is no number."""
    try:
        return Calendar.objects.visible_to(actor).get(pk=pk)
    except (Calendar.DoesNotExist, ValueError, OverflowError):
        raise Http404(_("No such calendar.")) from None
