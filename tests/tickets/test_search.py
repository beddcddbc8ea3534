"""Search by parts of words: what it finds, and that an index finds it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from helpdesk.people.actors import System
from helpdesk.people.models import Customer
from helpdesk.people.services import customer_for_email
from tests.cast import Cast, make_cast, open_ticket
from tickets.filters import TicketFilter, matching
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("SEÑAL", True), ("100% seg", True), ("a_b", True), ("\\o/", True), ("'; --", True),
        ("1000 seg", False), ("a%b", False), ("axb", False), ("s_ñal", False),
    ],
)  # fmt: skip
def test_part_of_a_subject_in_any_case_and_to_the_letter(cast: Cast, words: str, found: bool) -> None:
    ticket = open_ticket(cast, subject="Sin señal: 100% seguro \\o/ a_b '; -- x")
    assert (ticket in Ticket.objects.filter(pk=ticket.pk, subject__has=words)) is found


def test_an_address_is_found_whatever_its_case(cast: Cast) -> None:
    ticket = open_ticket(cast)
    address = cast.lucia.email
    assert ticket in matching(Ticket.objects.all(), address.upper()[:-4])
    assert ticket in TicketFilter({"customer": f" {address.upper()} "}, Ticket.objects.all()).qs
    assert customer_for_email(email=address.upper()) == cast.lucia


def plan(rows: QuerySet[Any]) -> str:
    """How PostgreSQL would find `rows` if it could read neither a whole table nor a whole index."""
    sql, parameters = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Ticket.objects.filter(subject__has="factura"), "ticket_subject_trgm"),
        (Ticket.objects.filter(customer__name__has="lucía"), "customer_name_trgm"),
        (Ticket.objects.filter(customer__email__has="mail.example"), "customer_email_trgm"),
        (Customer.objects.filter(email="lucia@mail.example"), "customer_email_exact"),
    ],
)
def test_an_index_serves_each_kind_of_match(rows: QuerySet[Any], index: str) -> None:
    assert index in plan(rows)


def test_a_search_of_everything_reads_no_table_of_words_from_end_to_end() -> None:
    told = plan(matching(Ticket.objects.all().visible_to(System("tests")), "factura"))  # type: ignore[attr-defined]
    for table in ("tickets_message", "people_customer"):
        assert f"Seq Scan on {table}" not in told
