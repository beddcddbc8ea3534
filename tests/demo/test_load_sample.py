"""Bulk data: as consistent as what the verbs write, findable, and the same for the same seed."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.postgres.search import SearchQuery
from django.core.management import CommandError, call_command
from django.utils import timezone

from helpdesk.demo import check
from helpdesk.people.models import Customer, Department, Membership, User
from tickets.models import Message, SlaClock, Ticket
from tickets.services import reply
from tickets.services.sweep import run_due

pytestmark = pytest.mark.django_db(transaction=True)


def load(tickets: int, seed: int = 7) -> str:
    out = StringIO()
    call_command("load_sample", tickets=tickets, seed=seed, stdout=out)
    return out.getvalue()


def words() -> list[tuple[object, ...]]:
    fields = ("subject", "status", "channel", "priority", "tier", "language", "last_seq", "customer__name", "snippet")
    return sorted(Ticket.objects.values_list(*fields), key=str)


@pytest.fixture
def agent() -> User:
    """One agent of one department, so that tickets have somebody."""
    user = User.objects.create_user("sample@casalumbre.example", name="Sample Agent")
    Membership.objects.create(user=user, department=Department.objects.create(name="Sample department"), tier=1)
    return user


def test_every_rule_holds(agent: User) -> None:
    said = load(2_500)  # more than one chunk
    assert "2,500 tickets" in said
    assert "tickets/s" in said
    assert Ticket.objects.count() == 2_500
    assert check.violations() == {}
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Ticket.Status.values)
    assert set(Ticket.objects.values_list("channel", flat=True)) == set(Ticket.Channel.values)
    assert set(Ticket.objects.values_list("language", flat=True)) == {"es", "en"}
    assert 3 < Message.objects.count() / 2_500 < 5
    assert Ticket.objects.values("number").distinct().count() == 2_500


def test_clocks_are_settled(agent: User) -> None:
    load(500)
    assert SlaClock.objects.filter(breached_at__isnull=False).exists()
    assert not SlaClock.objects.filter(next_step_at__lt=timezone.now()).exists()
    assert run_due() == 0


def test_numbers_and_verbs_go_on_after_it(agent: User) -> None:
    load(500)
    ticket = Ticket.objects.filter(status="open").first()
    assert ticket is not None
    reply(actor=agent, ticket=ticket, text="Gracias por esperar.")
    assert check.violations() == {}
    fresh = Ticket.objects.create(subject="Después", channel="email", customer=Customer.objects.create(name="Ana"))
    fresh.refresh_from_db()
    assert not Ticket.objects.filter(number=fresh.number).exclude(pk=fresh.pk).exists()


def test_what_is_said_is_found(agent: User) -> None:
    load(500)
    for word, config in (("transportista", "public.es_unaccent"), ("courier", "public.en_unaccent")):
        assert Message.objects.filter(search=SearchQuery(word, config=config)).exists()
    assert Ticket.objects.filter(subject__icontains="CL-").count() == 500


def test_the_same_seed_says_the_same(agent: User) -> None:
    load(300, seed=3)
    first = words()
    load(300, seed=3)  # again, on top: other numbers, same words
    assert Ticket.objects.count() == 600
    assert words() == sorted([*first, *first], key=str)
    Ticket.objects.all().delete()
    load(300, seed=4)
    assert words() != first


def test_without_departments_it_works_too() -> None:
    load(50)
    assert Ticket.objects.filter(department=None, assignee=None).count() == 50
    assert check.violations() == {}


@pytest.mark.parametrize("tickets", [0, -5, 20_000_001])
def test_nonsense_is_refused(tickets: int) -> None:
    with pytest.raises(CommandError, match="between 1 and 20,000,000"):
        load(tickets)
    assert not Ticket.objects.exists()
