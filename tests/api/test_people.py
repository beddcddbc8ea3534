"""Agents, departments, organizations, customers; and being forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from helpdesk.files.services import read
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import Customer, Identity, User
from tests.cast import PASSWORD, Cast, open_ticket
from tickets import services
from tickets.models import Attachment, Message, Ticket
from tickets.services.outgoing import note_failure

from .client import Api, refused


def tag() -> str:
    return uuid4().hex[:10]


def agent(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "email": f"{tag()}@desk.example", "name": "Noa Gil", "password": PASSWORD, "role": "agent",
        "languages": ["es", "en"], "skills": ["billing"], "capacity": {"chat": 2, "ticket": 9},
        "memberships": [{"department": cast.support.pk, "tier": 2}], **changes,
    }  # fmt: skip


def test_an_agent_comes_back_as_given_and_can_work(admin: Api, cast: Cast, ticket: Ticket) -> None:
    given = agent(cast)
    answer = admin.post("/agents/", given)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert {k: made[k] for k in given if k != "password"} == {k: v for k, v in given.items() if k != "password"}
    assert "password" not in made
    assert made["status"] == "offline"
    user = User.objects.get(pk=made["id"])
    assert user.check_password(PASSWORD)
    assert Api(user).get(f"/tickets/{ticket.number}/").status_code == 200
    assert admin.get(f"/agents/{made['id']}/").json() == made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "x"}, "email"), ({"password": "short"}, "password"), ({"role": "king"}, "role"),
        ({"capacity": {"chat": 51}}, "capacity.chat"), ({"capacity": {"tea": 1}}, "capacity.tea"),
        ({"memberships": [{"department": 999_999_999, "tier": 1}]}, "memberships.0.department"),
        ({"is_superuser": True}, "is_superuser"), ({"status": "online"}, "status"), ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_an_unusable_agent_is_not_made(admin: Api, cast: Cast, change: dict[str, Any], field: str) -> None:
    before = User.objects.count()
    answer = admin.post("/agents/", agent(cast, **change))
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert User.objects.count() == before


def test_a_membership_of_a_changed_agent_is_whole(admin: Api, cast: Cast) -> None:
    url = f"/agents/{cast.ana.pk}/"
    refused(admin.patch(url, {"memberships": [{"tier": 2}]}), 400, "invalid")
    changed = admin.patch(url, {"memberships": [{"department": cast.billing.pk}]}).json()
    assert changed["memberships"] == [{"department": cast.billing.pk, "tier": 1}]


def test_a_taken_address_and_a_tier_out_of_range(admin: Api, cast: Cast) -> None:
    refused(admin.post("/agents/", agent(cast, email=cast.ana.email.upper())), 400, "taken")
    wrong = agent(cast, memberships=[{"department": cast.support.pk, "tier": 4}])
    assert admin.post("/agents/", wrong).status_code == 400


def test_losing_a_department_or_the_account_acts_at_once(admin: Api, ana: Api, cast: Cast, ticket: Ticket) -> None:
    url = f"/tickets/{ticket.number}/"
    assert ana.get(url).status_code == 200
    assert admin.patch(f"/agents/{cast.ana.pk}/", {"memberships": []}).json()["memberships"] == []
    assert ana.get(url).status_code == 404
    assert admin.patch(f"/agents/{cast.ana.pk}/", {"is_active": False}).json()["is_active"] is False
    assert ana.get(url).status_code == 401


def test_a_status_is_one_s_own_or_a_supervisor_s(ana: Api, olga: Api, sara: Api, cast: Cast) -> None:
    url = f"/agents/{cast.ana.pk}/"
    assert ana.patch(url, {"status": "online"}).json()["status"] == "online"
    refused(olga.patch(url, {"status": "offline"}), 403, "forbidden")
    refused(ana.patch(url, {"status": "away", "role": "admin"}), 403, "forbidden")
    assert ana.get(url).json()["status"] == "online"
    assert sara.patch(url, {"status": "away"}).json()["status"] == "away"
    assert ana.patch(url, {"status": "asleep"}).status_code == 400


def test_agents_are_found(ana: Api, cast: Cast) -> None:
    def found(**query: Any) -> set[int]:
        return {a["id"] for a in ana.get("/agents/", query).json()["results"]}

    assert found(department=cast.support.pk) == {cast.ana.pk, cast.bruno.pk, cast.carmen.pk}
    assert found(search=cast.olga.email) == {cast.olga.pk}
    assert found(role="supervisor,admin", email=cast.sara.email) == {cast.sara.pk}
    assert found(is_active="false", department=cast.support.pk) == set()


def test_departments(admin: Api, ana: Api) -> None:
    name = f"Returns {tag()}"
    made = admin.post("/departments/", {"name": name, "translations": {"es": "Devoluciones"}}).json()
    assert (made["name"], made["translations"], made["is_active"]) == (name, {"es": "Devoluciones"}, True)
    url = f"/departments/{made['id']}/"
    assert ana.get(url).json() == made
    refused(admin.post("/departments/", {"name": name}), 400, "taken")
    assert admin.patch(url, {"calendar": 999_999}).status_code == 400
    assert admin.patch(url, {"translations": {"xx": "?"}}).status_code == 400
    assert admin.patch(url, {"is_public": False}).json()["is_public"] is False


def test_organizations_take_in_their_people(ana: Api) -> None:
    domain = f"{tag()}.example"
    made = ana.post("/organizations/", {"name": f"House {domain}", "domains": [domain.upper()]}).json()
    assert made["domains"] == [domain]
    person = ana.post("/customers/", {"name": "Eva", "email": f"eva@{domain}"}).json()
    assert person["organization"] == made["id"]
    assert [o["id"] for o in ana.get("/organizations/", {"domain": domain}).json()["results"]] == [made["id"]]
    assert ana.post("/organizations/", {"name": tag(), "domains": ["no domain"]}).status_code == 400
    refused(ana.post("/organizations/", {"name": f"House {domain}"}), 400, "taken")


def test_customers(ana: Api, cast: Cast) -> None:
    refused(ana.post("/customers/", {"email": cast.lucia.email}), 409, "email_taken")
    assert ana.post("/customers/", {}).status_code == 400
    url = f"/customers/{cast.lucia.pk}/"
    changed = ana.patch(url, {"name": "Lucía P.", "custom_fields": {"plan": "gold"}}).json()
    assert (changed["name"], changed["custom_fields"]) == ("Lucía P.", {"plan": "gold"})
    assert changed["identities"] == [{"kind": "email", "value": cast.lucia.email, "verified": False}]
    refused(ana.patch(url, {"email": "other@mail.example"}), 400, "unknown_field")
    assert [c["id"] for c in ana.get("/customers/", {"search": cast.lucia.email}).json()["results"]] == [cast.lucia.pk]


@pytest.mark.django_db(transaction=True)
def test_erasing_leaves_the_ticket_and_no_word(settings: Any, tmp_path: Path) -> None:
    from tests.cast import make_cast

    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = storages
    cast = make_cast()
    ana, admin = Api(cast.ana), Api(cast.admin)
    ticket = open_ticket(cast)
    ana.post(f"/tickets/{ticket.number}/messages/", {"body": "We are on it."})
    ana.post(
        f"/tickets/{ticket.number}/notes/", {"body": "n", "files": [SimpleUploadedFile("a", b"x")]}, format="multipart"
    )
    from helpdesk.files.services import store

    file = store(content=b"passport", filename="passport.png")
    services.customer_message(actor=cast.lucia, ticket=ticket, text="My passport", files=[file])
    services.rate(actor=cast.lucia, ticket=ticket, score="good", comment="Thanks, Lucía")
    ana.patch(f"/tickets/{ticket.number}/", {"subject": "Lucía cannot sign in", "tags": ["login"]})
    Message.objects.filter(ticket=ticket).update(quoted_text="> Lucía wrote: contraseña")
    with transaction.atomic():
        note_failure(
            OutboxMail(recipient=cast.lucia.email, kind="reply", order_key=f"ticket:{ticket.pk}:x"),
            f"550 <{cast.lucia.email}> unknown",
        )
    changed_at = Ticket.objects.get(pk=ticket.pk).updated_at
    url = f"/customers/{cast.lucia.pk}/"

    refused(ana.post(url + "erase/", {}), 403, "forbidden")
    refused(admin.post(url + "erase/", {"really": True}), 400, "unknown_field")
    assert Customer.objects.get(pk=cast.lucia.pk).name == "Lucía Peña"

    for _again in range(2):
        answer = admin.post(url + "erase/", {})
        assert answer.status_code == 200, answer.content
        assert answer.json()["erased_at"]
    told = ana.get(f"/tickets/{ticket.number}/timeline/").content.decode()
    shown = ana.get(f"/tickets/{ticket.number}/").content.decode()
    for word in ("Lucía", "lucia", "contraseña", "entrar", "passport"):
        assert word not in told + shown, word
    assert "We are on it." in told
    assert '"login"' in told
    assert not Message.objects.filter(ticket=ticket).exclude(quoted_text="").exclude(author_kind="agent").exists()
    assert Ticket.objects.get(pk=ticket.pk).updated_at > changed_at  # an export that goes by changes hears of it
    assert not Identity.objects.filter(customer=cast.lucia).exists()
    assert ana.get("/tickets/", {"search": "contraseña"}).json()["results"] == []
    gone = Attachment.objects.get(message__ticket=ticket).file
    assert (gone.filename, read(gone)) == ("erased", b"")
    kept = Attachment.objects.get(note__ticket=ticket).file
    assert read(kept) == b"x"


@pytest.mark.django_db(transaction=True)
def test_erasing_who_typed_anothers_address_leaves_the_others_mail() -> None:
    from helpdesk.people.services import new_customer
    from tests.cast import make_cast
    from tickets.models import ReplyAddress
    from tickets.services import outgoing

    cast = make_cast()
    ticket, claimed = open_ticket(cast), open_ticket(cast, customer=new_customer(email=cast.lucia.email))
    for one in (ticket, claimed):
        outgoing.queue_acknowledgement(ticket=one, recipient=cast.lucia.email)
    assert Api(cast.admin).post(f"/customers/{claimed.customer_id}/erase/", {}).status_code == 200
    assert set(ReplyAddress.objects.filter(email=cast.lucia.email).values_list("ticket", flat=True)) == {ticket.pk}
    kept = OutboxMail.objects.filter(recipient=cast.lucia.email)
    assert [outgoing.ticket_of(m) for m in kept] == [ticket.pk]


@pytest.mark.django_db(transaction=True)
def test_erasing_reaches_words_that_were_merged_into_anothers_ticket() -> None:
    from helpdesk.files.services import store
    from tests.cast import make_cast

    cast = make_cast()
    theirs = open_ticket(cast, subject="Lucía is locked out")
    services.customer_message(
        actor=cast.lucia, ticket=theirs, text="My password", files=[store(content=b"scan", filename="scan.png")]
    )
    services.reply(actor=cast.ana, ticket=theirs, text="We are on it.")
    toms = open_ticket(cast, customer=cast.tom, actor=cast.tom)
    services.note(actor=cast.ana, ticket=toms, text="Same outage")
    services.merge(actor=cast.ana, ticket=theirs, into=toms)
    before = Ticket.objects.get(pk=toms.pk).updated_at
    assert Api(cast.admin).post(f"/customers/{cast.lucia.pk}/erase/", {}).status_code == 200
    told = Api(cast.ana).get(f"/tickets/{toms.number}/timeline/").content.decode()
    for word in ("Lucía", "password", "scan.png"):
        assert word not in told, word
    for word in ("Same outage", "We are on it."):
        assert word in told, word
    assert read(Attachment.objects.get(note__ticket=toms).file) == b""
    toms.refresh_from_db()
    assert toms.customer == cast.tom
    assert toms.messages.filter(customer=cast.tom).exclude(body_text="—").exists()
    assert toms.updated_at > before
