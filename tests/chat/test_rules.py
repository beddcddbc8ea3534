"""The rules of live chat as tables."""

from __future__ import annotations

import datetime as dt

import pytest

from chat import rules
from chat.rules import Desk, Seat

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("position", "handle", "slots", "wait"),
    [
        (1, 300.0, 1, (180, 480)),  # 5 min: from 2.5 to 7.5, up to whole minutes
        (3, 300.0, 3, (180, 480)),
        (2, 300.0, 10, (60, 120)),
        (1, 1.0, 50, (60, 60)),
        (1, None, 3, None),
        (1, 300.0, 0, None),
        (0, 300.0, 3, None),
        (1, 0.0, 3, None),
    ],
)
def test_the_wait(position: int, handle: float | None, slots: int, wait: tuple[int, int] | None) -> None:
    assert rules.wait_range(position=position, handle_seconds=handle, slots=slots) == wait


@pytest.mark.parametrize(
    ("status", "active", "capacity", "mine", "code"),
    [
        ("online", 0, 3, False, None),
        ("online", 2, 3, False, None),
        ("online", 3, 3, False, "at_capacity"),
        ("online", 0, 0, False, "at_capacity"),
        ("away", 0, 3, False, "not_online"),
        ("offline", 0, 3, True, "not_online"),
        ("transfers_only", 0, 3, False, "not_online"),
        ("transfers_only", 0, 3, True, None),
        ("transfers_only", 3, 3, True, "at_capacity"),
    ],
)
def test_who_may_accept(status: str, active: int, capacity: int, mine: bool, code: str | None) -> None:
    assert rules.may_accept(status=status, active=active, capacity=capacity, handed_to_me=mine) == code


def test_who_is_eligible() -> None:
    def seat(agent: int, **changes: object) -> Seat:
        return Seat(**({"agent": agent, "status": "online", "connected": True, "active": 1, "capacity": 4} | changes))  # type: ignore[arg-type]

    seats = [
        seat(1),
        seat(2, active=0),
        seat(3, connected=False),
        seat(4, status="away"),
        seat(5, active=4),
        seat(6, channels=("email",)),
        seat(7, channels=("email", "chat"), active=2),
    ]
    assert [s.agent for s in rules.eligible(seats)] == [2, 1, 7]
    assert [s.agent for s in rules.on_duty(seats)] == [1, 2, 5, 7]


OPENS = NOW + dt.timedelta(hours=20)


@pytest.mark.parametrize(
    ("desks", "chosen", "overall"),
    [
        ([], None, (False, "no_agents", None)),
        ([Desk(1, True, False), Desk(2, True, True)], 2, (True, None, None)),
        ([Desk(1, False, True, "closed_hours", OPENS), Desk(2, True, False)], 2, (False, "no_agents", None)),
        ([Desk(1, False, True, "closed_hours", OPENS)], 1, (False, "closed_hours", OPENS)),
        ([Desk(1, False, True, "Navidad", OPENS)], 1, (False, "Navidad", OPENS)),
        (
            [Desk(1, False, True, "Navidad", OPENS), Desk(2, False, False, "closed_hours", NOW)],
            1,
            (False, "closed_hours", NOW),
        ),
    ],
)
def test_where_a_chat_goes_and_what_the_house_says(
    desks: list[Desk], chosen: int | None, overall: tuple[bool, str | None, dt.datetime | None]
) -> None:
    desk = rules.choose_desk(desks)
    assert (desk.id if desk else None) == chosen
    assert rules.overall(desks) == overall


def test_when_somebody_is_gone() -> None:
    assert not rules.gone(None, NOW, rules.AGENT_GRACE)
    assert not rules.gone(NOW - dt.timedelta(seconds=59), NOW, rules.AGENT_GRACE)
    assert rules.gone(NOW - dt.timedelta(seconds=60), NOW, rules.AGENT_GRACE)


def test_a_token_is_renewed_past_half_its_life() -> None:
    born, dies = NOW, NOW + dt.timedelta(hours=24)
    assert not rules.renew_due(born, dies, NOW + dt.timedelta(hours=12))
    assert rules.renew_due(born, dies, NOW + dt.timedelta(hours=12, seconds=1))
