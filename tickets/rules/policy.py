"""Service-level policies as values: what may stand in one, and which one a ticket falls under. Pure.

A refusal names the field at fault: `targets.0.seconds`, `conditions.all.1.operator`, `ladder.2.params.to`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean

from .clock import METRICS

PRIORITIES = ("low", "normal", "high", "urgent")
FIELDS = frozenset(
    {
        "status", "priority", "channel", "department", "tier", "language", "tags", "subject",
        "customer.email", "customer.organization",
    }
)  # fmt: skip
CUSTOM = "custom_fields."
OPERATORS = frozenset({"is", "is_not", "in", "not_in", "contains", "not_contains", "gt", "gte", "lt", "lte"})
ORDERED = frozenset({"gt", "gte", "lt", "lte"})
TEXTS = frozenset({"tags", "subject", "customer.email", "customer.organization"})
ACTIONS = frozenset({"notify", "raise_tier", "raise_priority", "reassign", "message"})
AUDIENCES = ("assignee", "tier", "department", "supervisors")
LANGUAGES = ("en", "es")

TEN_YEARS = 10 * 365 * 86_400
MAX_CONDITIONS = 50
MAX_TARGETS = 60
MAX_STEPS = 50
MAX_TEXT = 2_000
MAX_POSITION = 10_000

_CUSTOM_NAME = re.compile(r"[A-Za-z0-9_\-]{1,40}")


# --- what may stand in a policy ----------------------------------------------------------------------


def parse_conditions(data: object) -> dict[str, list[dict[str, Any]]]:
    """`{"all": [{"field", "operator", "value"}], "any": […]}`, both lists optional. Raises Invalid."""
    conditions = _object(data, "conditions", {"all", "any"})
    parsed = {}
    for group in ("all", "any"):
        rows = _list(conditions.get(group, []), f"conditions.{group}", MAX_CONDITIONS)
        parsed[group] = [_condition(row, f"conditions.{group}.{i}") for i, row in enumerate(rows)]
    return parsed


def _condition(data: object, path: str) -> dict[str, Any]:
    row = _object(data, path, {"field", "operator", "value"}, required={"field", "operator", "value"})
    field, operator, value = row["field"], row["operator"], row["value"]
    if not isinstance(field, str) or not (
        field in FIELDS or (field.startswith(CUSTOM) and _CUSTOM_NAME.fullmatch(field[len(CUSTOM) :]))
    ):
        raise Invalid(f"{path}.field", _("Unknown field."))
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise Invalid(f"{path}.operator", _("Unknown operator."))
    custom = field.startswith(CUSTOM)
    if operator in ORDERED:
        if not (custom or field in ("tier", "priority")):
            raise Invalid(f"{path}.operator", _("This field has no order."))
        if _place(field, value) is None:
            raise Invalid(f"{path}.value", _("This cannot be compared."))
    elif operator in ("contains", "not_contains"):
        if not (custom or field in TEXTS):
            raise Invalid(f"{path}.operator", _("This field holds no text."))
        _scalar(value, f"{path}.value")
    elif operator in ("in", "not_in"):
        values = _list(value, f"{path}.value", MAX_CONDITIONS)
        if not values:
            raise Invalid(f"{path}.value", _("Name at least one value."))
        for i, item in enumerate(values):
            _scalar(item, f"{path}.value.{i}")
    elif value is not None or field in ("status", "priority", "channel", "tier"):
        _scalar(value, f"{path}.value")
    return {"field": field, "operator": operator, "value": value}


def parse_targets(data: object) -> list[dict[str, Any]]:
    """`[{"metric", "priority", "seconds", "business"}]`; a null priority means any. Raises Invalid."""
    parsed: list[dict[str, Any]] = []
    for i, item in enumerate(_list(data, "targets", MAX_TARGETS)):
        path = f"targets.{i}"
        row = _object(item, path, {"metric", "priority", "seconds", "business"}, required={"metric", "seconds"})
        metric, priority, seconds = row["metric"], row.get("priority"), row["seconds"]
        _known_metric(metric, path)
        if priority is not None and priority not in PRIORITIES:
            raise Invalid(f"{path}.priority", _("Unknown priority."))
        if not _whole(seconds) or not 1 <= seconds < TEN_YEARS:
            raise Invalid(f"{path}.seconds", _("A target is a whole number of seconds, from 1 to less than 10 years."))
        if not isinstance(business := row.get("business", False), bool):
            raise Invalid(f"{path}.business", _("This is true or false."))
        if any(t["metric"] == metric and t["priority"] == priority for t in parsed):
            raise Invalid(f"{path}.metric", _("There is already a target for this metric and priority."))
        parsed.append({"metric": metric, "priority": priority, "seconds": seconds, "business": business})
    return parsed


def parse_ladder(data: object, targets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`[{"metric", "at_percent" | "after_seconds", "action", "params"}]`. Raises Invalid.

    No ladder can loop: a rung is climbed once per clock, and rungs only ever raise.
    """
    promised = {t["metric"] for t in targets}
    parsed: list[dict[str, Any]] = []
    for i, item in enumerate(_list(data, "ladder", MAX_STEPS)):
        path = f"ladder.{i}"
        keys = {"metric", "at_percent", "after_seconds", "action", "params"}
        row = _object(item, path, keys, required={"metric", "action"})
        _known_metric(row["metric"], path)
        if row["metric"] not in promised:
            raise Invalid(f"{path}.metric", _("The policy has no target for this metric."))
        rung: dict[str, Any] = {"metric": row["metric"], **_moment(row, path)}
        rung["action"] = _action(row["action"], path)
        rung["params"] = _params(rung["action"], row.get("params") or {}, f"{path}.params")
        if rung in parsed:
            raise Invalid(path, _("This step stands on the ladder already."), code="duplicate")
        parsed.append(rung)
    return parsed


