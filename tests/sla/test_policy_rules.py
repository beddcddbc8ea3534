"""What may stand in a policy, and which one a ticket falls under."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.lib.errors import Invalid
from tickets.rules import policy as rules

TARGETS = [{"metric": "first_reply", "priority": None, "seconds": 60, "business": False}]


def condition(field: Any = "priority", operator: Any = "is", value: Any = "urgent") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], "conditions"),
        ({"none": []}, "conditions.none"),
        ({"all": {}}, "conditions.all"),
        ({"all": ["x"]}, "conditions.all.0"),
        ({"all": [{"field": "priority", "operator": "is"}]}, "conditions.all.0.value"),
        ({"all": [{**condition(), "extra": 1}]}, "conditions.all.0.extra"),
        ({"any": [condition(), condition(field="password")]}, "conditions.any.1.field"),
        ({"all": [condition(field="custom_fields.")]}, "conditions.all.0.field"),
        ({"all": [condition(field=["priority"])]}, "conditions.all.0.field"),
        ({"all": [condition(operator="like")]}, "conditions.all.0.operator"),
        ({"all": [condition(field="subject", operator="gt")]}, "conditions.all.0.operator"),
        ({"all": [condition(field="status", operator="contains")]}, "conditions.all.0.operator"),
        ({"all": [condition(field="tier", operator="gt", value="two")]}, "conditions.all.0.value"),
        ({"all": [condition(operator="in", value="urgent")]}, "conditions.all.0.value"),
        ({"all": [condition(operator="in", value=[])]}, "conditions.all.0.value"),
        ({"all": [condition(operator="in", value=[{}])]}, "conditions.all.0.value.0"),
        ({"all": [condition(value=None)]}, "conditions.all.0.value"),
        ({"all": [condition(value="x" * 301)]}, "conditions.all.0.value"),
        ({"all": [condition()] * 51}, "conditions.all"),
    ],
)
def test_conditions_refused_by_field(data: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.parse_conditions(data)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "happiness"}, "targets.0.metric"),
        ({"metric": ["first_reply"]}, "targets.0.metric"),
        ({"priority": "asap"}, "targets.0.priority"),
        ({"seconds": 0}, "targets.0.seconds"),
        ({"seconds": -5}, "targets.0.seconds"),
        ({"seconds": 10 * 365 * 86_400}, "targets.0.seconds"),
        ({"seconds": 10**30}, "targets.0.seconds"),
        ({"seconds": 1.5}, "targets.0.seconds"),
        ({"seconds": "60"}, "targets.0.seconds"),
        ({"seconds": True}, "targets.0.seconds"),
        ({"seconds": None}, "targets.0.seconds"),
        ({"business": "yes"}, "targets.0.business"),
        ({"minutes": 1}, "targets.0.minutes"),
    ],
)
def test_targets_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.parse_targets([{**TARGETS[0], **change}])
    assert refusal.value.field == field


def test_two_targets_for_one_thing_are_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        rules.parse_targets([*TARGETS, {"metric": "first_reply", "seconds": 5}])
    assert refusal.value.field == "targets.1.metric"


@pytest.mark.parametrize(
    ("rung", "field"),
    [
        ({"metric": "resolution", "at_percent": 50, "action": "notify"}, "ladder.0.metric"),
        ({"metric": "first_reply", "action": "notify"}, "ladder.0.at_percent"),
        ({"metric": "first_reply", "at_percent": 50, "after_seconds": 5, "action": "notify"}, "ladder.0.at_percent"),
        ({"metric": "first_reply", "at_percent": 0, "action": "notify"}, "ladder.0.at_percent"),
        ({"metric": "first_reply", "at_percent": 1001, "action": "notify"}, "ladder.0.at_percent"),
        ({"metric": "first_reply", "at_percent": "50", "action": "notify"}, "ladder.0.at_percent"),
        ({"metric": "first_reply", "after_seconds": 10**12, "action": "notify"}, "ladder.0.after_seconds"),
        ({"metric": "first_reply", "at_percent": 50, "action": "explode"}, "ladder.0.action"),
        ({"metric": "first_reply", "at_percent": 50, "action": "webhook"}, "ladder.0.action"),
        (
            {"metric": "first_reply", "at_percent": 50, "action": "notify", "params": {"to": "all"}},
            "ladder.0.params.to",
        ),
        ({"metric": "first_reply", "at_percent": 50, "action": "notify", "params": {"by": 1}}, "ladder.0.params.by"),
        ({"metric": "first_reply", "at_percent": 50, "action": "notify", "params": [1]}, "ladder.0.params"),
        (
            {"metric": "first_reply", "at_percent": 50, "action": "raise_tier", "params": {"to": 4}},
            "ladder.0.params.to",
        ),
        (
            {"metric": "first_reply", "at_percent": 50, "action": "message", "params": {"text": {"en": "Hi"}}},
            "ladder.0.params.text.es",
        ),
        (
            {"metric": "first_reply", "at_percent": 50, "action": "message", "params": {"text": {"en": "", "es": "x"}}},
            "ladder.0.params.text.en",
        ),
    ],
)
def test_ladder_refused_by_field(rung: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        rules.parse_ladder([rung], TARGETS)
    assert refusal.value.field == field


def test_a_rung_twice_or_too_many_are_refused() -> None:
    rung = {"metric": "first_reply", "at_percent": 50, "action": "raise_tier"}
    with pytest.raises(Invalid) as refusal:
        rules.parse_ladder([rung, rung], TARGETS)
    assert refusal.value.field == "ladder.1"
    with pytest.raises(Invalid) as refusal:
        rules.parse_ladder([{**rung, "at_percent": n} for n in range(1, 52)], TARGETS)
    assert refusal.value.field == "ladder"


VALUES: dict[str, Any] = {
    "status": "new", "priority": "high", "channel": "email", "tier": 2, "department": [4, "Sales"], "language": "es",
    "tags": ["vip", "returns"], "subject": "My broken Lamp", "customer.email": "eva@shop.example",
    "customer.organization": None, "custom_fields.order": "1200", "custom_fields.gold": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "operator", "value", "holds"),
    [
        ("priority", "is", "high", True),
        ("priority", "is_not", "high", False),
        ("priority", "gt", "normal", True),
        ("priority", "lte", "normal", False),
        ("priority", "in", ["high", "urgent"], True),
        ("priority", "not_in", ["high", "urgent"], False),
        ("tier", "gte", 2, True),
        ("tier", "is", "2", True),
        ("tier", "lt", 2, False),
        ("department", "is", 4, True),
        ("department", "is", "sales", True),
        ("department", "not_in", [4], False),
        ("tags", "contains", "VIP", True),
        ("tags", "contains", "vi", False),
        ("tags", "not_contains", "vip", False),
        ("tags", "is", "returns", True),
        ("subject", "contains", "lamp", True),
        ("subject", "not_contains", "sofa", True),
        ("customer.email", "contains", "@shop.example", True),
        ("customer.organization", "is", None, True),
        ("customer.organization", "contains", "acme", False),
        ("custom_fields.order", "gt", 1000, True),
        ("custom_fields.order", "lt", 1000, False),
        ("custom_fields.gold", "is", True, True),
        ("custom_fields.missing", "is", "x", False),
        ("custom_fields.missing", "is_not", "x", True),
        ("custom_fields.missing", "gt", 1, False),
    ],
)
def test_operators(field: str, operator: str, value: Any, holds: bool) -> None:
    parsed = rules.parse_conditions({"all": [condition(field, operator, value)]})
    assert rules.matches(parsed, VALUES) is holds


def test_all_and_any() -> None:
    yes, no = condition("tier", "is", 2), condition("tier", "is", 3)
    table = [
        ({}, True), ({"all": [yes]}, True), ({"all": [yes, no]}, False), ({"any": [no, yes]}, True),
        ({"any": [no]}, False), ({"all": [yes], "any": [no]}, False), ({"all": [yes], "any": [no, yes]}, True),
    ]  # fmt: skip
    for conditions, holds in table:
        assert rules.matches(rules.parse_conditions(conditions), VALUES) is holds, conditions


def test_the_target_of_the_priority_wins_over_that_of_any() -> None:
    targets = rules.parse_targets(
        [{"metric": "first_reply", "seconds": 60}, {"metric": "first_reply", "priority": "urgent", "seconds": 5}]
    )
    assert rules.target_for(targets, "first_reply", "low") == (60, False)
    assert rules.target_for(targets, "first_reply", "urgent") == (5, False)
    assert rules.target_for(targets, "resolution", "low") is None
