"""Colleagues: accounts, tokens, sign-in and their refusals."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.audit.models import AuditEntry
from helpdesk.lib.errors import RuleViolation
from helpdesk.people.models import ApiToken, Department, Organization, User
from helpdesk.people.services import (
    authenticate_token,
    create_agent,
    create_api_token,
    save_department,
    save_organization,
    set_status,
    update_agent,
    verify_email,
)
from tests.cast import PASSWORD, SETUP, Cast, make_cast


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refused(code: str, verb: object, **arguments: object) -> RuleViolation:
    with pytest.raises(RuleViolation) as refusal:
        verb(**arguments)  # type: ignore[operator]
    assert refusal.value.code == code
    return refusal.value


@pytest.mark.django_db
def test_only_administrators_make_colleagues(cast: Cast) -> None:
    before = User.objects.count()
    for actor in (cast.ana, cast.sara, cast.lucia):
        refused("forbidden", create_agent, actor=actor, email="x@desk.example", name="X")
    assert User.objects.count() == before
    made = create_agent(actor=cast.admin, email=" New-One@Desk.Example ", name="Núria", password=PASSWORD)
    assert made.email == "new-one@desk.example"
    assert AuditEntry.objects.filter(target=f"people.user:{made.pk}", action="agent.created").count() == 1


@pytest.mark.django_db
def test_an_address_is_taken_once_and_weak_passwords_are_refused(cast: Cast) -> None:
    refused("taken", create_agent, actor=cast.admin, email=cast.ana.email.upper(), name="Otra Ana")
    refusal = refused("invalid", create_agent, actor=cast.admin, email="y@desk.example", name="Y", password="password")
    assert refusal.field == "password"
    assert not User.objects.filter(email="y@desk.example").exists()


@pytest.mark.django_db
def test_somebody_can_always_administer() -> None:
    only = create_agent(actor=SETUP, email="only@desk.example", name="Only", role="admin")
    User.objects.filter(role="admin").exclude(pk=only.pk).update(is_active=False)
    for change in ({"role": "agent"}, {"is_active": False}):
        refused("last_admin", update_agent, actor=only, user=only, **change)
    only.refresh_from_db()
    assert (only.role, only.is_active) == ("admin", True)


@pytest.mark.django_db
def test_status_is_ones_own_or_a_supervisors_matter(cast: Cast) -> None:
    set_status(actor=cast.ana, user=cast.ana, status="online")
    refused("forbidden", set_status, actor=cast.bruno, user=cast.ana, status="offline")
    set_status(actor=cast.sara, user=cast.ana, status="away")
    cast.ana.refresh_from_db()
    assert cast.ana.status == "away"


@pytest.mark.django_db
def test_a_token_is_stored_as_a_hash_and_ends(cast: Cast) -> None:
    row, token = create_api_token(actor=SETUP, user=cast.ana, scopes=["read"])
    assert token not in str(ApiToken.objects.values().get(pk=row.pk))
    assert authenticate_token(token) == row
    ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert authenticate_token(token) is None
    ApiToken.objects.filter(pk=row.pk).update(expires_at=None)
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert authenticate_token(token) is None
    refused("invalid", create_api_token, actor=SETUP, user=cast.ana, scopes=["root"])


@pytest.mark.django_db
def test_one_verified_owner_per_address(cast: Cast) -> None:
    assert verify_email(customer=cast.lucia, email=cast.lucia.email)
    assert not verify_email(customer=cast.tom, email=cast.lucia.email)


@pytest.mark.django_db
def test_sign_in_and_a_closed_account_is_out_at_once(cast: Cast) -> None:
    client = Client()
    assert client.post("/login/", {"username": cast.ana.email.upper(), "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" in client.session
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    assert client.get("/console/").headers["Location"].startswith("/login/")


@pytest.mark.django_db
def test_wrong_passwords_are_throttled_for_that_account_from_there_only(cast: Cast) -> None:
    client = Client()
    answers = [
        client.post(
            "/login/", {"username": cast.bruno.email, "password": "wrong"}, REMOTE_ADDR="198.51.100.7"
        ).status_code
        for _ in range(10)
    ]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert client.get("/password/reset/", REMOTE_ADDR="198.51.100.7").status_code == 200
    elsewhere = Client().post(
        "/login/", {"username": cast.bruno.email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.8"
    )
    assert elsewhere.status_code == 302


@pytest.mark.django_db
def test_two_who_change_different_fields_at_once_both_get_what_they_wrote(cast: Cast) -> None:
    mine, yours = (Department.objects.get(pk=cast.support.pk) for _ in range(2))
    save_department(actor=cast.admin, department=mine, description="Front line")
    save_department(actor=cast.admin, department=yours, is_public=False)
    cast.support.refresh_from_db()
    assert (cast.support.description, cast.support.is_public) == ("Front line", False)

    house = save_organization(actor=cast.ana, name=f"House {cast.support.pk}")
    first, second = (Organization.objects.get(pk=house.pk) for _ in range(2))
    save_organization(actor=cast.ana, organization=first, notes="Pays late")
    save_organization(actor=cast.ana, organization=second, domains=["house.example"])
    house.refresh_from_db()
    assert (house.notes, house.domains) == ("Pays late", ["house.example"])