def _moment(row: Mapping[str, Any], path: str) -> dict[str, int]:
    percent, seconds = row.get("at_percent"), row.get("after_seconds")
    if (percent is None) == (seconds is None):
        raise Invalid(f"{path}.at_percent", _("Say either at_percent or after_seconds."))
    if percent is not None:
        if not _whole(percent) or not 1 <= percent <= 1000:
            raise Invalid(f"{path}.at_percent", _("A whole number from 1 to 1000."))
        return {"at_percent": percent}
    if not _whole(seconds) or not -TEN_YEARS < seconds < TEN_YEARS:
        raise Invalid(f"{path}.after_seconds", _("A whole number of seconds, less than 10 years."))
    return {"after_seconds": seconds}


def _action(action: object, path: str) -> str:
    if action == "webhook":
        raise Invalid(
            f"{path}.action", _("Webhooks are not available yet; choose another action."), code="not_available"
        )
    if not isinstance(action, str) or action not in ACTIONS:
        raise Invalid(f"{path}.action", _("Unknown action."))
    return action


def _params(action: str, data: object, path: str) -> dict[str, Any]:
    if action == "notify":
        to = _object(data, path, {"to"}).get("to", "assignee")
        if to not in AUDIENCES:
            raise Invalid(f"{path}.to", _("Choose assignee, tier, department or supervisors."))
        return {"to": to}
    if action == "raise_tier":
        to = _object(data, path, {"to"}).get("to")
        if to is not None and (not _whole(to) or to not in (2, 3)):
            raise Invalid(f"{path}.to", _("Tier 2 or 3."))
        return {} if to is None else {"to": to}
    if action == "raise_priority":
        to = _object(data, path, {"to"}).get("to")
        if to is not None and to not in PRIORITIES[1:]:
            raise Invalid(f"{path}.to", _("Unknown priority."))
        return {} if to is None else {"to": to}
    if action == "message":
        text = _object(_object(data, path, {"text"}).get("text"), f"{path}.text", set(LANGUAGES), set(LANGUAGES))
        for language in LANGUAGES:
            words = text[language]
            if not isinstance(words, str) or not clean(words).strip() or len(words) > MAX_TEXT:
                raise Invalid(f"{path}.text.{language}", _("Write what the customer will read."))
        return {"text": {language: clean(text[language]).strip() for language in LANGUAGES}}
    _object(data, path, set())
    return {}


