"""The verbs of calendars: who may, what is stored, what is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.http import Http404

from helpdesk.audit.models import AuditEntry
from helpdesk.hours.access import get_calendar_for
from helpdesk.hours.models import Calendar
from helpdesk.hours.rules import parse_calendar
from helpdesk.hours.services import create_calendar, delete_calendar, update_calendar
from helpdesk.hours.signals import calendar_changed
from helpdesk.lib.errors import Forbidden, Invalid, RuleViolation
from helpdesk.people.actors import SLA
from helpdesk.people.models import Customer, Department, User

pytestmark = pytest.mark.django_db
HOURS: dict[str, Any] = {"time_zone": "Europe/Madrid", "weekly": {"mon": [["09:00", "18:00"]]}}


def colleague(role: str, **fields: Any) -> User:
    return User.objects.create_user(f"{uuid4().hex}@example.com", name="Ana Ruiz", role=role, **fields)


def unique(word: str = "Office") -> str:
    return f"{word} {uuid4().hex[:8]}"


@pytest.fixture
def admin() -> User:
    return colleague("admin")


@pytest.fixture
def calendar(admin: User) -> Calendar:
    return create_calendar(actor=admin, name=unique(), hours=HOURS)


@pytest.fixture
def told() -> Iterator[list[int]]:
    heard: list[int] = []

    def hear(calendar_id: int, **_: Any) -> None:
        heard.append(calendar_id)

    calendar_changed.connect(hear)
    yield heard
    calendar_changed.disconnect(hear)


def test_an_admin_creates_and_the_audit_trail_says_so(admin: User) -> None:
    calendar = create_calendar(actor=admin, name="  Madrid \x00 office ", hours=HOURS)
    calendar.refresh_from_db()
    assert calendar.name == "Madrid office"
    assert calendar.spec == parse_calendar(HOURS)
    entry = AuditEntry.objects.get(target=f"hours.calendar:{calendar.pk}")
    assert (entry.action, entry.user_id, entry.after["weekly"]) == (
        "calendar.create",
        admin.pk,
        HOURS["weekly"],
    )


@pytest.mark.parametrize("role", ["agent", "supervisor", "customer", "inactive"])
def test_all_others_are_refused_and_nothing_happens(role: str, calendar: Calendar) -> None:
    actor: Any
    if role == "customer":
        actor = Customer.objects.create(name="Luis")
    else:
        actor = colleague("admin", is_active=False) if role == "inactive" else colleague(role)
    before = (Calendar.objects.count(), AuditEntry.objects.count(), calendar.updated_at)
    with pytest.raises(Forbidden):
        create_calendar(actor=actor, name=unique(), hours=HOURS)
    with pytest.raises(Forbidden):
        update_calendar(actor=actor, calendar=calendar, name="Mine")
    with pytest.raises(Forbidden):
        delete_calendar(actor=actor, calendar=calendar)
    calendar.refresh_from_db()
    assert (Calendar.objects.count(), AuditEntry.objects.count(), calendar.updated_at) == before


def test_who_may_read(calendar: Calendar) -> None:
    for reader in (colleague("agent"), colleague("supervisor"), SLA):
        assert get_calendar_for(reader, calendar.pk) == calendar
    for stranger in (Customer.objects.create(name="Luis"), colleague("agent", is_active=False)):
        with pytest.raises(Http404):
            get_calendar_for(stranger, calendar.pk)


@pytest.mark.parametrize("pk", ["x", "9" * 40, "-1", "１"])
def test_a_pk_that_is_none_is_not_found(admin: User, pk: str) -> None:
    with pytest.raises(Http404):
        get_calendar_for(admin, pk)


def test_a_name_is_given_once(admin: User, calendar: Calendar) -> None:
    other = create_calendar(actor=admin, name=unique(), hours=HOURS)
    with pytest.raises(RuleViolation) as refused:
        create_calendar(actor=admin, name=calendar.name, hours=HOURS)
    assert (refused.value.code, refused.value.field) == ("calendar_name_taken", "name")
    with pytest.raises(RuleViolation):
        update_calendar(actor=admin, calendar=other, name=calendar.name)
    assert Calendar.objects.filter(name=calendar.name).count() == 1


def test_a_change_of_hours_is_told_after_commit(
    admin: User, calendar: Calendar, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    holiday = {"date": "2026-12-25", "name": "Navidad"}
    with django_capture_on_commit_callbacks(execute=True):
        changed = update_calendar(actor=admin, calendar=calendar, hours={"holidays": [holiday]})
        assert told == []
    assert told == [calendar.pk]
    assert changed.holidays == [holiday]
    assert changed.weekly == HOURS["weekly"]
    assert calendar.spec != changed.spec
    entry = AuditEntry.objects.get(target=f"hours.calendar:{calendar.pk}", action="calendar.update")
    assert (entry.before, entry.after) == ({"holidays": []}, {"holidays": [holiday]})


def test_a_change_of_name_or_of_nothing_is_not_told(
    admin: User, calendar: Calendar, told: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        update_calendar(actor=admin, calendar=calendar, name=unique())
        update_calendar(actor=admin, calendar=calendar, hours=HOURS)
    assert told == []
    assert AuditEntry.objects.filter(target=f"hours.calendar:{calendar.pk}", action="calendar.update").count() == 1


def test_unusable_hours_change_nothing(admin: User, calendar: Calendar) -> None:
    with pytest.raises(Invalid) as refused:
        update_calendar(actor=admin, calendar=calendar, hours={"time_zone": "Mars/Olympus"})
    assert refused.value.field == "time_zone"
    calendar.refresh_from_db()
    assert calendar.time_zone == "Europe/Madrid"


def test_a_calendar_in_use_stays(admin: User, calendar: Calendar) -> None:
    department = Department.objects.create(name=unique("Support"), calendar=calendar)
    with pytest.raises(RuleViolation) as refused:
        delete_calendar(actor=admin, calendar=calendar)
    assert refused.value.code == "calendar_in_use"
    target = f"hours.calendar:{calendar.pk}"
    assert not AuditEntry.objects.filter(target=target, action="calendar.delete").exists()

    department.delete()
    delete_calendar(actor=admin, calendar=Calendar.objects.get(pk=calendar.pk))
    assert AuditEntry.objects.filter(target=target, action="calendar.delete").exists()


def test_a_calendar_deleted_meanwhile_is_not_found(admin: User, calendar: Calendar) -> None:
    Calendar.objects.filter(pk=calendar.pk).delete()
    with pytest.raises(RuleViolation) as refused:
        update_calendar(actor=admin, calendar=calendar, name=unique())
    assert refused.value.status == 404
