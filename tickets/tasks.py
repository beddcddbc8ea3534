"""Celery's door to tickets: load, call a service. Every task is safe to repeat."""

from __future__ import annotations

import datetime as dt
import time

from celery import shared_task
from django.utils import timezone

from helpdesk.outbox import services as outbox

from .models import PortalLink
from .services import incoming, mailboxes, outgoing, sweep

KEEP_LINKS = dt.timedelta(days=7)
SWEEP_SECONDS = 8.0  # how long one tick may work off a backlog before it lets other tasks in


@shared_task
def sweep_clocks() -> int:
    """Do what service-level clocks have made due. Returns the number of steps.

    Goes on while there are tickets to look after, with steps or without: a new calendar moves thousands of deadlines.
    """
    done, stop_at = 0, time.monotonic() + SWEEP_SECONDS
    while (swept := sweep.run_batch()).tickets and time.monotonic() < stop_at:
        done += swept.steps
    return done + swept.steps


@shared_task
def deliver_mail() -> int:
    """Deliver what is due in the outbox. Returns the number of mails that were settled."""
    return outbox.deliver_due(owner=outgoing.OWNER)


@shared_task
def process_inbox() -> int:
    """File stored mails that nobody works on. Returns how many."""
    return incoming.process_due()


@shared_task
def tidy() -> int:
    """Delete the portal's links that have been useless for a week. Returns how many rows went."""
    links, _kinds = PortalLink.objects.filter(expires_at__lt=timezone.now() - KEEP_LINKS).delete()
    return links


@shared_task
def poll_mailboxes() -> int:
    """Fetch each IMAP mailbox in a task of its own: one silent server holds up no other. Returns how many."""
    due = mailboxes.pollable()
    for key in due:
        poll_mailbox.apply_async((key,), expires=20)
    return len(due)


@shared_task
def poll_mailbox(key: int) -> int:
    """Fetch what is new in one mailbox, then file it. Returns the number of new mails."""
    count = mailboxes.poll(key)
    if count:
        incoming.process_due()
    return count