def parse_position(value: object) -> int:
    """A place in the order, 0 first. Raises Invalid."""
    if not _whole(value) or not 0 <= value <= MAX_POSITION:
        raise Invalid("position", _("A whole number from 0 to %(most)d.") % {"most": MAX_POSITION})
    return value


def _known_metric(metric: object, path: str) -> None:
    if not isinstance(metric, str) or metric not in METRICS:
        raise Invalid(f"{path}.metric", _("Unknown metric."))


def _object(data: object, path: str, keys: set[str], required: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise Invalid(path, _("This must be an object."), code="invalid_type")
    if unknown := set(map(str, data)) - keys:
        raise Invalid(f"{path}.{sorted(unknown)[0][:40]}", _("Unknown field."), code="unknown_field")
    if missing := (required or set()) - set(data):
        raise Invalid(f"{path}.{sorted(missing)[0]}", _("This is missing."), code="required")
    return data


def _list(data: object, path: str, most: int) -> list[Any]:
    if not isinstance(data, list):
        raise Invalid(path, _("This must be a list."), code="invalid_type")
    if len(data) > most:
        raise Invalid(path, _("At most %(most)d entries.") % {"most": most}, code="too_many")
    return data


def _scalar(value: object, path: str) -> None:
    if not isinstance(value, str | int | float | bool) or (isinstance(value, str) and not 0 < len(value) <= 300):
        raise Invalid(path, _("This value cannot be used."))


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


# --- which policy a ticket falls under -----------------------------------------------------------------


def matches(conditions: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether all of `all` hold and, if there are any in `any`, one of them. No conditions match every ticket.

    `values` maps a field to its value, or to a list of values any of which may fit (tags; a department's id and
    name). A field that is missing equals nothing.
    """
    every, some = conditions.get("all") or [], conditions.get("any") or []
    return all(_holds(c, values) for c in every) and (not some or any(_holds(c, values) for c in some))


def fields_in(conditions: Mapping[str, Any]) -> set[str]:
    """The fields that `conditions` look at, so that only those are fetched."""
    return {c["field"] for group in ("all", "any") for c in conditions.get(group) or []}


def target_for(targets: Iterable[Mapping[str, Any]], metric: str, priority: str) -> tuple[int, bool] | None:
    """(seconds, business) for `metric` at `priority`: its own target, else the one for any; None: no promise."""
    found: tuple[int, bool] | None = None
    for target in targets:
        if target["metric"] != metric:
            continue
        if target["priority"] == priority:
            return target["seconds"], target["business"]
        if target["priority"] is None:
            found = target["seconds"], target["business"]
    return found


def _holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    field, operator, wanted = condition["field"], condition["operator"], condition["value"]
    value = values.get(field)
    have = [_plain(v) for v in value] if isinstance(value, list | tuple) else [_plain(value)]
    if operator.startswith("not_") or operator == "is_not":
        positive = {"is_not": "is", "not_in": "in", "not_contains": "contains"}[operator]
        return not _holds({**condition, "operator": positive}, values)
    if operator == "is":
        return _plain(wanted) in have
    if operator == "in":
        return any(_plain(w) in have for w in wanted)
    if operator == "contains":
        needle = _plain(wanted)
        # A tag is contained as a whole word of its own; elsewhere any part of the text counts.
        return needle in have if field == "tags" else any(needle in text for text in have if text)
    mine, theirs = _place(field, value), _place(field, wanted)
    if mine is None or theirs is None:
        return False
    return {"gt": mine > theirs, "gte": mine >= theirs, "lt": mine < theirs, "lte": mine <= theirs}[operator]


def _plain(value: Any) -> str:
    """Values are compared as people mean them: 3 is "3", True is "true", and case does not count."""
    return "" if value is None else str(value).strip().casefold()


def _place(field: str, value: Any) -> float | None:
    """Where a value stands in the order of its field; None when it has no place."""
    if field == "priority":
        return PRIORITIES.index(value) if value in PRIORITIES else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number == number else None  # NaN has no place
