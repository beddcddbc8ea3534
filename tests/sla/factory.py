"""A small cast for the tests of service levels."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import uuid4

from helpdesk.hours.models import Calendar
from helpdesk.hours.rules import calendar_json, parse_calendar
from helpdesk.people.actors import System
from helpdesk.people.models import Customer, Department, Membership, User
from tickets.models import SlaClock, SlaPolicy, Ticket
from tickets.services import conversation, handling
from tickets.services.policies import create_policy

SETUP = System("setup")
START = dt.datetime(2026, 3, 18, 9, 0, tzinfo=dt.UTC)


def unique(word: str) -> str:
    return f"{word} {uuid4().hex[:10]}"


def minutes(count: float) -> dt.datetime:
    return START + dt.timedelta(minutes=count)


def seconds(count: float) -> dt.datetime:
    return START + dt.timedelta(seconds=count)


def department(calendar: Calendar | None = None) -> Department:
    return Department.objects.create(name=unique("Care"), calendar=calendar)


def office_calendar(**hours: Any) -> Calendar:
    week = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    spec = parse_calendar({"time_zone": "Europe/Madrid", "weekly": week, **hours})
    return Calendar.objects.create(name=unique("Office"), **calendar_json(spec))


def colleague(team: Department | None = None, tier: int = 1, role: str = "agent", **fields: Any) -> User:
    user = User.objects.create_user(f"{uuid4().hex}@example.com", name=unique("Ana"), role=role, **fields)
    if team is not None:
        Membership.objects.create(user=user, department=team, tier=tier)
    return user


def target(metric: str, secs: int, priority: str | None = None, business: bool = False) -> dict[str, Any]:
    return {"metric": metric, "priority": priority, "seconds": secs, "business": business}


def rung(
    metric: str, action: str, percent: int | None = None, after: int | None = None, **params: Any
) -> dict[str, Any]:
    moment = {"at_percent": percent} if percent is not None else {"after_seconds": after}
    return {"metric": metric, **moment, "action": action, "params": params}


def only(field: str, value: Any, operator: str = "is") -> dict[str, Any]:
    return {"all": [{"field": field, "operator": operator, "value": value}], "any": []}


def policy(*targets: dict[str, Any], ladder: list[dict[str, Any]] | None = None, **fields: Any) -> SlaPolicy:
    return create_policy(actor=SETUP, name=unique("Policy"), targets=list(targets), ladder=ladder or [], **fields)


def open_ticket(team: Department | None = None, at: dt.datetime = START, **fields: Any) -> Ticket:
    customer = Customer.objects.create(name="Eva", email=f"{uuid4().hex}@example.net")
    return conversation.open_ticket(
        actor=customer, customer=customer, subject="Lamp", text="It flickers", channel=fields.pop("channel", "email"),
        department=team, at=at, **fields,
    )  # fmt: skip


def writes(ticket: Ticket, at: dt.datetime) -> None:
    conversation.customer_message(actor=ticket.customer, ticket=ticket, text="And?", at=at)


def answers(agent: User, ticket: Ticket, at: dt.datetime, then: str = "") -> None:
    conversation.reply(actor=agent, ticket=ticket, text="We are on it", at=at, then=then)


def moves(agent: User, ticket: Ticket, status: str, at: dt.datetime) -> None:
    handling.set_status(actor=agent, ticket=ticket, status=status, at=at)


def clock(ticket: Ticket, metric: str, cycle: int | None = None) -> SlaClock:
    rows = SlaClock.objects.filter(ticket=ticket, metric=metric).order_by("cycle")
    found = rows.last() if cycle is None else rows.get(cycle=cycle)
    assert found is not None, f"no clock {metric}"
    return found
