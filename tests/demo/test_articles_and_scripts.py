"""What is written for the demo: complete in both languages, and fit to be told."""

from __future__ import annotations

import datetime as dt
import string

import pytest

from helpdesk.demo import hours, library
from helpdesk.demo.script import conversations
from helpdesk.hours.clock import next_opening
from helpdesk.hours.rules import parse_calendar
from tickets.models import Ticket

SLOTS = {"name", "agent", "lamp", "order", "city"}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("slug", [row[0] for row in library.ARTICLES])
def test_every_article_is_written_in_both_languages(slug: str, language: str) -> None:
    article = library.read_article(library.FOLDER / language / f"{slug}.md")
    assert article.keys() == {"title", "summary", "keywords", "body"}
    assert 150 <= len(article["body"].split()) <= 350


def test_no_article_lies_about_unlisted() -> None:
    listed = {row[0] for row in library.ARTICLES}
    assert {p.stem for p in library.FOLDER.glob("*/*.md")} == listed


def test_conversations_use_only_slots_that_are_filled() -> None:
    for talk in conversations():
        for text in (*talk.subjects, *talk.openings, *(w for turn in talk.turns for w in turn.words)):
            assert {name for _t, name, _s, _c in string.Formatter().parse(text) if name} <= SLOTS, text
        assert set(talk.channels) <= set(Ticket.Channel.values)
        assert 2 <= 1 + sum(turn.kind in "ca" for turn in talk.turns) <= 7


def test_every_stop_leads_to_its_status() -> None:
    for talk in conversations():
        assert talk.until("solved")[-1].then == "solved"
        assert talk.until("pending")[-1].then == "pending"
        assert talk.until("on_hold")[-1].then == "on_hold"
        assert talk.until("new") == ()


def test_holidays_of_madrid() -> None:
    days = {day["date"]: day["name"] for day in hours.holidays(2026)}
    assert days["2026-04-03"] == "Viernes Santo"
    assert days["2026-11-09"] == "Nuestra Señora de la Almudena"
    assert "2026-11-01" not in days  # a Sunday
    assert days["2026-11-02"].startswith("Todos los Santos")
    office = parse_calendar(hours.office(range(2026, 2028)))
    friday_evening = dt.datetime(2026, 12, 4, 18, 0, tzinfo=dt.UTC)
    # The weekend, the Constitution's Monday and the Immaculate Conception: open again on Wednesday at nine.
    assert next_opening(office, friday_evening) == dt.datetime(2026, 12, 9, 8, 0, tzinfo=dt.UTC)
