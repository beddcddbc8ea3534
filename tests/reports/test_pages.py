"""The pages: who may see them, what they say, and that every table equals the API."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reports.selectors.rows import KINDS
from tests.cast import Cast, open_ticket
from tickets import services

from .doors import api, page
from .history import DAY, SPAN, after, twenty_tickets

PAGES = ["/console/reports/", "/console/reports/export.csv", "/console/reports/monitor/",
         "/console/reports/staffing/", "/console/reports/rows/?of=created"]  # fmt: skip
DOORS = ["/api/v1/reports/metrics/", "/api/v1/reports/monitor/",
         "/api/v1/reports/staffing/?arrivals_per_hour=125&aht_seconds=720"]  # fmt: skip


def test_pages_are_for_supervisors(cast: Cast) -> None:
    agent, supervisor, admin = page(cast.ana), page(cast.sara), page(cast.admin)
    for url in PAGES:
        assert agent.get(url).status_code == 403
        assert supervisor.get(url).status_code == 200
        assert admin.get(url).status_code == 200
        assert supervisor.post(url).status_code == 405
        stranger = Client().get(url)
        assert (stranger.status_code, stranger.headers["Location"].split("?")[0]) == (302, "/login/")


def test_the_api_is_for_supervisors(cast: Cast) -> None:
    agent, supervisor = api(cast.ana), api(cast.sara)
    for url in DOORS:
        assert agent.get(url).status_code == 403
        assert supervisor.get(url).status_code == 200
        assert Client().get(url).status_code == 401


def test_unknown_parameters_are_refused(cast: Cast) -> None:
    for url in ("/api/v1/reports/monitor/?x=1", f"{DOORS[2]}&x=1", "/api/v1/reports/metrics/?page_size=5"):
        assert api(cast.sara).get(url).status_code == 400


def test_staffing_by_api(cast: Cast) -> None:
    answer = api(cast.sara).get(f"{DOORS[2]}&concurrency=4&target_percent=80&target_seconds=30&patience_seconds=120")
    naive, slots, factor = answer.json()["models"]
    assert (naive["agents_exact"], naive["agents"], slots["agents"], factor["agents"]) == (6.25, 7, 8, 12)
    assert factor["with_patience"]["agents"] <= 12
    refused = api(cast.sara).get("/api/v1/reports/staffing/?arrivals_per_hour=125&aht_seconds=-1")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["aht_seconds"])


def table_of(cast: Cast, name: str) -> list[dict[str, str]]:
    answer = page(cast.sara).get("/console/reports/export.csv", {**SPAN, "table": name})
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_csv_totals_equal_api_totals(cast: Cast) -> None:
    twenty_tickets(cast)
    found: Any = api(cast.sara).get("/api/v1/reports/metrics/", SPAN).json()
    for name, key in (("days", "by_day"), ("channels", "by_channel"), ("agents", "by_agent")):
        rows = table_of(cast, name)
        assert [list(row) for row in rows] == [list(row) for row in found[key]]
        for column, total in (("solved", found["volume"]["solved"]), ("good", found["satisfaction"]["good"])):
            assert sum(int(row[column]) for row in rows) == total
    assert sum(int(row["created"]) for row in table_of(cast, "days")) == found["volume"]["created"]


def test_no_data_is_an_empty_cell_and_a_name_is_no_formula(cast: Cast) -> None:
    type(cast.ana).objects.filter(pk=cast.ana.pk).update(name='=HYPERLINK("http://evil.example")')
    ticket = open_ticket(cast, at=DAY)
    services.assign(actor=cast.sara, ticket=ticket, assignee=cast.ana, at=DAY)
    services.set_status(actor=cast.ana, ticket=ticket, status="solved", at=after(DAY, hours=1))
    (row,) = table_of(cast, "agents")
    assert row["name"].startswith("'=")
    assert row["first_reply_median_seconds"] == ""


def test_the_page_says_no_data_in_words(cast: Cast) -> None:
    text = page(cast.sara).get("/console/reports/").content.decode()
    assert "Nobody has had a first reply today or yesterday." in text
    assert "Nothing happened in this period" in text


def test_the_sentence_and_the_figures(cast: Cast) -> None:
    twenty_tickets(cast)
    text = page(cast.sara).get("/console/reports/", SPAN).content.decode().replace("\u00a0", " ")
    for words in ("1 min 25 s", "5 h 30 min", "80 %", "average 1 min 25 s · 9 in 10 within 2 min 25 s"):
        assert words in text


def test_in_spanish_decimals_do_not_break_the_charts(cast: Cast) -> None:
    type(cast.sara).objects.filter(pk=cast.sara.pk).update(language="es")
    ticket = open_ticket(cast, at=DAY)
    services.reply(actor=cast.ana, ticket=ticket, text="Hola.", at=after(DAY, seconds=41.5))
    text = page(cast.sara).get("/console/reports/", SPAN).content.decode()
    assert 'data-value="41.5"' in text


def test_a_wrong_filter_is_said_and_the_page_still_stands(cast: Cast) -> None:
    answer = page(cast.sara).get("/console/reports/?first=2026-13-01")
    assert answer.status_code == 400
    assert b"hd-alert-late" in answer.content


def test_the_rows_behind_a_figure_are_as_many_as_it_says(cast: Cast) -> None:
    twenty_tickets(cast)
    client = page(cast.sara)
    for kind, total in {
        "created": 20, "solved": 10, "open_at_end": 10, "first_reply": 16, "reopened": 1, "one_touch": 8,
        "good": 8, "bad": 2, "escalated": 0, "missed": 0,
    }.items():  # fmt: skip
        found = client.get("/console/reports/rows/", {**SPAN, "of": kind}).context["page"]
        assert (found.total, len(found.tickets)) == (total, total), kind


def test_every_kind_of_rows_answers(cast: Cast) -> None:
    client = page(cast.sara)
    for kind in KINDS:
        assert client.get("/console/reports/rows/", {"of": kind}).status_code == 200
    assert client.get("/console/reports/rows/", {"of": "secrets"}).status_code == 400


def test_the_number_of_queries_of_pages_is_bounded(cast: Cast) -> None:
    client = page(cast.sara)
    for url, most in (("/console/reports/", 30), ("/console/reports/monitor/", 18)):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        assert len(queries) <= most, url
