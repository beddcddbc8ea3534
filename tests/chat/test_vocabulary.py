"""docs/events.md is held against the code: every frame with its fields, every error code."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.conf import settings

import tickets.events  # noqa: F401 - the vocabulary fills as these are imported
from chat.consumers import frames
from helpdesk.realtime.emit import VOCABULARY

PAGE = (Path(settings.BASE_DIR) / "docs" / "events.md").read_text()
# What a socket answers by itself, without an event.
ANSWERS = {"widget": {"welcome", "ack", "error"}, "console": {"welcome", "ack", "error"}}
WIRE_NAME = {"sender": "from"}


def rows(*headings: str) -> dict[str, set[str]]:
    """{first column: names in the second} of the table under the last of `headings`."""
    text = PAGE
    for heading in headings:
        text = text.split(f"\n{heading}\n", 1)[1]
    text = re.split(r"\n##", text, maxsplit=1)[0]
    cells = re.findall(r"^\| `(\w+)` \|(.*?)\|", text, re.MULTILINE)
    return {name: set(re.findall(r"`(\w+)`", fields)) for name, fields in cells}


@pytest.mark.parametrize(
    ("table", "headings"),
    [
        (frames.WIDGET, ("## Widget", "### From the visitor")),
        (frames.CONSOLE, ("## Console", "### From a colleague")),
    ],
)
def test_what_may_come_in(table: dict[str, frames.Shape], headings: tuple[str, str]) -> None:
    assert rows(*headings) == {name: set(shape.fields) for name, shape in table.items()}


@pytest.mark.parametrize(
    ("surface", "headings"),
    [("widget", ("## Widget", "### To the visitor")), ("console", ("## Console", "### To a colleague"))],
)
def test_what_goes_out(surface: str, headings: tuple[str, str]) -> None:
    documented = rows(*headings)
    events = {
        type: {WIRE_NAME.get(f.name, f.name) for f in fields(event)}
        for (where, type), event in VOCABULARY.items()
        if where == surface and not event.__module__.startswith("tests") and type != "rights_changed"
    }
    assert {name: given for name, given in documented.items() if name not in ANSWERS[surface]} == events
    assert ANSWERS[surface] <= documented.keys()


def test_rights_changed_is_for_sockets_and_never_for_browsers() -> None:
    assert "`rights_changed`" in PAGE
    assert "rights_changed" not in rows("## Console", "### To a colleague")


def test_the_error_codes_are_a_closed_list() -> None:
    assert set(rows("## Error codes")) == frames.ERROR_CODES


def test_every_code_that_the_code_names_is_in_the_list() -> None:
    named = set()
    for path in (Path(settings.BASE_DIR) / "chat" / "consumers").glob("*.py"):
        named |= set(re.findall(r'(?:FrameError|\.fail)\("(\w+)"', path.read_text()))
    assert named
    assert named <= frames.ERROR_CODES
