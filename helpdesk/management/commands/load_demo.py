"""`manage.py load_demo`: Casa Lumbre, an invented shop with a month of tickets."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from helpdesk.demo import loader, logins


class Command(BaseCommand):
    help = "Fill an empty helpdesk with an invented shop: colleagues, articles, a month of tickets. Again: no change."

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = loader.load()
        if outcome.tickets:
            self.stdout.write(f"Demo loaded: {outcome.tickets} tickets in {outcome.seconds:.1f} s.")
        else:
            self.stdout.write("The demo is loaded already.")
        if outcome.new_logins:
            self.stdout.write(f"Sign-ins: {logins.path()}")
