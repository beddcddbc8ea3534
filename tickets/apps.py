from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from helpdesk.hours.signals import calendar_changed

        from .services import clocks

        def work_out_again(calendar_id: int, **kwargs: object) -> None:
            clocks.calendar_changed(calendar_id)

        calendar_changed.connect(work_out_again, weak=False, dispatch_uid="tickets.clocks")
