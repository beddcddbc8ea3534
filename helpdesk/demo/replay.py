"""Living through the plan: every word, note and hand-over by the real verbs, in order, each at its own instant.

A case is a generator that yields when its next act is due; `Replay.run` wakes whoever is next and lets the
service-level sweep act in between, as it would have done then. What would lie in the future does not happen.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from django.db import connection

from helpdesk.hours.clock import add_open_seconds, open_seconds
from helpdesk.people.actors import CHAT, MAIL, Actor, System
from helpdesk.people.models import User
from tickets import services as verbs
from tickets import signals
from tickets.models import SlaClock, Ticket
from tickets.services import sweep

from .cast import Cast
from .chats import LiveChat
from .plan import MADRID, Case
from .script import AFTER_DONE, Turn

AUTOMATION = System("automation")
SECOND = dt.timedelta(seconds=1)
MARGIN = dt.timedelta(seconds=30)  # between the last thing that happens and now
USUAL_PACE = 3 * 3600  # open seconds in which the team means to answer, whatever was promised


@contextmanager
def no_savepoints() -> Iterator[None]:
    """Within it verbs make no savepoints: half of all statements, for nothing, since what fails here fails the load."""
    features = connection.features
    features.uses_savepoints = False
    try:
        yield
    finally:
        features.uses_savepoints = True


class Replay:
    def __init__(self, cast: Cast, now: dt.datetime) -> None:
        self.cast, self.now = cast, now
        self.swept: dict[int, int] = {}  # ticket id → how often the sweep came to it

    def run(self, cases: list[Case]) -> int:
        """Play all of them. Returns how many tickets there are."""
        queue: list[tuple[dt.datetime, int, Iterator[dt.datetime]]] = []
        for number, case in enumerate(cases):
            life = Life(self, case).run()
            heapq.heappush(queue, (next(life), number, life))
        # Nobody is to get a mail now for what was said last month: whoever asks hears that it has been read.
        signals.delivers_live.connect(_has_read_it)
        try:
            while queue:
                at, number, life = heapq.heappop(queue)
                if at > self.now - MARGIN:
                    continue
                self._sweep(at)
                with no_savepoints():
                    again = next(life, None)
                if again is not None:
                    heapq.heappush(queue, (max(again, at), number, life))
            self._sweep(self.now)
        finally:
            signals.delivers_live.disconnect(_has_read_it)
        return len(cases)

    def _sweep(self, until: dt.datetime) -> None:
        """Do what fell due before `until`, each about a second after it was due, as the beat would have."""
        last = None
        while (step := self._next_step(until - SECOND)) is not None and step != last:
            at, ticket_id = last = step
            sweep.run_due(now=at + SECOND)
            self.swept[ticket_id] = self.swept.get(ticket_id, 0) + 1

    def _next_step(self, before: dt.datetime) -> tuple[dt.datetime, int] | None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT next_step_at, ticket_id FROM tickets_slaclock WHERE next_step_at < %s ORDER BY 1 LIMIT 1",
                [before],
            )
            row: tuple[dt.datetime, int] | None = cursor.fetchone()
        return row


def _has_read_it(sender: object, **kwargs: Any) -> bool:
    return True


class Life:
    """One ticket from its first word on."""

    def __init__(self, replay: Replay, case: Case) -> None:
        self.replay, self.cast, self.case = replay, replay.cast, case
        self.rng = Random(case.seed)  # noqa: S311 — a plan, not a secret
        self.turns = case.talk.until(case.stop)
        self.chat: LiveChat | None = None
        self.ticket: Ticket
        self.known = 0  # the sweep's count when `ticket` was read

    def run(self) -> Iterator[dt.datetime]:
        """Yields instants; after each, the act of that instant is done when it is resumed."""
        at = self.case.at
        yield at
        self._open(at)
        if self.chat is not None and self.case.missed:
            at += dt.timedelta(minutes=4)
            yield at
            self._hang_up(at, "missed")
        elif self.chat is None and self.turns and self.rng.random() < 0.35:
            handed = at + dt.timedelta(minutes=self.rng.randint(3, 35))
            if handed < (self.case.ends or self.replay.now):
                yield (at := handed)
                self._hand_out(at)
        for place, turn in enumerate(self.turns):
            at = self._when(turn, at, place)
            yield at
            self._act(turn, at)
            if self.chat is not None and (turn.then == "on_hold" or place == len(self.turns) - 1):
                at += dt.timedelta(seconds=self.rng.randint(15, 70))
                yield at
                self._hang_up(at, self.rng.choice(("visitor", "visitor", "agent")))
        if self.case.stop == "solved":
            yield from self._after(at)

    def _refresh(self) -> Ticket:
        """The ticket as it is, read again when the sweep may have changed it."""
        swept = self.replay.swept.get(self.ticket.pk, 0)
        if self.known != swept:
            self.known = swept
            self.ticket = Ticket.objects.select_related("department", "customer", "assignee").get(pk=self.ticket.pk)
        return self.ticket

    # --- acts ----------------------------------------------------------------------------------------

    def _open(self, at: dt.datetime) -> None:
        case, team = self.case, self.cast.teams[self.case.talk.department]
        if case.channel == "chat":
            team = self.cast.teams["care"]
        actors: dict[str, Actor] = {
            "chat": CHAT, "email": MAIL, "api": System("api"), "social": System("social"), "portal": case.customer,
            "phone": self.cast.pick(team.pk, 1, case.talk.language, self.rng),
        }  # fmt: skip
        self.ticket = verbs.open_ticket(
            actor=actors[case.channel], author=case.customer, customer=case.customer, subject=case.subject,
            text=case.opening, channel=case.channel, department=team, priority=case.priority,
            language=case.talk.language, tags=case.talk.tags, custom_fields={"order": case.slots["order"]},
            verified=case.channel in ("portal", "phone"), at=at,
            mailbox_id=self.cast.mailbox.pk if case.channel == "email" else None,
        )  # fmt: skip
        if case.channel == "chat":
            self.chat = LiveChat(self.ticket, at)

    def _hand_out(self, at: dt.datetime) -> None:
        ticket = self._refresh()
        if not ticket.is_done and ticket.assignee_id is None:
            agent = self.cast.pick(ticket.department_id, ticket.tier, self.case.talk.language, self.rng)
            self.ticket = verbs.assign(actor=self.cast.supervisor, ticket=ticket, assignee=agent, at=at)

    def _hang_up(self, at: dt.datetime, reason: str) -> None:
        if self.chat is not None:
            self.chat.end(at, reason)
            self.chat = None

    def _act(self, turn: Turn, at: dt.datetime) -> None:
        ticket = self._refresh()
        agent = self._agent()
        words = [w.format(**self.case.slots, agent=agent.first_name) for w in turn.words]
        channel = "email" if self.case.channel in ("chat", "phone") and self.chat is None else ""
        if turn.kind == "c":
            said = verbs.customer_message(actor=ticket.customer, ticket=ticket, text=words[0], channel=channel, at=at)
            self.ticket = said.ticket
        elif turn.kind == "a":
            if self.chat is not None:
                self.chat.accept(agent, at)
            then = self._then(turn)
            said = verbs.reply(actor=agent, ticket=ticket, text=words[0], then=then, channel=channel, at=at)
            self.ticket = said.ticket
        elif turn.kind == "n":
            verbs.note(actor=agent, ticket=ticket, text=words[0], at=at)
        elif turn.kind == "up" and ticket.tier < 3:
            self.ticket = verbs.escalate(actor=agent, ticket=ticket, reason=words[0], brief=words[1], at=at)
        elif turn.kind == "to" and ticket.department != self.cast.teams[turn.words[0]]:
            self.ticket = verbs.transfer(
                actor=agent, ticket=ticket, department=self.cast.teams[words[0]], reason=words[1], brief=words[2], at=at
            )

    def _agent(self) -> User:
        ticket = self.ticket
        if ticket.assignee is not None:
            return ticket.assignee
        return self.cast.pick(ticket.department_id, ticket.tier, self.case.talk.language, self.rng)

    def _then(self, turn: Turn) -> str:
        """What the answer leaves: as written; by mail, the wait for the customer is often marked as such."""
        if turn.then and turn.then != self.ticket.status:
            return turn.then
        place = self.turns.index(turn)
        asks = place + 1 < len(self.turns) and self.turns[place + 1].kind == "c"
        may = self.ticket.status in ("new", "open", "on_hold") and self.case.stop != "open"
        return "pending" if asks and may and self.chat is None and self.rng.random() < 0.35 else ""

    def _after(self, at: dt.datetime) -> Iterator[dt.datetime]:
        """Once solved: a rating, now and then one more question, and the end."""
        if self.rng.random() < 0.62:
            at += dt.timedelta(minutes=self.rng.randint(2, 60 if self.case.channel == "chat" else 900))
            yield (at := self._awake(at))
            self._rate(at)
        if self.case.ends is None and self.rng.random() < 0.06:
            question, answer = AFTER_DONE[self.case.talk.language]
            for turn in (Turn("c", (question,)), Turn("a", (answer,), "solved")):
                at = self._when(turn, at, len(self.turns))
                yield at
                self._act(turn, at)
        if self.case.close:
            at += dt.timedelta(days=4)
            yield at
            ticket = self._refresh()
            if ticket.status == Ticket.Status.SOLVED:
                verbs.set_status(actor=AUTOMATION, ticket=ticket, status="closed", reason="solved_for_4_days", at=at)

    def _rate(self, at: dt.datetime) -> None:
        late = SlaClock.objects.filter(ticket=self.ticket.pk, breached_at__isnull=False).exists()
        good = self.rng.random() < (0.35 if self.case.talk.unhappy else 0.72 if late else 0.96)
        comments = self.case.talk.comments
        comment = comments[0] if good and not self.case.talk.unhappy else self.rng.choice(comments[1:]) if good else ""
        if not good:
            comment = {"es": "Tardaron demasiado.", "en": "It took too long."}[self.case.talk.language]
        said = comment if self.rng.random() < 0.6 else ""
        verbs.rate(actor=self.case.customer, ticket=self.ticket, score="good" if good else "bad", comment=said, at=at)

    # --- when ----------------------------------------------------------------------------------------

    def _when(self, turn: Turn, after: dt.datetime, place: int) -> dt.datetime:
        """The instant of `turn`, which follows what happened at `after`."""
        if self.case.ends is not None:
            # Today's cases end at a given minute: what is left of the time is shared out.
            if place >= len(self.turns) - 1:
                return max(self.case.ends, after + SECOND)
            return after + max(SECOND, (self.case.ends - after) / (len(self.turns) - place))
        if self.chat is not None:
            return after + dt.timedelta(seconds=self._chat_pause(turn, place))
        if turn.kind in ("n", "up", "to"):
            return after + dt.timedelta(seconds=self.rng.randint(90, 700))
        if turn.kind == "c":
            return self._awake(after + dt.timedelta(minutes=self.rng.triangular(12, 1500, 90)))
        return self._answer_time(after, late=self.case.late and place == 0)

    def _chat_pause(self, turn: Turn, place: int) -> float:
        if turn.kind in ("c", "n"):
            return self.rng.uniform(12, 80)
        if turn.kind == "a" and place == 0:
            return self.rng.uniform(34, 140) if self.case.late else self.rng.triangular(5, 29, 11)
        return self.rng.triangular(9, 62, 24)

    def _answer_time(self, after: dt.datetime, *, late: bool) -> dt.datetime:
        """In the team's own hours; before the deadline, unless `late` or the deadline fell outside them."""
        spec = self.cast.hours.get(self.ticket.department_id or 0)
        due = self.ticket.sla_due_at
        if late and due is not None:
            after = max(after, due)
            return add_open_seconds(spec, after, self.rng.uniform(600, 9000)) or after
        room = float(USUAL_PACE) if due is None else min(open_seconds(spec, after, due), USUAL_PACE)
        if due is not None and room < 600 and due > after and self.rng.random() < 0.8:
            # Closed until after the deadline: somebody is on duty over the weekend.
            return min(self._awake(after + (due - after) * self.rng.uniform(0.3, 0.7)), due - 60 * SECOND)
        seconds = max(120.0, room * self.rng.betavariate(1.4, 3.2))
        return add_open_seconds(spec, after, seconds) or after

    def _awake(self, at: dt.datetime) -> dt.datetime:
        """`at`, or the next morning: customers sleep too."""
        local = at.astimezone(MADRID)
        if 8 <= local.hour < 23:
            return at
        morning = local.replace(hour=8, minute=self.rng.randrange(60))
        if local.hour >= 23:
            morning += dt.timedelta(days=1)
        return morning.astimezone(dt.UTC)
