from __future__ import annotations

from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "helpdesk"
    verbose_name = "Helpdesk"

    def ready(self) -> None:
        # Celery's `shared_task` binds to the app that exists when tasks are called.
        from helpdesk import celery  # noqa: F401
