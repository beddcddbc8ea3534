"""Celery: the worker that runs tasks and the beat that starts the timers."""

from __future__ import annotations

import os
import threading
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Seconds between ticks. A tick claims what is due and nothing else, so its cost does not grow with
# what is open; `expires` drops ticks that piled up while no worker ran (the next one does their work).
app.conf.beat_schedule = {
    "sla-sweep": {"task": "tickets.tasks.sweep_clocks", "schedule": 1.0, "options": {"expires": 5}},
    "outbox-drain": {"task": "tickets.tasks.deliver_mail", "schedule": 2.0, "options": {"expires": 10}},
    "inbox-drain": {"task": "tickets.tasks.process_inbox", "schedule": 5.0, "options": {"expires": 10}},
    "mailboxes-poll": {"task": "tickets.tasks.poll_mailboxes", "schedule": 10.0, "options": {"expires": 20}},
    "tidy": {"task": "helpdesk.web.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    "tidy-tickets": {"task": "tickets.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    "tidy-chat": {"task": "chat.tasks.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
    "chat-housekeeping": {"task": "chat.tasks.housekeeping", "schedule": 5.0, "options": {"expires": 10}},
}


@worker_ready.connect
def _worker_lives(**kwargs: Any) -> None:
    _say_alive("worker")


@beat_init.connect
def _beat_lives(**kwargs: Any) -> None:
    _say_alive("beat")


def _say_alive(part: str) -> None:
    """Renew this part's heartbeat from a thread of its process, for /readyz and `doctor`."""
    from helpdesk.web import heartbeat

    threading.Thread(target=heartbeat.run, args=(part,), name="heartbeat", daemon=True).start()
