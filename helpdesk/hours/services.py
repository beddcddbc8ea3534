"""The verbs of calendars. Administrators only; every change stands in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from helpdesk.audit.services import record
from helpdesk.lib.errors import RuleViolation
from helpdesk.people.actors import require_admin

from .models import Calendar
from .rules import calendar_json, calendar_name, parse_calendar
from .signals import calendar_changed

if TYPE_CHECKING:
    from helpdesk.people.actors import Actor


def create_calendar(*, actor: Actor, name: str, hours: Mapping[str, Any]) -> Calendar:
    """A new calendar with `hours` as `rules.parse_calendar` takes them.

    Raises Forbidden, Invalid (with the field at fault) and RuleViolation `calendar_name_taken`.
    """
    require_admin(actor)
    calendar = Calendar(name=calendar_name(name), **calendar_json(parse_calendar(dict(hours))))
    with transaction.atomic():
        _save(calendar)
        record(actor=actor, action="calendar.create", target=calendar, after=_state(calendar))
    return calendar


def update_calendar(
    *, actor: Actor, calendar: Calendar, name: str | None = None, hours: Mapping[str, Any] | None = None
) -> Calendar:
    """Change name, hours, or both. `hours` replaces only the keys it holds. Raises as `create_calendar`.

    Sends `calendar_changed` after commit when the hours differ.
    """
    require_admin(actor)
    with transaction.atomic():
        calendar = _locked(calendar)
        before = _state(calendar)
        if name is not None:
            calendar.name = calendar_name(name)
        if hours is not None:
            for key, value in calendar_json(parse_calendar({**calendar.hours, **hours})).items():
                setattr(calendar, key, value)
        after = _state(calendar)
        if after == before:
            return calendar
        _save(calendar, update_fields=[*after, "updated_at"])
        record(actor=actor, action="calendar.update", target=calendar, before=before, after=after)
        if {**after, "name": ""} != {**before, "name": ""}:
            transaction.on_commit(partial(_tell, calendar.pk))
    return calendar


def delete_calendar(*, actor: Actor, calendar: Calendar) -> None:
    """Remove a calendar that nothing uses. Raises Forbidden and RuleViolation `calendar_in_use`."""
    require_admin(actor)
    try:
        with transaction.atomic():
            record(actor=actor, action="calendar.delete", target=calendar, before=_state(calendar))
            calendar.delete()
    except (ProtectedError, RestrictedError, IntegrityError):  # the last: a reference made meanwhile
        raise RuleViolation(
            "calendar_in_use", _("A department or a policy uses this calendar; give it another one first.")
        ) from None


def _locked(calendar: Calendar) -> Calendar:
    try:
        return Calendar.objects.select_for_update().get(pk=calendar.pk)
    except Calendar.DoesNotExist:
        raise RuleViolation("not_found", _("This calendar has been deleted meanwhile."), status=404) from None


def _save(calendar: Calendar, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():  # a savepoint, so that the outer transaction survives the refusal
            calendar.save(update_fields=update_fields)
    except IntegrityError:
        raise RuleViolation(
            "calendar_name_taken", _("There is already a calendar with this name."), field="name"
        ) from None


def _state(calendar: Calendar) -> dict[str, Any]:
    return {"name": calendar.name, **calendar.hours}


def _tell(calendar_id: int) -> None:
    calendar_changed.send(Calendar, calendar_id=calendar_id)
