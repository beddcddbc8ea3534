"""The demo as a stranger finds it: loaded once, complete, consistent, and left alone ever after."""

from __future__ import annotations

import datetime as dt
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from chat.models import Chat
from helpdesk.demo import check, loader, logins
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import User
from knowledgebase.models import Article
from knowledgebase.selectors import search
from tickets.models import Event, Mailbox, Message, Notification, Rating, SlaClock, Ticket

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(600),
]  # the demo replays a month through the real verbs, whatever else the machine does


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo, loaded once for all tests of this module and rolled back after them. Gives its data directory."""
    from django.conf import settings
    from django.db import transaction

    before, directory = settings.DATA_DIR, tmp_path_factory.mktemp("demo")
    settings.DATA_DIR = directory
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            call_command("load_demo", verbosity=0)
            yield directory
            transaction.set_rollback(True)
    finally:
        settings.DATA_DIR = before


@pytest.fixture(autouse=True)
def _inside(demo: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Each test in a savepoint of the loaded demo."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def _distinct(field: str) -> set[Any]:
    return set(Ticket.objects.values_list(field, flat=True))


def test_no_list_is_empty() -> None:
    assert 180 <= Ticket.objects.count() <= 220
    assert _distinct("status") == set(Ticket.Status.values)
    assert _distinct("channel") == set(Ticket.Channel.values)
    assert _distinct("priority") == set(Ticket.Priority.values)
    assert _distinct("tier") == {1, 2, 3}
    assert _distinct("language") == {"es", "en"}
    assert len(_distinct("department")) == 4
    spanish = Ticket.objects.filter(language="es").count() / Ticket.objects.count()
    assert 0.5 < spanish < 0.72
    assert Chat.objects.filter(accepted_at__isnull=False, state="ended").count() > 20
    assert set(Rating.objects.values_list("score", flat=True)) == {"good", "bad"}
    assert Notification.objects.filter(read_at=None).exists()
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert {"opened", "assigned", "transferred", "escalated", "status_changed", "sla_breached", "rated"} <= kinds
    assert {"chat_started", "chat_accepted", "chat_ended"} <= kinds


def test_every_rule_holds() -> None:
    assert check.violations() == {}
    assert not Chat.objects.exclude(state="ended").exists()
    assert not Chat.objects.filter(ended_at__gt=timezone.now()).exists()
    assert not Notification.objects.filter(created_at__gt=timezone.now()).exists()


def test_what_waits_is_neither_all_late_nor_all_calm() -> None:
    now = timezone.now()
    waiting = Ticket.objects.filter(status__in=["new", "open"])
    late = waiting.filter(sla_due_at__lt=now).count()
    soon = waiting.filter(sla_due_at__gte=now, sla_due_at__lt=now + dt.timedelta(hours=1)).count()
    calm = waiting.filter(sla_due_at__gte=now + dt.timedelta(hours=1)).count()
    assert late >= 2
    assert soon >= 3
    assert calm >= 5


def test_the_sweep_finds_nothing_left_to_do() -> None:
    overdue = SlaClock.objects.filter(next_step_at__lt=timezone.now() - dt.timedelta(minutes=2))
    assert not overdue.exists()


def test_nothing_is_mailed_to_anybody() -> None:
    assert not OutboxMail.objects.filter(state="pending").exists()


def test_articles_are_found_without_accents() -> None:
    assert Article.objects.filter(status="published").count() >= 12
    assert "reset-password" in {hit.slug for hit in search("contrasena", language="es")}


def test_the_mailbox_has_its_department() -> None:
    mailbox = Mailbox.objects.get(address="support@example.com")
    assert mailbox.department is not None
    assert mailbox.department.calendar is not None
    assert mailbox.department.calendar.weekly["sun"] == [["00:00", "24:00"]]


def test_sign_ins_work_and_are_for_the_owner_alone(demo: Path) -> None:
    file = demo / "demo-logins.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    entries = json.loads(file.read_text("utf-8"))
    assert [e["role"] for e in entries] == ["admin", "supervisor", "agent", "agent", "agent", "agent"]
    for entry in entries:
        user = User.objects.get(email=entry["email"])
        assert user.role == entry["role"]
        assert user.check_password(entry["password"])
    assert [e["tier"] for e in entries[2:5]] == [1, 2, 3]
    assert entries[5]["department"] != entries[2]["department"]


def test_a_second_run_changes_nothing(demo: Path) -> None:
    def state() -> tuple[Any, ...]:
        return (
            list(Ticket.objects.order_by("pk").values_list("pk", "last_seq", "updated_at")),
            Message.objects.count(), Event.objects.count(), Article.objects.count(),
            list(User.objects.order_by("pk").values_list("email", "password")),
            (demo / "demo-logins.json").read_bytes(),
        )  # fmt: skip

    before = state()
    outcome = loader.load()
    assert outcome == loader.Outcome(tickets=0, new_logins=False, seconds=outcome.seconds)
    assert state() == before


def test_lost_sign_ins_are_made_anew(demo: Path) -> None:
    file = demo / "demo-logins.json"
    kept = file.read_bytes()
    try:
        file.unlink()
        assert loader.load().new_logins
        fresh = json.loads(file.read_text("utf-8"))
        assert fresh != json.loads(kept)
        assert all(User.objects.get(email=e["email"]).check_password(e["password"]) for e in fresh)
    finally:
        file.write_bytes(kept)  # the database goes back to its savepoint, the file does not by itself
        file.chmod(0o600)


def test_an_unreadable_file_is_replaced(demo: Path) -> None:
    file = demo / "demo-logins.json"
    kept = file.read_bytes()
    try:
        file.write_text("[{")
        assert logins.ensure()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(json.loads(file.read_text("utf-8"))) == 6
    finally:
        file.write_bytes(kept)
        file.chmod(0o600)
