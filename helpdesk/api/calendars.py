"""The door to calendars with the plumbing of the API, which `helpdesk.hours` lies below."""

from __future__ import annotations

from typing import Any

from helpdesk.hours.api import CalendarViewSet
from helpdesk.web.rest import AdminWrites, ApiViewSet, StaffPermission


class CalendarApi(ApiViewSet, CalendarViewSet):
    def get_permissions(self) -> list[Any]:
        return [StaffPermission() if self.action == "preview" else AdminWrites()]
