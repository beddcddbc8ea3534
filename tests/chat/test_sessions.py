"""Tokens and identities: random, expiring, renewed; claims merge with nobody, a signed word does."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

import jwt
import pytest
from django.db.models import F
from django.utils import timezone

from chat import services
from chat.models import Visitor, WidgetSession
from chat.services.sessions import read_identity
from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.ids import hash_token
from helpdesk.people.models import Customer, Identity
from helpdesk.people.services import customer_for_email, new_customer
from tests.cast import Cast, open_ticket
from tickets.models import Message, Ticket
from tickets.services.erasing import signals

from .desk import IDENTITY_SECRET, Desk, uid

pytestmark = pytest.mark.django_db(transaction=True)


def signed(secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    return jwt.encode({"sub": "shop-7", "exp": time.time() + 300, **claims}, secret, algorithm="HS256")


def age(token: str, **by: float) -> None:
    """Move a token's life back in time."""
    back = dt.timedelta(**by)
    rows = WidgetSession.objects.filter(token_hash=hash_token(token))
    rows.update(created_at=F("created_at") - back, expires_at=F("expires_at") - back)


def test_only_the_hash_of_a_token_is_stored() -> None:
    session, token = services.start_session()
    assert token not in str(WidgetSession.objects.filter(pk=session.pk).values())
    assert services.authenticate(token).visitor == session.visitor


