"""Which conversations happen, when, with whom, and how far they have come. Same `now`, same plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from zoneinfo import ZoneInfo

from helpdesk.people.models import Customer

from .company import CITIES, CITIES_ABROAD, LAMPS
from .script import Conversation, conversations

HISTORY = 164
DAYS = 30
MADRID = ZoneInfo("Europe/Madrid")

_WEEKDAYS = (1.35, 1.2, 1.1, 1.05, 1.0, 0.55, 0.45)  # how busy Monday to Sunday are
_HOURS = (1, 0, 0, 0, 0, 0, 1, 2, 5, 9, 11, 11, 9, 8, 6, 6, 7, 8, 9, 8, 7, 6, 5, 3)  # and the hours of a day

# What waits right now: (status, channel, priority, minutes since it was opened, minutes since the last word).
# Deadlines of the first set of policies: first reply 24 h, high 4 h, urgent 30 min; next reply 24 h, high 8 h.
NOW: tuple[tuple[str, str, str, int, int], ...] = (
    ("new", "email", "urgent", 12, 12),
    ("new", "email", "urgent", 37, 37),  # late: with the specialists by now
    ("new", "portal", "high", 6, 6),
    ("new", "email", "high", 51, 51),
    ("new", "email", "high", 214, 214),  # due in 26 min
    ("new", "phone", "high", 231, 231),  # due in 9 min
    ("new", "email", "high", 262, 262),  # late
    ("new", "email", "normal", 4, 4),
    ("new", "portal", "normal", 33, 33),
    ("new", "api", "normal", 118, 118),
    ("new", "social", "normal", 186, 186),
    ("new", "email", "normal", 340, 340),
    ("new", "portal", "normal", 1398, 1398),  # due in 42 min
    ("new", "email", "normal", 1180, 1180),
    ("new", "social", "low", 420, 420),
    ("open", "email", "high", 1500, 459),  # due in 21 min
    ("open", "portal", "high", 900, 95),
    ("open", "email", "high", 1320, 505),  # late
    ("open", "email", "normal", 2700, 1405),  # due in 35 min
    ("open", "portal", "normal", 1600, 210),
    ("open", "email", "normal", 2000, 48),
    ("open", "chat", "normal", 300, 26),
    ("open", "email", "normal", 1750, 640),
    ("open", "phone", "normal", 1450, 130),
    ("open", "social", "low", 1900, 75),
    ("open", "email", "low", 2300, 300),
    ("open", "api", "normal", 1500, 17),
    ("pending", "email", "normal", 1300, 160),
    ("pending", "portal", "normal", 900, 70),
    ("pending", "email", "high", 700, 240),
    ("pending", "chat", "normal", 260, 250),
    ("on_hold", "email", "normal", 2600, 900),
    ("on_hold", "phone", "high", 1700, 600),
    ("solved", "chat", "normal", 190, 180),
    ("solved", "chat", "normal", 95, 88),
    ("solved", "email", "high", 420, 35),
)


@dataclass(frozen=True)
class Case:
    """One ticket to be. `ends`: when the last word of a case of today fell; None: the usual pace."""

    talk: Conversation
    customer: Customer
    channel: str
    priority: str
    stop: str  # status in which it stands
    close: bool  # and then closed after some days
    at: dt.datetime
    ends: dt.datetime | None
    late: bool  # the first answer misses its deadline
    missed: bool  # a chat that nobody took
    subject: str
    opening: str
    slots: dict[str, str]
    seed: int


class Planner:
    def __init__(self, now: dt.datetime, private: dict[str, list[Customer]], at_work: dict[str, list[Customer]]):
        self.now, self.private, self.at_work = now, private, at_work
        self.rng = Random(20_417)  # noqa: S311 — a plan, not a secret
        self.order = 20_417
        self.used: dict[int, int] = {}  # how often a conversation, by its place, has been told
        self.asked: dict[int, int] = {}  # how often a customer has

    def cases(self) -> list[Case]:
        """Everything, oldest first."""
        found = [self._past() for _ in range(HISTORY)]
        found += [self._present(*row) for row in NOW]
        return sorted(found, key=lambda case: case.at)

    # --- history -------------------------------------------------------------------------------------

    def _past(self) -> Case:
        talk = self._talk(lambda c: True)
        channel = self._channel(talk)
        priority = talk.priority or self._priority()
        pressing = priority in ("high", "urgent") and talk.department != "care" and channel != "chat"
        at = self._instant(office=pressing)
        age = (self.now - at) / dt.timedelta(days=1)
        stop = self._outcome(age)
        if channel == "chat" or (stop == "on_hold" and not talk.waits):
            stop = "solved"
        close = stop == "solved" and age > 6 and self.rng.random() < 0.85
        return self._case(
            talk, channel, priority, stop, at, close=close, late=self.rng.random() < 0.09,
            missed=channel == "chat" and self.rng.random() < 0.07,
        )  # fmt: skip

    def _outcome(self, age: float) -> str:
        weights = (93, 3, 2, 2) if age > 8 else (76, 13, 6, 5)
        return self.rng.choices(("solved", "pending", "on_hold", "open"), weights)[0]

    def _priority(self) -> str:
        return self.rng.choices(("low", "normal", "high"), (14, 78, 8))[0]

    def _channel(self, talk: Conversation) -> str:
        weight = {"chat": 7, "email": 6, "portal": 3, "phone": 3, "social": 2, "api": 2}
        return self.rng.choices(talk.channels, [weight[c] for c in talk.channels])[0]

    def _instant(self, *, office: bool) -> dt.datetime:
        """A moment of the last weeks at which shops are asked. `office`: on a working morning."""
        today = self.now.astimezone(MADRID).date()
        while True:
            date = today - dt.timedelta(days=self.rng.randint(2, DAYS - 1))
            busy = (1.0 if date.weekday() < 5 else 0.0) if office else _WEEKDAYS[date.weekday()] / 1.35
            if self.rng.random() >= busy:
                continue
            hour = self.rng.randint(9, 12) if office else self.rng.choices(range(24), _HOURS)[0]
            clock = dt.time(hour, self.rng.randrange(60), self.rng.randrange(60), tzinfo=MADRID)
            return dt.datetime.combine(date, clock).astimezone(dt.UTC)

    # --- now -----------------------------------------------------------------------------------------

    def _present(self, stop: str, channel: str, priority: str, opened: int, last: int) -> Case:
        def fits(talk: Conversation) -> bool:
            if channel not in talk.channels or (talk.priority == "urgent") != (priority == "urgent"):
                return False
            if stop == "on_hold":
                return talk.waits
            climbs = any(t.kind in ("up", "to") for t in talk.until(stop))
            return not climbs and (stop != "open" or talk.until(stop)[-1].kind == "c")

        opened_at, ends = (self.now - dt.timedelta(minutes=m, seconds=self.rng.randrange(40)) for m in (opened, last))
        return self._case(self._talk(fits), channel, priority, stop, opened_at, ends=max(ends, opened_at))

    # --- both ----------------------------------------------------------------------------------------

    def _talk(self, fits: Callable[[Conversation], bool]) -> Conversation:
        """The conversation told least so far among those that fit; six in ten are Spanish."""
        language = "es" if self.rng.random() < 0.6 else "en"
        fitting = [(i, c) for i, c in enumerate(conversations()) if fits(c)]
        spoken = [(i, c) for i, c in fitting if c.language == language] or fitting
        least = min(self.used.get(i, 0) for i, _c in spoken)
        place, talk = self.rng.choice([(i, c) for i, c in spoken if self.used.get(i, 0) == least])
        self.used[place] = least + 1
        return talk

    def _customer(self, talk: Conversation) -> Customer:
        """Somebody who speaks the language; one in six has asked before."""
        people = (self.at_work if talk.of_a_company else self.private)[talk.language]
        if self.rng.random() < 1 / 6:
            people = [p for p in people if self.asked.get(p.pk)] or people
        else:
            least = min(self.asked.get(p.pk, 0) for p in people)
            people = [p for p in people if self.asked.get(p.pk, 0) == least]
        chosen = self.rng.choice(people)
        self.asked[chosen.pk] = self.asked.get(chosen.pk, 0) + 1
        return chosen

    def _case(
        self, talk: Conversation, channel: str, priority: str, stop: str, at: dt.datetime, *, close: bool = False,
        late: bool = False, missed: bool = False, ends: dt.datetime | None = None,
    ) -> Case:  # fmt: skip
        self.order += self.rng.randint(3, 60)
        customer = self._customer(talk)
        slots = {
            "name": customer.name.split(" ")[0] if " " in customer.name else customer.name,
            "lamp": self.rng.choice(LAMPS), "order": f"CL-{self.order}",
            "city": self.rng.choice(CITIES if talk.language == "es" else CITIES_ABROAD),
        }  # fmt: skip
        return Case(
            talk=talk, customer=customer, channel=channel, priority=priority, stop=stop, close=close, at=at, ends=ends,
            late=late, missed=missed, subject=self.rng.choice(talk.subjects).format(**slots),
            opening=self.rng.choice(talk.openings).format(**slots), slots=slots, seed=self.rng.randrange(1 << 30),
        )  # fmt: skip
