from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from helpdesk.hours.signals import calendar_changed
        from helpdesk.people.signals import department_calendar_changed

        from .services import sweep

        def work_out_again(calendar_id: int, **kwargs: object) -> None:
            sweep.calendar_changed(calendar_id)

        def measure_again(department_id: int, **kwargs: object) -> None:
            sweep.department_calendar_changed(department_id)

        calendar_changed.connect(work_out_again, weak=False, dispatch_uid="tickets.clocks")
        department_calendar_changed.connect(measure_again, weak=False, dispatch_uid="tickets.department_clocks")
