"""`manage.py up`, for `manage.py help`: manage.py itself starts the supervisor without loading Django."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from helpdesk.engines import supervisor


class Command(BaseCommand):
    help = "Run the whole helpdesk: engines, web, worker and beat under one supervisor. Ctrl-C stops it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        supervisor.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = supervisor.run(options["host"], options["port"], options["data_dir"], demo=not options["no_demo"])
        if code:
            raise SystemExit(code)
