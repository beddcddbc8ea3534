"""The rows of bulk tickets, as lines for COPY. Pure but for random ids: nothing here reads the database."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from random import Random
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

from helpdesk.lib.text import fold, snippet
from helpdesk.people.models import Customer, Identity
from tickets.models import Event, Message, Note, SlaClock, SlaLedgerEntry, Ticket

from . import sample_words as words

NULL = r"\N"
YEAR = 365 * 86_400
_STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
_WEIGHTS = (2, 5, 3, 1, 15, 74)


@dataclass
class Table:
    """Where lines go: the columns that differ from row to row, and the others with the model's default."""

    model: type[models.Model]
    varying: tuple[str, ...]

    @cached_property
    def name(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def constant(self) -> dict[str, str]:
        """Column → literal, of all columns that the database does not fill by itself."""
        found: dict[str, str] = {}
        for f in self.model._meta.concrete_fields:
            if (
                f.column is None
                or f.column in self.varying
                or f.primary_key
                or f.generated
                or f.db_default is not NOT_PROVIDED
            ):
                continue
            found[f.column] = literal(f.get_default())
        return found

    @cached_property
    def statement(self) -> str:
        columns = ", ".join(f'"{c}"' for c in (*self.varying, *self.constant))
        return f'COPY "{self.name}" ({columns}) FROM STDIN'

    @cached_property
    def tail(self) -> str:
        return "".join(f"\t{value}" for value in self.constant.values()) + "\n"


def literal(value: Any) -> str:
    """A default as COPY's text format writes it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return "{}" if not value else json.dumps(value)
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value)


CUSTOMERS = Table(Customer, ("id", "uid", "name", "email", "language", "created_at", "updated_at"))
IDENTITIES = Table(Identity, ("customer_id", "kind", "value", "created_at"))
TICKETS = Table(
    Ticket,
    (
        "id", "uid", "number", "subject", "status", "priority", "channel", "department_id", "tier", "assignee_id",
        "held_since", "customer_id", "language", "tags", "custom_fields", "last_seq", "last_public_seq", "snippet",
        "last_author_kind", "waiting_since", "first_replied_at", "last_message_at", "solved_at", "closed_at",
        "sla_due_at", "created_at", "updated_at",
    ),
)  # fmt: skip
MESSAGES = Table(
    Message,
    (
        "ticket_id", "seq", "created_at", "uid", "public_seq", "author_kind", "user_id", "customer_id",
        "author_name", "author_email", "verified", "channel", "body_text",
    ),
)  # fmt: skip
NOTES = Table(Note, ("ticket_id", "seq", "created_at", "uid", "kind", "user_id", "author_name", "body_text"))
EVENTS = Table(Event, ("ticket_id", "seq", "created_at", "kind", "data", "user_id", "actor_kind", "actor_name"))
CLOCKS = Table(
    SlaClock,
    (
        "id", "ticket_id", "metric", "target_seconds", "state", "started_at", "stopped_at", "due_at", "breached_at",
        "elapsed_seconds", "next_step_at",
    ),
)  # fmt: skip
LEDGER = Table(SlaLedgerEntry, ("clock_id", "kind", "at", "reason", "created_at"))
TABLES = (CUSTOMERS, IDENTITIES, TICKETS, MESSAGES, NOTES, EVENTS, CLOCKS, LEDGER)


@dataclass(frozen=True)
class Team:
    department: int | None
    people: list[tuple[int, str]]  # (id, name)


@dataclass
class Draft:
    """One ticket while its timeline is written."""

    id: int
    number: int
    customer: tuple[int, str, str]  # id, name, email
    team: Team
    agent: tuple[int, str] | None
    language: str
    channel: str
    status: str
    order: int
    at: float  # the clock of its story, in seconds since 1970
    seq: int = 0
    public: int = 0
    last: tuple[str, str, float] = ("", "", 0.0)  # author's kind, words, when
    waiting: float | None = None
    answered: float | None = None
    events: list[str] = field(default_factory=list)


@cache
def _date(day: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


@cache
def _time(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}+00"


def stamp(at: float | None) -> str:
    """Seconds since 1970 as COPY reads them. From two small tables: a million tickets have 25 million instants."""
    if at is None:
        return NULL
    day, second = divmod(int(at), 86_400)
    return f"{_date(day)} {_time(second)}"


class Maker:
    """Makes the rows of one chunk into `lines`, by table name."""

    def __init__(self, seed: int, number: int, count: int, teams: list[Team], now: dt.datetime) -> None:
        self.rng = Random(f"{seed}/{number}")  # noqa: S311 — data, not secrets
        self.seed, self.number, self.count, self.teams, self.now = seed, number, count, teams, now.timestamp()
        self.lines: dict[str, list[str]] = {table.name: [] for table in TABLES}

    def make(self, take: Callable[[str, int], list[int]]) -> None:
        """Fill `lines`; `take(sequence, n)` gives ids that are ours alone."""
        customers = self._customers(take("people_customer_id_seq", max(1, self.count // 3)))
        ids = take("tickets_ticket_id_seq", self.count)
        numbers = take("ticket_number", self.count)
        clocks = iter(take("tickets_slaclock_id_seq", 2 * self.count))
        for place in range(self.count):
            self._ticket(ids[place], numbers[place], customers, (next(clocks), next(clocks)))

    def _uid(self) -> str:
        return os.urandom(16).hex()

    def _customers(self, ids: list[int]) -> dict[str, list[tuple[int, str, str]]]:
        choice = self.rng.choice
        made: dict[str, list[tuple[int, str, str]]] = {"es": [], "en": []}
        since = stamp(self.now - YEAR)
        for place, pk in enumerate(ids):
            language = "en" if place % 5 < 2 else "es"  # both, even in a chunk of two tickets
            name = f"{choice(words.FIRST[language])} {choice(words.LAST[language])}"
            email = f"{fold(name).replace(' ', '.')}.{self.seed}-{self.number}-{place}@sample.example"
            made[language].append((pk, name, email))
            self.lines[CUSTOMERS.name].append(
                f"{pk}\t{self._uid()}\t{name}\t{email}\t{language}\t{since}\t{since}{CUSTOMERS.tail}"
            )
            self.lines[IDENTITIES.name].append(f"{pk}\temail\t{email}\t{since}{IDENTITIES.tail}")
        return made

    # --- one ticket ----------------------------------------------------------------------------------

    def _ticket(
        self, pk: int, number: int, customers: dict[str, list[tuple[int, str, str]]], clocks: tuple[int, int]
    ) -> None:
        rng = self.rng
        language = "es" if (rng.random() < 0.6 and customers["es"]) or not customers["en"] else "en"
        status = rng.choices(_STATUSES, _WEIGHTS)[0]
        # What is still open is young; a closed one has had its days.
        age = rng.uniform(*{"closed": (12e5, YEAR), "solved": (6e5, 12e5)}.get(status, (6e4, 6e5)))
        team = rng.choice(self.teams)
        draft = Draft(
            id=pk, number=number, customer=rng.choice(customers[language]), team=team, language=language,
            agent=rng.choice(team.people) if team.people and status != "new" else None, status=status,
            channel=rng.choices(Ticket.Channel.values, (40, 30, 12, 6, 8, 4))[0], order=rng.randrange(10**6),
            at=float(int(self.now - age)),
        )  # fmt: skip
        created = draft.at
        self._event(draft, "opened", f'{{"channel": "{draft.channel}"}}', "customer", draft.customer[1])
        self._say(draft, "customer", f"{rng.choice(words.ASK[language])} CL-{draft.order}.")
        if status != "new":
            self._talk(draft)
        solved = self._finish(draft)
        due = self._clocks(draft, created, solved, clocks)
        self._row(draft, created, solved, due)

    def _talk(self, draft: Draft) -> None:
        rng, language = self.rng, draft.language
        draft.at += rng.randint(20, 200) if draft.channel == "chat" else rng.randint(600, 20_000)
        self._say(draft, "agent", rng.choice(words.ANSWER[language]))
        if draft.agent:
            to = json.dumps({"from": None, "to": draft.agent[0], "to_name": draft.agent[1], "reason": "first_reply"})
            self._event(draft, "assigned", to, "agent", draft.agent[1])
        self._move(draft, "new", "open")
        if rng.random() < 0.1:
            draft.seq += 1
            user, name = draft.agent or (NULL, "")
            self.lines[NOTES.name].append(
                f"{draft.id}\t{draft.seq}\t{stamp(draft.at)}\t{self._uid()}\tnote\t{user}\t{name}\t"
                f"{rng.choice(words.NOTES[language])}{NOTES.tail}"
            )
        for _ in range(rng.choice((0, 1, 1, 2))):
            draft.at += rng.randint(30, 4_000)
            self._say(draft, "customer", rng.choice(words.THANKS[language]))
            draft.at += rng.randint(30, 4_000)
            self._say(draft, "agent", rng.choice(words.ANSWER[language]))
        if draft.status == "open":
            draft.at += rng.randint(30, 4_000)
            self._say(draft, "customer", rng.choice(words.WORRY[language]))

    def _finish(self, draft: Draft) -> float | None:
        """The last moves. Returns when it was solved."""
        if draft.status in ("pending", "on_hold"):
            self._move(draft, "open", draft.status)
        if draft.status not in ("solved", "closed"):
            return None
        self._move(draft, "open", "solved")
        solved = draft.at
        if draft.status == "closed":
            draft.at += 4 * 86_400
            self._move(draft, "solved", "closed", by_agent=False)
        return solved

    def _say(self, draft: Draft, kind: str, text: str) -> None:
        draft.seq += 1
        draft.public += 1
        if kind == "customer":
            pk, name, email = draft.customer
            author = f"customer\t{NULL}\t{pk}\t{name}\t{email}\tf"
            text = f"{text} {self.rng.choice(words.WORRY[draft.language])}"
            draft.waiting = draft.waiting or draft.at
        else:
            user, name = draft.agent or (NULL, "Casa Lumbre")
            author = f"agent\t{user}\t{NULL}\t{name}\t\tt"
            draft.answered, draft.waiting = draft.answered or draft.at, None
        draft.last = kind, text, draft.at
        self.lines[MESSAGES.name].append(
            f"{draft.id}\t{draft.seq}\t{stamp(draft.at)}\t{self._uid()}\t{draft.public}\t{author}\t{draft.channel}\t"
            f"{text}{MESSAGES.tail}"
        )

    def _event(self, draft: Draft, kind: str, data: str, actor: str, name: str) -> None:
        draft.seq += 1
        user = draft.agent[0] if actor == "agent" and draft.agent else NULL
        self.lines[EVENTS.name].append(
            f"{draft.id}\t{draft.seq}\t{stamp(draft.at)}\t{kind}\t{data}\t{user}\t{actor}\t{name}{EVENTS.tail}"
        )

    def _move(self, draft: Draft, old: str, new: str, *, by_agent: bool = True) -> None:
        actor, name = ("agent", draft.agent[1] if draft.agent else "") if by_agent else ("system", "automation")
        self._event(draft, "status_changed", f'{{"from": "{old}", "to": "{new}"}}', actor, name)

    # --- clocks --------------------------------------------------------------------------------------

    def _clocks(self, draft: Draft, created: float, solved: float | None, ids: tuple[int, int]) -> float | None:
        """First reply and resolution, around the clock. Returns the nearest deadline that is still running.

        Targets follow from what happened, about one in nine missed; what runs is due within three days.
        """
        first = self._clock(draft, ids[0], "first_reply", created, draft.answered, "agent_reply")
        pause = draft.at if draft.status == "pending" else None
        second = self._clock(draft, ids[1], "resolution", created, solved, "solved", pause)
        return min((due for due in (first, second) if due is not None), default=None)

    def _clock(
        self, draft: Draft, pk: int, metric: str, start: float, stop: float | None, reason: str,
        pause: float | None = None,
    ) -> float | None:  # fmt: skip
        rng = self.rng
        late = stop is not None and rng.random() < 0.11
        until = stop if stop is not None else self.now
        spread = rng.uniform(0.4, 0.9) if late else rng.uniform(1.1, 3.0)
        target = max(1, int((until - start) * spread)) if stop else int(until - start) + rng.randint(3_600, 260_000)
        due: float | None = start + target
        used = int((stop if stop is not None else pause or start) - start)
        state = ("stopped" if late else "met") if stop is not None else "paused" if pause is not None else "running"
        running = state == "running"
        self._ledger(pk, "start", start, "opened")
        if stop is not None:
            self._ledger(pk, "stop", stop, reason)
        elif pause is not None:
            self._ledger(pk, "pause", pause, "pending")
            due = None
        self.lines[CLOCKS.name].append(
            f"{pk}\t{draft.id}\t{metric}\t{target}\t{state}\t{stamp(start)}\t{stamp(stop)}\t{stamp(due)}\t"
            f"{stamp(due if late else None)}\t{NULL if running else used}\t"
            f"{stamp(due if running else None)}{CLOCKS.tail}"
        )
        return due if running else None

    def _ledger(self, clock: int, kind: str, at: float, reason: str) -> None:
        when = stamp(at)
        self.lines[LEDGER.name].append(f"{clock}\t{kind}\t{when}\t{reason}\t{when}{LEDGER.tail}")

    def _row(self, draft: Draft, created: float, solved: float | None, due: float | None) -> None:
        rng = self.rng
        subject = f"{rng.choice(words.SUBJECTS[draft.language])} · CL-{draft.order}"
        kind, text, said = draft.last
        tier = rng.choices((1, 2, 3), (82, 14, 4))[0]
        self.lines[TICKETS.name].append(
            f"{draft.id}\t{self._uid()}\t{draft.number}\t{subject}\t{draft.status}\t"
            f"{rng.choices(Ticket.Priority.values, (14, 70, 13, 3))[0]}\t{draft.channel}\t"
            f"{NULL if draft.team.department is None else draft.team.department}\t{tier}\t"
            f"{draft.agent[0] if draft.agent else NULL}\t{stamp(created)}\t{draft.customer[0]}\t{draft.language}\t"
            f'{{{rng.choice(words.TAGS)}}}\t{{"order": "CL-{draft.order}"}}\t{draft.seq}\t{draft.public}\t'
            f"{snippet(text)}\t{kind}\t{stamp(draft.waiting)}\t{stamp(draft.answered)}\t{stamp(said)}\t{stamp(solved)}\t"
            f"{stamp(draft.at if draft.status == 'closed' else None)}\t{stamp(due)}\t{stamp(created)}\t"
            f"{stamp(draft.at)}{TICKETS.tail}"
        )
