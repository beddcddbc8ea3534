"""Calendars as rows. The hours are kept as the JSON that the API speaks, in canonical form."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from .clock import CalendarSpec
from .rules import MAX_CALENDAR_NAME, parse_calendar

if TYPE_CHECKING:
    from helpdesk.people.actors import Actor


class CalendarQuerySet(models.QuerySet["Calendar"]):
    def visible_to(self, actor: Actor) -> CalendarQuerySet:
        """All for active colleagues and the system; none for customers."""
        from helpdesk.people.actors import System, staff

        user = staff(actor)
        if isinstance(actor, System) or (user is not None and user.is_active):
            return self.all()
        return self.none()


class Calendar(models.Model):
    """When a team works. Written by `services` only, which store what `rules.parse_calendar` let through."""

    name = models.CharField(max_length=MAX_CALENDAR_NAME, unique=True)
    time_zone = models.CharField(max_length=64)
    weekly = models.JSONField(default=dict)
    holidays = models.JSONField(default=list, blank=True)
    openings = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="calendar_has_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> dict[str, Any]:
        """`{"time_zone", "weekly", "holidays", "openings"}`, as the API speaks it."""
        return {
            "time_zone": self.time_zone,
            "weekly": self.weekly,
            "holidays": self.holidays,
            "openings": self.openings,
        }

    @property
    def spec(self) -> CalendarSpec:
        """The value that `helpdesk.hours.clock` computes with; equal hours give the very same object."""
        return _spec(json.dumps(self.hours, sort_keys=True))


@lru_cache(maxsize=256)
def _spec(hours: str) -> CalendarSpec:
    return parse_calendar(json.loads(hours))
