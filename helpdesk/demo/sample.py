"""Bulk data by COPY: many plausible tickets, each with its whole timeline, as fast as the database takes them.

Made in chunks, each in a transaction of its own, so that stopping half-way leaves whole tickets behind. Threads
overlap making rows here with storing them there. The same seed makes the same people, words and states; times
are relative to the day on which it runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction
from django.utils import timezone

from helpdesk.people.models import Department, Membership, User

from .sample_rows import TABLES, Maker, Team

CHUNK = 2_000
MOST = 20_000_000
THREADS = 3
_GIN = ("message_search", "ticket_subject_trgm", "customer_name_trgm", "customer_email_trgm", "ticket_tags")


class Cursor(Protocol):
    """What we use of Django's cursor over psycopg's, which knows COPY."""

    def execute(self, sql: str, params: Any = None) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class Loaded:
    tickets: int
    messages: int
    rows: int
    seconds: float


def load(tickets: int, *, seed: int = 1, told: Callable[[int, float], None] | None = None) -> Loaded:
    """Store `tickets` tickets. `told(done, seconds)` hears of progress.

    Raises ValueError when `tickets` is not between 1 and 20 million.
    """
    if not 1 <= tickets <= MOST:
        raise ValueError(f"between 1 and {MOST:,} tickets, not {tickets:,}")
    began = time.monotonic()
    teams, now = _teams(), timezone.now()
    done = messages = rows = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="sample") as threads:
        running: set[Future[tuple[int, int, int]]] = set()
        try:
            for number, count in _chunks(tickets):
                running.add(threads.submit(_store, Maker(seed, number, count, teams, now)))
                if len(running) <= THREADS:
                    continue
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for one in finished:
                    done, messages, rows = (a + b for a, b in zip((done, messages, rows), one.result(), strict=True))
                if told is not None:
                    told(done, time.monotonic() - began)
            for one in running:
                done, messages, rows = (a + b for a, b in zip((done, messages, rows), one.result(), strict=True))
        finally:
            threads.shutdown(cancel_futures=True)
    _tidy()
    return Loaded(done, messages, rows, time.monotonic() - began)


def _chunks(tickets: int) -> Iterator[tuple[int, int]]:
    for number, start in enumerate(range(0, tickets, CHUNK)):
        yield number, min(CHUNK, tickets - start)


def _teams() -> list[Team]:
    """The departments there are, with their people; one team without a name where there are none."""
    members: dict[int, list[tuple[int, str]]] = {}
    for m in Membership.objects.filter(user__is_active=True).select_related("user").order_by("id"):
        members.setdefault(m.department_id, []).append((m.user_id, m.user.name))
    found = [Team(d.pk, members.get(d.pk, [])) for d in Department.objects.filter(is_active=True)]
    return found or [Team(None, [(u.pk, u.name) for u in User.objects.filter(is_active=True)])]


def _store(maker: Maker) -> tuple[int, int, int]:
    """One chunk in one transaction. Returns how many tickets, messages and rows it has."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # A power cut may cost the last chunk, never part of one; and the index is filled in larger batches.
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute("SET LOCAL gin_pending_list_limit = '32MB'")
            _hold(cursor, maker.teams)
            maker.make(_take(cursor))
            for table in TABLES:
                lines = maker.lines[table.name]
                with cursor.copy(table.statement) as copy:
                    copy.write("".join(lines))
        return maker.count, len(maker.lines["tickets_message"]), sum(map(len, maker.lines.values()))
    finally:
        connection.close()  # this thread's own


def _hold(cursor: Cursor, teams: list[Team]) -> None:
    """See that departments and colleagues stay until the chunk is stored. Raises ValueError when one has gone."""
    departments = [t.department for t in teams if t.department is not None]
    users = sorted({user for t in teams for user, _name in t.people})
    for table, ids in (("people_department", departments), ("people_user", users)):
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [ids])  # noqa: S608
        if len(cursor.fetchall()) != len(ids):
            raise ValueError("departments or colleagues have changed meanwhile; run it again")


def _take(cursor: Cursor) -> Callable[[str, int], list[int]]:
    """Numbers from a sequence, so that nobody else ever gets the same."""

    def take(sequence: str, count: int) -> list[int]:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [int(row[0]) for row in cursor.fetchall()]

    return take


def _tidy() -> None:
    """What the planner and the search want after so many rows."""
    with connection.cursor() as cursor:
        for index in _GIN:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        for table in TABLES:
            cursor.execute(f'ANALYZE "{table.name}"')
