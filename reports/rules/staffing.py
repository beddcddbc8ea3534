"""How many agents are needed: three models of serving several chats at once, and the backlog of email. Pure.

1. `naive`: load ÷ concurrency, rounded up. Common advice; ignores that arrivals come in bursts.
2. `slots`: Erlang C over slots (agents × concurrency), each chat as long as ever. Holds when chats overlap freely.
3. `factor`: Erlang C over agents, the handling time shortened by what concurrency really gains: two chats at a
   time are 1.7 times as productive, not twice. Call-centre practice; the most cautious, and the one to plan with.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid

from . import erlang

# How much more one agent gets done with 1, 2, 3, 4, 5 chats at a time.
FACTORS = {1: 1.0, 2: 1.7, 3: 2.5, 4: 2.9, 5: 3.5}
MAX_LOAD = 5_000  # erlangs: the recursion walks that many steps
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. Rates per hour, times in seconds, `shrinkage` a share from 0 to below 1."""

    arrivals_per_hour: float
    aht_seconds: float
    concurrency: int = 1
    target_percent: float = 80.0
    target_seconds: float = 20.0
    patience_seconds: float | None = None
    shrinkage: float = 0.0

    @property
    def rate(self) -> float:
        return self.arrivals_per_hour / HOUR

    @property
    def load(self) -> float:
        """Erlangs: chats open at a time, on average."""
        return self.rate * self.aht_seconds


class Patience(TypedDict):
    """The same model when people give up (Erlang A): `agents` meet the target by SL1."""

    method: str
    agents: int
    scheduled_agents: int
    wait_probability: float
    abandon_probability: float
    average_wait_seconds: float
    service_level_all: float
    service_level_stayed: float


class Model(TypedDict):
    """One model's advice. Shares from 0 to 1; None where there is no number (no end to the wait, no factor)."""

    method: str
    agents: int | None
    agents_exact: float | None
    scheduled_agents: int | None
    servers: int | None
    aht_seconds: float | None
    meets_target: bool | None
    stable: bool | None
    wait_probability: float | None
    service_level: float | None
    average_wait_seconds: float | None
    queue_length: float | None
    occupancy: float | None
    with_patience: Patience | None


class Answer(TypedDict):
    inputs: dict[str, float | int | None]
    load_erlangs: float
    models: list[Model]


def whole(value: float) -> int:
    """Rounded up, without a crumb of binary arithmetic making 20 of 20.000000000000004 a 21."""
    return math.ceil(round(value, 9))


def scheduled(agents: int, shrinkage: float) -> int:
    """How many must be on the roster so that `agents` are at work."""
    return whole(agents / (1 - shrinkage))


def answer(question: Question) -> Answer:
    """All three models."""
    models = [naive(question), slots(question), factor(question)]
    return Answer(inputs=dataclasses.asdict(question), load_erlangs=question.load, models=models)


def naive(q: Question) -> Model:
    """Load ÷ concurrency; what that many agents then really achieve is worked out over their slots."""
    exact = q.load / q.concurrency
    agents = max(1, whole(exact))
    found = erlang.erlang_c(rate=q.rate, handle=q.aht_seconds, servers=agents * q.concurrency, target=q.target_seconds)
    return _model("naive", q, agents, exact, q.aht_seconds, found, None)


def slots(q: Question) -> Model:
    """Erlang C over slots; the fewest slots that meet the target, shared out among agents."""
    fewest = _fewest(q, q.aht_seconds)
    exact = fewest.servers / q.concurrency
    return _model("slots", q, whole(exact), exact, q.aht_seconds, fewest, _patience(q, q.aht_seconds, q.concurrency))


def factor(q: Question) -> Model:
    """Erlang C over agents with the effective handling time (AHT ÷ factor)."""
    if q.concurrency not in FACTORS:
        nothing: Model = dict.fromkeys(Model.__annotations__)  # type: ignore[assignment]
        nothing["method"] = "factor"
        return nothing
    effective = q.aht_seconds / FACTORS[q.concurrency]
    fewest = _fewest(q, effective)
    return _model("factor", q, fewest.servers, float(fewest.servers), effective, fewest, _patience(q, effective, 1))


def _fewest(q: Question, handle: float) -> erlang.Waiting:
    return erlang.servers_for(rate=q.rate, handle=handle, target=q.target_seconds, share=q.target_percent / 100)


