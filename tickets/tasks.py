"""Celery's door to tickets: load, call a service. Every task is safe to repeat."""

from __future__ import annotations

import time

from celery import shared_task

from .services import sweep

SWEEP_SECONDS = 8.0  # how long one tick may work off a backlog before it lets other tasks in


@shared_task
def sweep_clocks() -> int:
    """Do what service-level clocks have made due. Returns the number of steps."""
    done, stop_at = 0, time.monotonic() + SWEEP_SECONDS
    while (count := sweep.run_due()) and time.monotonic() < stop_at:
        done += count
    return done + count