def test_an_expired_token_opens_nothing(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    WidgetSession.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with desk.line("/ws/widget/") as line:
        line.say(type="hello", token=token)
        assert line.hear("error")["code"] == "token_expired"
        assert line.closed() == 4401


def test_renewal_ends_the_old_token_and_keeps_the_conversation(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.visitor(token) as visitor:
        visitor.say(type="send", id=uid(), text="one")
        number = visitor.hear("ack")["ticket"]
    age(token, hours=20)
    with desk.visitor(token) as visitor:
        fresh = visitor.hear("token")["token"]
        with desk.line("/ws/widget/") as late:
            late.say(type="hello", token=token)
            assert late.hear("error")["code"] == "token_invalid"
    with desk.visitor(fresh) as visitor:
        assert visitor.hear("message", seq=1)["ticket"] == number


def test_a_typed_address_merges_with_nobody(desk: Desk, cast: Cast) -> None:
    known = new_customer(name="Real Lucía", email=cast.lucia.email)
    with desk.visitor(name="Impostor", email=cast.lucia.email) as visitor:
        visitor.say(type="send", id=uid(), text="show me my tickets")
        number = visitor.hear("ack")["ticket"]
    ticket = Ticket.objects.select_related("customer").get(number=number)
    assert ticket.customer not in (cast.lucia, known)
    assert not Message.objects.get(ticket=ticket).verified


def test_a_bad_address_is_said_and_not_kept(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.line("/ws/widget/") as line:
        line.say(type="hello", token=token, name="Ana", email="no address")
        line.hear("welcome")
        line.hear("error", code="email_invalid")
    visitor = services.authenticate(token).visitor
    assert (visitor.name, visitor.email) == ("Ana", "")


def test_a_signed_identity_is_the_same_customer_every_time(desk: Desk, cast: Cast) -> None:
    customers = set()
    for _ in range(2):
        with desk.visitor(identity=signed(email="lu@shop.example", name="Lu")) as visitor:
            visitor.say(type="send", id=uid(), text="hello")
            number = visitor.hear("ack")["ticket"]
        customers.add(Ticket.objects.get(number=number).customer_id)
        assert Message.objects.get(ticket__number=number).verified
    assert len(customers) == 1
    kinds = Identity.objects.filter(customer__in=customers, verified_at__isnull=False).values_list("kind", "value")
    assert sorted(kinds) == [("email", "lu@shop.example"), ("external", "shop-7")]


def test_an_address_taken_back_catches_nobodys_mail(cast: Cast) -> None:
    visitor = services.start_session()[0].visitor
    visitor = services.claim(visitor=visitor, email="victim@mail.example")
    services.visitor_send(visitor=visitor, uid=uuid.uuid4(), text="hello")
    visitor = services.claim(visitor=Visitor.objects.get(pk=visitor.pk), email="thief@mail.example")
    customer = Customer.objects.get(pk=visitor.customer_id)
    assert customer.email == "thief@mail.example"
    assert [i.value for i in customer.identities.all()] == ["thief@mail.example"]
    found = customer_for_email(email="victim@mail.example")
    assert (found.pk != customer.pk, found.email) == (True, "victim@mail.example")


def test_a_claim_does_not_lead_answers_to_joined_mail_elsewhere(cast: Cast) -> None:
    visitor = services.start_session()[0].visitor
    visitor = services.claim(visitor=visitor, email="victim@mail.example")
    services.visitor_send(visitor=visitor, uid=uuid.uuid4(), text="hello")
    mailed = open_ticket(cast, customer=customer_for_email(email="victim@mail.example"))
    services.claim(visitor=Visitor.objects.get(pk=visitor.pk), name="Thief", email="thief@mail.example")
    customer = Customer.objects.get(pk=mailed.customer_id)
    assert customer.email == "victim@mail.example"
    assert not Identity.objects.filter(value="thief@mail.example").exists()


def test_a_mere_claim_of_an_address_does_not_catch_a_signed_identity(desk: Desk, cast: Cast) -> None:
    claimed = new_customer(name="Claims", email="lu@shop.example")
    with desk.visitor(identity=signed(email="lu@shop.example")) as visitor:
        visitor.say(type="send", id=uid(), text="hello")
        number = visitor.hear("ack")["ticket"]
    assert Ticket.objects.get(number=number).customer != claimed


def test_a_session_speaks_for_one_person(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.visitor(token, identity=signed(sub="first")) as visitor:
        visitor.say(type="send", id=uid(), text="a secret")
        visitor.hear("ack")
    with desk.line("/ws/widget/") as line:
        line.say(type="hello", token=token, identity=signed(sub="second"))
        assert line.hear("error")["code"] == "session_of_another"
        line.closed()
        assert not [f for f in line.heard if f["type"] == "message"]


@pytest.mark.parametrize(
    "token",
    [
        signed("another secret, just as long as the one that counts"),
        signed(exp=time.time() - 3600),
        signed(exp=time.time() + 7 * 86400),
        signed(sub=""),
        signed(email="no address"),
        jwt.encode({"sub": "x"}, IDENTITY_SECRET, algorithm="HS256"),
        jwt.encode({"sub": "x", "exp": time.time() + 60}, None, algorithm="none"),
        "not.a.token",
    ],
    # The tokens tell the time, so their own text would name a test otherwise on each worker.
    ids=["foreign", "expired", "too-long-lived", "nobody", "bad-address", "endless", "unsigned", "garbage"],
)
def test_identities_that_are_not_believed(settings: Any, token: str) -> None:
    settings.WIDGET_IDENTITY_SECRET = IDENTITY_SECRET
    with pytest.raises(RuleViolation) as refused:
        read_identity(token)
    assert refused.value.code == "identity_invalid"


def test_without_a_secret_nothing_signed_is_believed(settings: Any) -> None:
    settings.WIDGET_IDENTITY_SECRET = ""
    with pytest.raises(RuleViolation):
        read_identity(signed())


def test_a_forged_identity_is_a_stranger(desk: Desk, cast: Cast) -> None:
    with desk.line("/ws/widget/") as line:
        line.say(type="hello", token=desk.token(), identity=signed("another secret, just as long as the right one"))
        line.hear("welcome")
        line.hear("error", code="identity_invalid")
        line.say(type="send", id=uid(), text="hello")
        number = line.hear("ack")["ticket"]
    assert not Message.objects.get(ticket__number=number).verified


def test_erasure_takes_what_a_visitor_said_of_themselves(cast: Cast) -> None:
    session, token = services.start_session()
    visitor = services.claim(visitor=session.visitor, name="Lucía", email="l@mail.example", page="https://shop.example")
    services.visitor_send(visitor=visitor, uid=uuid.uuid4(), text="hello")
    customer = Customer.objects.get(visitors=visitor)
    signals.customer_erased.send(sender=Ticket, customer=customer)
    visitor = Visitor.objects.get(pk=visitor.pk)
    assert (visitor.name, visitor.email, visitor.page) == ("", "", "")
    with pytest.raises(RuleViolation):
        services.authenticate(token)
