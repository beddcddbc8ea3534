"""Queries compiled once give what the queryset gives, and refuse what it refuses."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from helpdesk.lib.prepared import Prepared
from tests.cast import make_cast, open_ticket
from tickets.models import Message, Ticket

FIELDS = [field.attname for field in Ticket._meta.concrete_fields]
WITH_PEOPLE = Prepared(
    lambda pk: (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("customer", "department", "assignee")
        .filter(pk=pk)
    ),
    int,
)


@pytest.mark.django_db
def test_the_same_row_with_its_relations_in_one_query() -> None:
    cast = make_cast()
    first, second = open_ticket(cast, custom_fields={"order": "A-1"}, tags=["lamp"]), open_ticket(cast)
    for ticket in (first, second):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = WITH_PEOPLE(ticket.pk)
            assert found is not None
            assert (found.customer, found.department, found.assignee) == (cast.lucia, cast.support, None)
        assert len(queries) == 1
        fresh = Ticket.objects.get(pk=ticket.pk)
        assert [getattr(found, name) for name in FIELDS] == [getattr(fresh, name) for name in FIELDS]
        found.save(update_fields=["subject"])
    assert WITH_PEOPLE(second.pk + 10**6) is None


@pytest.mark.django_db
def test_parameters_of_two_kinds_and_deferred_fields() -> None:
    ticket = open_ticket(make_cast())
    message = ticket.messages.get()
    find = Prepared(lambda pk, uid: Message.objects.filter(ticket=pk, uid=uid).only("pk", "seq"), int, uuid.UUID)
    found = find(ticket.pk, message.uid)
    assert found == message
    assert "body_text" in found.get_deferred_fields()
    assert found.body_text == message.body_text
    assert find(ticket.pk, uuid.uuid4()) is None


@pytest.mark.django_db
def test_two_parameters_of_one_kind_stay_apart() -> None:
    cast = make_cast()
    ticket = open_ticket(cast)
    find = Prepared(lambda pk, customer: Ticket.objects.filter(pk=pk, customer=customer), int, int)
    assert find(ticket.pk, cast.lucia.pk) == ticket
    assert find(ticket.pk, cast.tom.pk) is None
    assert find(cast.lucia.pk + 10**6, ticket.pk) is None


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused() -> None:
    ticket = open_ticket(make_cast())
    with transaction.atomic():
        assert WITH_PEOPLE(ticket.pk) == ticket
    with pytest.raises(transaction.TransactionManagementError):
        WITH_PEOPLE(ticket.pk)
