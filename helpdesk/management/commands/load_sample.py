"""`manage.py load_sample --tickets N [--seed S]`: bulk data to try the helpdesk at size."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.demo import sample


class Command(BaseCommand):
    help = "Add many plausible tickets with their timelines, fast. The same seed makes the same people and words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tickets", type=int, required=True, help=f"how many, 1 to {sample.MOST:,}")
        parser.add_argument("--seed", type=int, default=1, help="which people and words (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.told = time.monotonic()
        self.total = options["tickets"]
        try:
            loaded = sample.load(self.total, seed=options["seed"], told=self._progress)
        except ValueError as error:
            raise CommandError(f"--tickets: {error}") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. The tickets stored so far are complete.") from None
        pace = max(loaded.seconds, 0.001)
        self.stdout.write(
            f"{loaded.tickets:,} tickets, {loaded.messages:,} messages, {loaded.rows:,} rows "
            f"in {loaded.seconds:.1f} s: {loaded.tickets / pace:,.0f} tickets/s, {loaded.rows / pace:,.0f} rows/s"
        )

    def _progress(self, done: int, seconds: float) -> None:
        """A line every two seconds."""
        if time.monotonic() - self.told < 2:
            return
        self.told = time.monotonic()
        left = (self.total - done) * seconds / max(done, 1)
        self.stdout.write(f"  {done:>11,} of {self.total:,} tickets, {done / seconds:,.0f}/s, {left:,.0f} s left")
        self.stdout.flush()
