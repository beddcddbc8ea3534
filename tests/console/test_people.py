"""Customers, notifications, one's own status, and the settings."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from helpdesk.people.models import Customer, Department, User
from helpdesk.people.services import customer_for_email, verify_email
from tests.cast import Cast, open_ticket
from tests.console.doors import FRAGMENT
from tickets import services
from tickets.models import Notification
from tickets.selectors import context
from tickets.views.console import customers

SignIn = Callable[[User], Client]
PERSON = {"name": "Noa Gil", "role": "agent", "language": "es", "chat_capacity": "4", "ticket_capacity": "20"}


def test_customers_are_found_and_shown_with_the_tickets_one_may_see(cast: Cast, sign_in: SignIn) -> None:
    seen, hidden = open_ticket(cast), open_ticket(cast, department=cast.billing)
    ana = sign_in(cast.ana)
    assert ana.get("/console/customers/", {"search": cast.lucia.email}).context["customers"] == [cast.lucia]
    page = ana.get(f"/console/customers/{cast.lucia.uid}/").content.decode()
    assert f"#{seen.number}<" in page
    assert f"#{hidden.number}<" not in page
    assert cast.lucia.email in page


def test_pages_of_customers(cast: Cast, sign_in: SignIn, monkeypatch: object) -> None:
    for i in range(customers.PAGE + 2):
        customer_for_email(email=f"many{i}@mail.example", name="Many")
    ana = sign_in(cast.ana)
    first = ana.get("/console/customers/?search=many")
    second = ana.get(first.context["next_url"])
    found = [c.pk for c in [*first.context["customers"], *second.context["customers"]]]
    assert (len(found), len(set(found))) == (customers.PAGE + 2, customers.PAGE + 2)
    assert second.context["next_url"] == ""


def test_a_customer_is_changed(cast: Cast, sign_in: SignIn) -> None:
    url = f"/console/customers/{cast.lucia.uid}/"
    answer = sign_in(cast.ana).post(url, {"name": "Lucía P.\x00", "language": "es", "notes": "Llama por la tarde."})
    assert answer.status_code in (302, 400)
    answer = sign_in(cast.ana).post(url, {"name": "Lucía P.", "language": "es", "notes": "Llama por la tarde."})
    assert answer.status_code == 302
    found = Customer.objects.get(pk=cast.lucia.pk)
    assert (found.name, found.notes) == ("Lucía P.", "Llama por la tarde.")


def test_the_bell_counts_what_was_told_until_it_is_seen(cast: Cast, sign_in: SignIn) -> None:
    bruno = sign_in(cast.bruno)
    for _ in range(2):
        ticket = open_ticket(cast)
        services.escalate(actor=cast.ana, ticket=ticket, reason="time", brief="Urge.")
    assert 'data-count="2"' in bruno.get("/console/customers/").content.decode()
    listed = bruno.get("/console/notifications/", headers=FRAGMENT).content.decode()
    assert f"/console/tickets/{ticket.number}/" in listed
    bruno.get(f"/console/tickets/{ticket.number}/")
    assert 'data-count="1"' in bruno.get("/console/customers/").content.decode()
    bruno.post("/console/notifications/read/")
    assert not Notification.objects.filter(user=cast.bruno, read_at=None).exists()


def test_own_status(cast: Cast, sign_in: SignIn) -> None:
    ana = sign_in(cast.ana)
    assert ana.post("/console/status/", {"status": "transfers_only"}, headers=FRAGMENT).status_code == 204
    assert ana.post("/console/status/", {"status": "asleep"}, headers=FRAGMENT).json()["code"] == "invalid"
    assert User.objects.get(pk=cast.ana.pk).status == "transfers_only"


def test_own_language_and_zone(cast: Cast, sign_in: SignIn) -> None:
    ana = sign_in(cast.ana)
    ana.post("/console/preferences/", {"language": "es", "time_zone": "Europe/Madrid", "next": "/console/profile/"})
    assert '<html lang="es"' in ana.get("/console/profile/").content.decode()
    assert ana.post("/console/preferences/", {"time_zone": "Mars/Olympus"}).status_code == 400
    assert User.objects.get(pk=cast.ana.pk).time_zone == "Europe/Madrid"


def test_administrators_make_and_change_departments(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.admin)
    made = {"name": "Returns", "name_es": "Devoluciones", "is_public": "on", "is_active": "on"}
    assert admin.post("/console/settings/departments/new/", made).status_code == 302
    department = Department.objects.get(name="Returns")
    assert department.name_in("es") == "Devoluciones"
    taken = admin.post("/console/settings/departments/new/", made)
    assert taken.status_code == 400
    assert "A department with this name exists already." in taken.content.decode()
    assert Department.objects.filter(name="Returns").count() == 1
    admin.post(f"/console/settings/departments/{department.pk}/", {**made, "name": "Parcels"})
    assert Department.objects.get(pk=department.pk).name == "Parcels"


def test_administrators_make_and_change_people(cast: Cast, sign_in: SignIn) -> None:
    admin = sign_in(cast.admin)
    made = {**PERSON, "email": "noa@desk.example", "password": "caballo grapa correcto", "is_active": "on",
            f"tier_{cast.support.pk}": "2"}  # fmt: skip
    assert admin.post("/console/settings/people/new/", {**made, "password": "short"}).status_code == 400
    assert not User.objects.filter(email="noa@desk.example").exists()
    assert admin.post("/console/settings/people/new/", made).status_code == 302
    noa = User.objects.get(email="noa@desk.example")
    assert [(m.department, m.tier) for m in noa.memberships.all()] == [(cast.support, 2)]
    assert noa.check_password("caballo grapa correcto")
    changed = {**PERSON, "email": "other@desk.example", f"tier_{cast.billing.pk}": "3"}
    assert admin.post(f"/console/settings/people/{noa.pk}/", changed).status_code == 302
    noa.refresh_from_db()
    assert (noa.email, noa.is_active) == ("noa@desk.example", False)
    assert [(m.department, m.tier) for m in noa.memberships.all()] == [(cast.billing, 3)]


def test_the_last_administrator_stays(cast: Cast, sign_in: SignIn) -> None:
    User.objects.filter(role="admin").exclude(pk=cast.admin.pk).update(role="agent")
    answer = sign_in(cast.admin).post(f"/console/settings/people/{cast.admin.pk}/", {**PERSON, "is_active": "on"})
    assert answer.status_code == 400
    assert User.objects.get(pk=cast.admin.pk).is_admin


def test_settings_are_for_administrators(cast: Cast, sign_in: SignIn) -> None:
    for user in (cast.ana, cast.sara):
        before = Department.objects.count()
        assert sign_in(user).get("/console/settings/").status_code == 403
        assert sign_in(user).post("/console/settings/departments/new/", {"name": "X"}).status_code == 403
        assert Department.objects.count() == before


def test_the_card_says_whether_it_is_they_who_are_talking(cast: Cast) -> None:
    verify_email(customer=cast.lucia, email=cast.lucia.email)
    ticket = open_ticket(cast)
    assert context.card(cast.ana, ticket).verified is False  # anybody may type the address of a known customer
    services.customer_message(actor=cast.lucia, ticket=ticket, text="It is me", verified=True)
    assert context.card(cast.ana, ticket).verified is True
    services.reply(actor=cast.ana, ticket=ticket, text="Hello")
    assert context.card(cast.ana, ticket).verified is True
    services.customer_message(actor=cast.lucia, ticket=ticket, text="Send it elsewhere")
    assert context.card(cast.ana, ticket).verified is False
    ours = open_ticket(cast, actor=cast.ana, author=cast.ana)  # nobody has claimed anything on it
    assert context.card(cast.ana, ours).verified is True
