"""The workbench without a server: the question refused or understood, and the answer it gets."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.hours.preview import answer, parse_instant, parse_question, rfc3339
from helpdesk.lib.errors import Invalid

OFFICE = {
    "time_zone": "Europe/Madrid",
    "weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}


def ask(**question: Any) -> dict[str, Any]:
    question.setdefault("calendar", OFFICE)
    if "start" in question:
        question["from"] = question.pop("start")
    return answer(parse_question(question))


def test_a_budget_gets_its_deadline_and_the_way_there() -> None:
    assert ask(start="2026-03-20T17:30:00+01:00", seconds=3_600) == {
        "due_at": "2026-03-23T08:30:00Z",
        "open_seconds": 3_600,
        "reason": None,
        "next_opening": "2026-03-20T16:30:00Z",
        "explanation": [
            {
                "from": "2026-03-20T16:30:00Z",
                "to": "2026-03-20T17:00:00Z",
                "seconds": 1_800,
                "kind": "open",
                "reason": "Regular hours",
            },
            {
                "from": "2026-03-20T17:00:00Z",
                "to": "2026-03-23T08:00:00Z",
                "seconds": 226_800,
                "kind": "closed",
                "reason": "Outside hours",
            },
            {
                "from": "2026-03-23T08:00:00Z",
                "to": "2026-03-23T08:30:00Z",
                "seconds": 1_800,
                "kind": "open",
                "reason": "Regular hours",
            },
        ],
        "truncated": False,
    }


def test_a_span_gets_its_open_seconds() -> None:
    given = ask(start="2026-03-20T15:00:00Z", to="2026-03-23T09:00:00Z")
    assert (given["due_at"], given["open_seconds"]) == (None, 180 * 60)


@pytest.mark.parametrize(
    ("weekly", "words"), [({}, "no open hours"), ({"mon": [["09:00:00", "09:00:01"]]}, "for long enough")]
)
def test_no_deadline_has_its_reason(weekly: dict[str, Any], words: str) -> None:
    given = ask(calendar={"time_zone": "UTC", "weekly": weekly}, start="2026-03-20T15:00:00Z", seconds=3_600)
    assert given["due_at"] is None
    assert given["open_seconds"] is None
    assert words in given["reason"]
    assert given["explanation"][0]["kind"] == "closed"


def test_a_long_explanation_is_cut_and_says_so() -> None:
    given = ask(start="2026-01-01T00:00:00Z", to="2034-01-01T00:00:00Z")
    assert len(given["explanation"]) == 500
    assert given["truncated"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "2026-03-20T17:30:00"}, "from"),
        ({"from": "2026-03-20"}, "from"),
        ({"from": "2026-02-30T10:00:00Z"}, "from"),
        ({"from": "2026-03-20T17:30:60Z"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"from": "9999-12-31T23:59:59Z"}, "from"),
        ({"from": "2026-03-20T17:30:00+99:00"}, "from"),
        ({"from": "2026-03-20T17:30:00Z" + "0" * 99}, "from"),
        ({"from": 1_774_000_000}, "from"),
        ({"from": None}, "from"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": True}, "seconds"),
        ({"seconds": "60"}, "seconds"),
        ({"seconds": 1.5}, "seconds"),
        ({"seconds": 10**12}, "seconds"),
        ({"seconds": None}, "seconds"),
        ({"to": "2026-03-21T00:00:00Z"}, "seconds"),
        ({"seconds": None, "to": "2026-03-19T00:00:00Z"}, "to"),
        ({"seconds": None, "to": "2126-03-19T00:00:00Z"}, "to"),
        ({"until": "2026-03-19T00:00:00Z"}, "until"),
        ({"calendar": None}, "calendar"),
        ({"calendar": {**OFFICE, "time_zone": "Mars/Olympus"}}, "calendar.time_zone"),
        ({"calendar": {**OFFICE, "weekly": {"mon": [["18:00", "x"]]}}}, "calendar.weekly.mon.0"),
        ({"calendar": {**OFFICE, "name": "Office"}}, "calendar.name"),
    ],
)
def test_refusal_names_the_field(change: dict[str, Any], field: str) -> None:
    good = {"calendar": OFFICE, "from": "2026-03-20T16:30:00Z", "seconds": 60}
    with pytest.raises(Invalid) as refused:
        parse_question({**good, **change})
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-03-20T17:30:00.25+01:00", "2026-03-20T16:30:00.250000Z"),
        ("2026-03-20t16:30:00z", "2026-03-20T16:30:00Z"),
        ("2026-03-20T16:30:00.123456789Z", "2026-03-20T16:30:00.123456Z"),
    ],
)
def test_instants_are_read_and_written_as_rfc_3339(given: str, kept: str) -> None:
    assert rfc3339(parse_instant(given, "from")) == kept
