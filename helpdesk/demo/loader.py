"""Loading the demo: all of it in one transaction, or nothing."""

from __future__ import annotations

import datetime as dt
import gc
import time
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from helpdesk.audit.models import AuditEntry
from helpdesk.audit.services import record
from helpdesk.outbox.models import OutboxMail
from helpdesk.realtime.emit import quiet
from tickets.models import Notification
from tickets.services.policies import ensure_defaults

from . import check, library, logins
from .cast import DEMO, Cast, set_up
from .plan import Planner
from .replay import Replay

LOADED = "demo.loaded"
_LOCK = 7_420_417  # one loader at a time


@dataclass(frozen=True)
class Outcome:
    tickets: int  # 0: it was there already
    new_logins: bool
    seconds: float


def loaded() -> bool:
    return AuditEntry.objects.filter(action=LOADED).exists()


def load(now: dt.datetime | None = None) -> Outcome:
    """See that the demo is there, and its sign-ins. A second time changes nothing.

    Raises RuntimeError, and leaves nothing behind, when what was loaded breaks a rule of `check`.
    """
    began = time.monotonic()
    tickets = 0 if loaded() else _load_calmly(now or timezone.now())
    return Outcome(tickets, logins.ensure(), time.monotonic() - began)


def _load_calmly(now: dt.datetime) -> int:
    """Without the collector, which would walk a growing heap again and again: seconds, for little memory."""
    gc.disable()
    try:
        return _load(now)
    finally:
        gc.enable()


@transaction.atomic
def _load(now: dt.datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Tens of thousands of small statements, none of which gains from being compiled.
        cursor.execute("SET LOCAL jit = off")
    if loaded():  # by another one, while we waited
        return 0
    with quiet():
        cast = set_up(now)
        ensure_defaults()
        library.fill(cast.admin, now)
        count = Replay(cast, now).run(Planner(now, cast.customers, cast.companies).cases())
        _set_dates(now)
        _unsend(cast)
    if broken := check.violations():
        raise RuntimeError(f"the demo is not consistent: {broken}")
    record(actor=DEMO, action=LOADED, target=cast.teams["care"], after={"tickets": count})
    return count


def _unsend(cast: Cast) -> None:
    """Answers that solve end the chat and so go by mail; nobody is to get one now for what was said last month."""
    people = [*cast.customers.values(), *cast.companies.values()]
    addresses = {customer.email for group in people for customer in group if customer.email}
    OutboxMail.objects.filter(state=OutboxMail.State.PENDING, recipient__in=addresses).delete()


def _set_dates(now: dt.datetime) -> None:
    """Dates that the database sets by itself: when customers came, and when colleagues were told what."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE people_customer c SET created_at = t.first FROM (
                 SELECT customer_id, min(created_at) AS first FROM tickets_ticket GROUP BY 1
               ) t WHERE t.customer_id = c.id AND t.first < c.created_at"""
        )
        cursor.execute(
            """UPDATE people_identity i SET created_at = c.created_at,
                 verified_at = CASE WHEN i.verified_at IS NULL THEN NULL ELSE c.created_at END
               FROM people_customer c WHERE c.id = i.customer_id AND i.created_at > c.created_at"""
        )
        cursor.execute(
            """UPDATE tickets_notification n SET created_at = e.created_at
               FROM tickets_event e WHERE e.ticket_id = n.ticket_id AND e.seq = n.event_seq"""
        )
    # What is older than an hour or so has been seen.
    seen = Notification.objects.filter(created_at__lt=now - dt.timedelta(hours=2), read_at=None)
    seen.update(read_at=now - dt.timedelta(hours=1))
