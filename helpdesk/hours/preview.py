"""The calendar's workbench: a question about a calendar that need not be stored, answered and explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid

from .clock import CalendarSpec, Span, add_open_seconds, explain, next_opening, open_seconds
from .rules import FIRST_YEAR, LAST_YEAR, YEARS, parse_calendar

KEYS = frozenset({"calendar", "from", "seconds", "to"})
MAX_SECONDS = 10 * 366 * 86_400
MAX_SPAN = timedelta(seconds=MAX_SECONDS)
MAX_EXPLAINED = 500  # spans; the rest of a longer explanation is cut, and `truncated` says so
LOOKAHEAD = timedelta(days=14)  # explained when there is no deadline to explain up to

# RFC 3339, which asks for an offset; `datetime.fromisoformat` alone would let much more through.
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:(\.\d{1,6})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """Either `seconds` or `end` is given: when is a budget used up, or how much was open in between."""

    spec: CalendarSpec
    start: datetime
    seconds: int | None
    end: datetime | None


def parse_question(data: object) -> Question:
    """`{"calendar", "from", "seconds" | "to"}` as a value. Raises Invalid with the field at fault."""
    if not isinstance(data, dict):
        raise Invalid("calendar", _("This must be an object."), code="invalid_type")
    for key in data:
        if key not in KEYS:
            raise Invalid(str(key)[:40], _("Unknown field."), code="unknown_field")
    try:
        spec = parse_calendar(data.get("calendar"))
    except Invalid as refusal:
        field = "calendar" if refusal.field == "calendar" else f"calendar.{refusal.field}"
        raise Invalid(field, refusal.message, code=refusal.code) from None
    start = parse_instant(data.get("from"), "from")
    seconds, until = data.get("seconds"), data.get("to")
    if (seconds is None) == (until is None):
        raise Invalid("seconds", _("Give either “seconds” or “to”."), code="required")
    if seconds is not None:
        return Question(spec, start, _seconds(seconds), None)
    end = parse_instant(until, "to")
    if end < start:
        raise Invalid("to", _("The end lies before the start."))
    if end - start > MAX_SPAN:
        raise Invalid("to", _("At most ten years can be looked at."), code="too_long")
    return Question(spec, start, None, end)


def answer(question: Question) -> dict[str, Any]:
    """`{"due_at", "open_seconds", "reason", "next_opening", "explanation", "truncated"}`, JSON-ready.

    With `seconds`: `due_at`, or null with the reason. With `to`: `open_seconds` in between, `due_at` null.
    `explanation` covers the time up to the answer as `{"from", "to", "seconds", "kind", "reason"}`.
    """
    spec, start = question.spec, question.start
    due, reason = None, None
    if question.seconds is not None:
        due = add_open_seconds(spec, start, question.seconds)
        end = due or start + LOOKAHEAD
        if due is None:
            reason = _no_deadline(spec, start)
    else:
        end = question.end or start
    spans = explain(spec, start, end, limit=MAX_EXPLAINED + 1)
    counted = None if question.seconds is not None and due is None else open_seconds(spec, start, end)
    return {
        "due_at": None if due is None else rfc3339(due),
        "open_seconds": None if counted is None else _number(counted),
        "reason": reason,
        "next_opening": _or_none(next_opening(spec, start)),
        "explanation": [_span_json(span) for span in spans[:MAX_EXPLAINED]],
        "truncated": len(spans) > MAX_EXPLAINED,
    }


def parse_instant(value: object, field: str) -> datetime:
    """An RFC 3339 time with its offset, in UTC; digits past the microsecond are dropped. Raises Invalid."""
    refusal = Invalid(field, _("A time is written as 2026-03-20T17:30:00Z, with its offset."), code="invalid_time")
    match = _INSTANT.fullmatch(value) if isinstance(value, str) and len(value) <= 64 else None
    if match is None:
        raise refusal
    try:
        local = datetime.fromisoformat(match[1] + (match[2] or "") + match[3].upper())
        instant = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal from None
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        message = _("The year must be between %(first)d and %(last)d.") % YEARS
        raise Invalid(field, message, code="invalid_time")
    return instant


def rfc3339(instant: datetime) -> str:
    """In UTC with a "Z"; a fraction only when there is one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _seconds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SECONDS:
        message = _("A whole number of seconds from 0 to %(max)d.") % {"max": MAX_SECONDS}
        raise Invalid("seconds", message)
    return value


def _no_deadline(spec: CalendarSpec, start: datetime) -> str:
    if next_opening(spec, start) is None:
        return _("This calendar has no open hours from then on, so there is no deadline.")
    return _("This calendar does not open for long enough in the next twenty years, so there is no deadline.")


def _or_none(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _number(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _span_json(span: Span) -> Mapping[str, Any]:
    words = {
        "weekly": _("Regular hours"),
        "opening": _("Exceptional opening"),
        "outside_hours": _("Outside hours"),
        "always": _("Around the clock"),
    }
    reason = span.reason if span.kind == "holiday" else words[span.reason]
    return {
        "from": rfc3339(span.start),
        "to": rfc3339(span.end),
        "seconds": _number(span.seconds),
        "kind": span.kind,
        "reason": reason,
    }