def _patience(q: Question, handle: float, concurrency: int) -> Patience | None:
    if q.patience_seconds is None:
        return None
    found = erlang.servers_for_impatient(
        rate=q.rate, handle=handle, patience=q.patience_seconds, target=q.target_seconds, share=q.target_percent / 100
    )
    agents = whole(found.servers / concurrency)
    return Patience(
        method="erlang_a", agents=agents, scheduled_agents=scheduled(agents, q.shrinkage),
        wait_probability=found.wait_probability, abandon_probability=found.abandon_probability,
        average_wait_seconds=found.average_wait, service_level_all=found.service_level_all,
        service_level_stayed=found.service_level_stayed,
    )  # fmt: skip


def _model(
    method: str, q: Question, agents: int, exact: float, aht: float, found: erlang.Waiting, patience: Patience | None
) -> Model:
    return Model(
        method=method, agents=agents, agents_exact=exact, scheduled_agents=scheduled(agents, q.shrinkage),
        servers=found.servers, aht_seconds=aht, stable=found.stable,
        meets_target=found.service_level >= q.target_percent / 100,
        wait_probability=found.wait_probability, service_level=found.service_level,
        average_wait_seconds=found.average_wait if found.stable else None,
        queue_length=found.queue_length if found.stable else None,
        occupancy=found.occupancy, with_patience=patience,
    )  # fmt: skip


def email_backlog(
    *, messages_per_day: float, handle_minutes: float, hours_per_day: float, utilisation: float
) -> tuple[float, int]:
    """(exact, agents) who keep a backlog from growing: email waits for hours, so queues of seconds do not matter."""
    exact = messages_per_day * handle_minutes / (hours_per_day * 60 * utilisation)
    return exact, whole(exact)


# --- what a door hands in ------------------------------------------------------------------------------

# name → (least, most), both allowed.
LIMITS: dict[str, tuple[float, float]] = {
    "arrivals_per_hour": (0.01, 20_000),
    "aht_seconds": (1, 14_400),
    "concurrency": (1, 20),
    "target_percent": (1, 99.9),
    "target_seconds": (0, 86_400),
    "patience_seconds": (1, 7_200),
}
REQUIRED = frozenset({"arrivals_per_hour", "aht_seconds"})
PARAMETERS = (*LIMITS, "shrinkage")


def parse(raw: Mapping[str, str]) -> Question:
    """The question in `raw` (text by parameter name; empty counts as not given). Raises Invalid with the field."""
    given: dict[str, float] = {}
    for name in PARAMETERS:
        text = str(raw.get(name) or "").strip()
        if text:
            given[name] = _shrinkage(text) if name == "shrinkage" else _number(name, text)
        elif name in REQUIRED:
            raise Invalid(name, _("Fill this in."), code="required")
    question = Question(**{**given, "concurrency": int(given.get("concurrency", 1))})  # type: ignore[arg-type]
    if question.load > MAX_LOAD:
        raise Invalid("arrivals_per_hour", _("That is more work than this page reckons with."))
    return question


EMAIL_LIMITS = {
    "email_per_day": ("messages_per_day", 0.01, 1_000_000),
    "email_minutes": ("handle_minutes", 0.1, 480),
    "email_hours": ("hours_per_day", 0.5, 24),
    "email_utilisation": ("utilisation", 10, 100),  # typed as a percentage
}


def parse_email(raw: Mapping[str, str]) -> dict[str, float]:
    """Arguments of `email_backlog` from the form's fields. Raises Invalid with the field."""
    found = {}
    for field, (name, least, most) in EMAIL_LIMITS.items():
        found[name] = _within(field, str(raw.get(field) or "").strip(), least, most)
    found["utilisation"] /= 100
    return found


def _number(name: str, text: str) -> float:
    value = _within(name, text, *LIMITS[name])
    if name == "concurrency" and value != int(value):
        raise Invalid(name, _("A whole number."))
    return value


def _within(name: str, text: str, least: float, most: float) -> float:
    value = _finite(name, text)
    if not least <= value <= most:
        raise Invalid(name, _("A number from %(least)s to %(most)s.") % {"least": f"{least:g}", "most": f"{most:g}"})
    return value


def _shrinkage(text: str) -> float:
    """A share (0.3) or, as people write it, a percentage (30). Between 1 and 2 it could be either: refused."""
    value = _finite("shrinkage", text)
    if 2 <= value <= 95:
        return value / 100
    if not 0 <= value <= 0.95:
        raise Invalid("shrinkage", _("A share from 0 to 0.95, or a percentage from 2 to 95."))
    return value


def _finite(name: str, text: str) -> float:
    try:
        value = float(text) if len(text) <= 20 and text.isascii() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Invalid(name, _("A number, please."))
    return value
