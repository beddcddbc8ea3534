"""The portal: in by a mailed link, own requests only, notes never."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client

from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import Identity
from helpdesk.realtime import limits
from tests.cast import Cast, make_cast, open_ticket
from tickets import services
from tickets.models import PortalLink, Ticket
from tickets.services import outgoing


def enter(client: Client, email: str) -> str:
    """Sign `client` in as the reader of `email`; returns the token that was mailed."""
    client.post("/portal/link/", {"email": email})
    mail = OutboxMail.objects.filter(recipient=email, kind="portal_link").latest("id")
    found = re.search(r"#(hp_[\w-]+)", mail.text)
    assert found
    assert client.post("/portal/enter/", {"token": found[1]}).status_code == 302
    return found[1]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.mark.django_db(transaction=True)
def test_a_customer_sees_own_requests_and_who_has_them(cast: Cast) -> None:
    ticket = open_ticket(cast)
    services.note(actor=cast.ana, ticket=ticket, text="SECRETO interno")
    services.escalate(actor=cast.ana, ticket=ticket, reason="knowledge", brief="SECRETO del relevo")
    client = Client(headers={"accept-language": "es"})
    enter(client, cast.lucia.email)
    assert "No puedo entrar" in client.get("/portal/").content.decode()
    page = client.get(f"/portal/{ticket.number}/").content.decode()
    assert f"#{ticket.number}" in page
    assert cast.support.name_in("es") in page
    assert "SECRETO" not in page
    assert cast.ana.email not in page


@pytest.mark.django_db(transaction=True)
def test_who_came_for_one_request_gets_there_after_the_link(cast: Cast) -> None:
    ticket = open_ticket(cast)
    client = Client()
    assert client.get(f"/portal/{ticket.number}/")["Location"] == "/portal/"
    assert enter(client, cast.lucia.email).startswith("hp_")
    assert client.get("/portal/").status_code == 200
    other = Client()
    other.get(f"/portal/{ticket.number}/")
    other.post("/portal/link/", {"email": cast.tom.email})
    text = OutboxMail.objects.filter(recipient=cast.tom.email, kind="portal_link").latest("id").text
    token = re.search(r"#(hp_[\w-]+)", text)
    assert token
    assert other.post("/portal/enter/", {"token": token[1]})["Location"] == f"/portal/{ticket.number}/"
    assert other.get(f"/portal/{ticket.number}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_link_works_once(cast: Cast) -> None:
    token = enter(Client(), cast.lucia.email)
    other = Client()
    assert other.post("/portal/enter/", {"token": token}).status_code == 403
    assert "portal" not in other.session
    assert PortalLink.objects.filter(email=cast.lucia.email).get().token_hash != token


@pytest.mark.django_db(transaction=True)
def test_known_and_unknown_addresses_get_the_same_answer(cast: Cast) -> None:
    answers = [Client().post("/portal/link/", {"email": e}) for e in (cast.lucia.email, "nobody-at-all@mail.example")]
    known, unknown = (re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", a.content.decode()) for a in answers)
    assert known == unknown


@pytest.mark.django_db(transaction=True)
def test_a_stranger_gets_404_and_the_unknown_are_asked_to_sign_in(cast: Cast) -> None:
    ticket = open_ticket(cast)
    tom = Client()
    enter(tom, cast.tom.email)
    for method, path in (("get", ""), ("post", "reply/"), ("post", "solve/"), ("post", "rate/")):
        assert getattr(tom, method)(f"/portal/{ticket.number}/{path}").status_code == 404
        assert getattr(Client(), method)(f"/portal/{ticket.number}/{path}").status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.messages.count()) == ("new", 1)


@pytest.mark.django_db(transaction=True)
def test_reply_solve_reopen_and_rate(cast: Cast) -> None:
    ticket = open_ticket(cast)
    client = Client()
    enter(client, cast.lucia.email)
    uid = "6a1c1c1e-0000-4000-8000-000000000001"
    for _double_click in range(2):
        client.post(f"/portal/{ticket.number}/reply/", {"body": "Sigue igual.", "uid": uid})
    message = ticket.messages.latest("seq")
    assert (ticket.messages.count(), message.verified, message.channel) == (2, True, "portal")
    client.post(f"/portal/{ticket.number}/solve/")
    client.post(f"/portal/{ticket.number}/rate/", {"score": "good", "comment": "Bien"})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.rating.score) == ("solved", "good")
    client.post(f"/portal/{ticket.number}/reopen/")
    ticket.refresh_from_db()
    assert ticket.status == "open"


@pytest.mark.django_db(transaction=True)
def test_a_request_of_a_stranger_opens_a_ticket_and_is_acknowledged_once(cast: Cast) -> None:
    address = f"new-{cast.lucia.pk}@mail.example"
    form = {"name": "Nora", "email": address, "subject": "Factura", "body": "¿Dónde está mi factura?"}
    answer = Client().post("/portal/new/", form)
    ticket = Ticket.objects.get(customer__email=address)
    assert answer.status_code == 201
    assert f"#{ticket.number}" in answer.content.decode()
    assert (ticket.channel, ticket.messages.get().verified) == ("portal", False)
    mails = OutboxMail.objects.filter(recipient=address)
    assert [m.kind for m in mails] == ["acknowledgement"]
    assert str(ticket.number) in mails[0].subject


@pytest.mark.django_db(transaction=True)
def test_a_request_and_its_acknowledgement_are_written_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(**given: object) -> None:
        raise SystemExit("killed")

    monkeypatch.setattr(outgoing, "queue_acknowledgement", dies)
    form = {"name": "N", "email": f"cut{cast.tom.pk}@mail.example", "subject": "Corte", "body": "A medias"}
    with pytest.raises(SystemExit):
        Client().post("/portal/new/", form)
    assert not Ticket.objects.filter(subject="Corte", customer__email=form["email"]).exists()


@pytest.mark.django_db(transaction=True)
def test_too_many_requests_are_refused_with_what_was_typed(cast: Cast) -> None:
    form = {"name": "N", "email": f"many{cast.tom.pk}@mail.example", "subject": "Uno más", "body": "Texto escrito"}
    source = str(uuid.uuid4())
    client = Client(REMOTE_ADDR=source)
    for _n in range(10):
        limits.wait_for(f"portal-new:{source}", per_second=10 / 3600, burst=10)
    answer = client.post("/portal/new/", form)
    assert answer.status_code == 429
    assert "Texto escrito" in answer.content.decode()
    assert not Ticket.objects.filter(customer__email=form["email"]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_double_click_opens_one_ticket_and_a_foreign_form_id_opens_ones_own(cast: Cast) -> None:
    form = {"name": "Nora", "email": f"twice-{cast.tom.pk}@mail.example", "subject": "Luz", "body": "Parpadea."}
    uid = str(uuid.uuid4())
    for _click in range(2):
        assert Client().post("/portal/new/", {**form, "uid": uid}).status_code == 201
    ticket = Ticket.objects.get(customer__email=form["email"])
    assert OutboxMail.objects.filter(recipient=form["email"]).count() == 1
    theirs = {**form, "email": f"other-{cast.tom.pk}@mail.example", "uid": uid}
    answer = Client().post("/portal/new/", theirs)
    assert answer.status_code == 201
    assert f"#{ticket.number}" not in answer.content.decode()
    assert Ticket.objects.get(customer__email=theirs["email"]).pk != ticket.pk


@pytest.mark.django_db(transaction=True)
def test_a_typed_address_proves_nothing(cast: Cast) -> None:
    open_ticket(cast)
    client = Client()
    client.post("/portal/new/", {"name": "Eve", "email": cast.lucia.email, "subject": "Hola", "body": "Soy Lucía"})
    assert "No puedo entrar" not in client.get("/portal/").content.decode()
    assert not Identity.objects.filter(value=cast.lucia.email, verified_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("field", "value"), [("email", "not an address"), ("subject", ""), ("body", "")])
def test_an_unusable_form_is_shown_again_with_what_was_typed(cast: Cast, field: str, value: str) -> None:
    form = {"name": "N", "email": f"x{cast.tom.pk}@mail.example", "subject": "Asunto raro", "body": "Texto largo"}
    before = Ticket.objects.count()
    answer = Client().post("/portal/new/", {**form, field: value})
    assert answer.status_code == 400
    assert "Texto largo" in answer.content.decode() or field == "body"
    assert Ticket.objects.count() == before
