"""The calendars' door alone, so that these tests need no other."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from helpdesk.api.calendars import CalendarApi

router = SimpleRouter()
router.register("api/v1/calendars", CalendarApi, basename="calendar")
urlpatterns = router.urls
