"""The inbox: who sees what, which views, page by page, with a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.people.models import User
from tests.cast import Cast, open_ticket
from tests.console.doors import FRAGMENT
from tickets import services
from tickets.models import Ticket
from tickets.selectors import inbox as rows
from tickets.selectors.views import inbox

SignIn = Callable[[User], Client]


def numbers(actor: User, view: str) -> list[int]:
    return [row.number for row in rows.page(actor, inbox(actor, view=view)).rows]


def test_strangers_are_sent_to_sign_in_and_fragments_say_401(client: Client, db: None) -> None:
    answer = client.get("/console/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/console/")
    assert client.get("/console/tray/", headers=FRAGMENT).status_code == 401


def test_a_closed_account_is_out(cast: Cast, sign_in: SignIn) -> None:
    ana = sign_in(cast.ana)
    assert ana.get("/console/").status_code == 200
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert ana.get("/console/").status_code == 302


PATHS = ["", "row/", "update/", "entries/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_ticket_of_another_team_is_not_there(cast: Cast, sign_in: SignIn, path: str) -> None:
    ticket = open_ticket(cast, subject="Solo para soporte")
    answer = sign_in(cast.olga).get(f"/console/tickets/{ticket.number}/{path}")
    assert answer.status_code == (204 if path == "row/" else 404)
    assert b"Solo para soporte" not in answer.content
    assert sign_in(cast.sara).get(f"/console/tickets/{ticket.number}/{path}?").status_code in (200, 204)


def test_views_hold_what_their_names_say(cast: Cast) -> None:
    new = open_ticket(cast)
    mine = services.reply(actor=cast.ana, ticket=open_ticket(cast), text="Hola").ticket
    pending = services.reply(actor=cast.ana, ticket=open_ticket(cast), text="¿Cuál?", then="pending").ticket
    solved = services.solve(actor=cast.ana, ticket=open_ticket(cast))
    elsewhere = open_ticket(cast, department=cast.billing)
    assert numbers(cast.ana, "mine") == [pending.number, mine.number]
    assert numbers(cast.ana, "unassigned") == numbers(cast.ana, "new") == [new.number]
    assert numbers(cast.ana, "waiting") == [new.number]
    assert numbers(cast.ana, "pending") == [pending.number]
    assert numbers(cast.ana, "solved") == [solved.number]
    assert set(numbers(cast.ana, f"dept-{cast.support.pk}")) == {new.number, mine.number, pending.number}
    assert elsewhere.number not in numbers(cast.ana, "all")
    assert elsewhere.number in numbers(cast.sara, "all")
    counts = {v.key: v.count for v in inbox(cast.ana).views}
    assert (counts["mine"], counts["unassigned"], counts["pending"], counts["all"]) == (2, 1, 1, None)


def test_unknown_views_are_the_first_and_unknown_parameters_are_refused(cast: Cast, sign_in: SignIn) -> None:
    ana = sign_in(cast.ana)
    assert ana.get("/console/?view=nonsense").context["view"].key == "mine"
    refused = ana.get("/console/?sneaky=1", headers=FRAGMENT)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_parameter")
    assert ana.get("/console/?view=all&after=rubbish", headers=FRAGMENT).status_code == 400
    assert ana.get("/console/?ticket=x").status_code == 404


def test_pages_follow_each_other_without_gap_or_double(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 3)
    wanted = [open_ticket(cast).number for _ in range(8)][::-1]
    ana, url, found = sign_in(cast.ana), "/console/?view=all", []
    for _ in range(3):
        answer = ana.get(url, headers=FRAGMENT if "after" in url else {})
        found += [row.number for row in answer.context["rows"]]
        url = answer.context["next_url"]
    assert found == wanted
    assert url == ""


def test_search_finds_numbers_subjects_words_and_people_that_one_may_see(cast: Cast, sign_in: SignIn) -> None:
    ticket = open_ticket(cast, subject="Zanahoria azul", text="El cohete no despega.")
    hidden = open_ticket(cast, subject="Zanahoria verde", department=cast.billing)
    ana = sign_in(cast.ana)
    for words in (str(ticket.number), f"#{ticket.number}", "zanahoria", "cohetes", cast.lucia.email):
        found = {row.number for row in ana.get("/console/", {"search": words}).context["rows"]}
        assert ticket.number in found, words
        assert hidden.number not in found, words
    assert ana.get("/console/?search=qqqqqqqq").context["rows"] == []
    assert ana.get("/console/search/?q=cohete")["Location"] == "/console/?search=cohete"


def test_a_row_leaves_its_view_by_204(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    url = f"/console/tickets/{ticket.number}/row/?view=unassigned"
    assert f'data-number="{ticket.number}"'.encode() in ana.get(url).content
    services.assign(actor=cast.ana, ticket=ticket, assignee=cast.ana)
    assert ana.get(url).status_code == 204


def _queries(client: Client, url: str, headers: dict[str, str] | None = None) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, headers=headers or {}).status_code == 200
    return len(captured)


def _full(cast: Cast, count: int) -> Ticket:
    for _ in range(count):
        open_ticket(cast, department=None)
        ticket = open_ticket(cast)
        services.reply(actor=cast.ana, ticket=ticket, text="Hola")
    return ticket


# The most queries a page may need; a page that needs fewer one day moves its number down.
PINNED = {
    "/console/?view=all": 14,
    "/console/?view=breaching": 14,
    "/console/?search=puedo": 14,
    "/console/tickets/{n}/?view=all": 32,
    "/console/customers/": 12,
    "/console/chats/": 10,
}


def test_the_number_of_queries_does_not_grow(cast: Cast, sign_in: SignIn) -> None:
    ana = sign_in(cast.ana)
    ticket = _full(cast, 3)
    few = {url: _queries(ana, url.format(n=ticket.number)) for url in PINNED}
    ticket = _full(cast, 17)
    many = {url: _queries(ana, url.format(n=ticket.number)) for url in PINNED}
    assert few == many
    assert {url: n for url, n in few.items() if n > PINNED[url]} == {}, few


def test_a_long_timeline_costs_no_more_queries_than_a_short_one(cast: Cast, sign_in: SignIn) -> None:
    ticket, ana = open_ticket(cast), sign_in(cast.ana)
    services.reply(actor=cast.ana, ticket=ticket, text="Uno")
    services.note(actor=cast.ana, ticket=ticket, text="Nota")
    url = f"/console/tickets/{ticket.number}/"
    few = _queries(ana, url, FRAGMENT)
    for _ in range(20):
        services.reply(actor=cast.ana, ticket=ticket, text="Más")
        services.note(actor=cast.ana, ticket=ticket, text="Nota")
    assert _queries(ana, url, FRAGMENT) == few <= 26
