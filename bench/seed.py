"""What a section of the bench needs in the database, made through the services: `python -m bench.seed WHAT …`.

Runs in a process of its own with the stack's environment, and prints one line of JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from helpdesk.outbox.models import OutboxMail  # noqa: E402
from helpdesk.people.actors import System  # noqa: E402
from helpdesk.people.models import Department, User  # noqa: E402
from helpdesk.people.services import (  # noqa: E402
    create_agent,
    create_api_token,
    customer_for_email,
    save_department,
)
from knowledgebase.models import Article  # noqa: E402
from tickets import services  # noqa: E402
from tickets.models import SlaStep, Ticket  # noqa: E402
from tickets.services import incoming, mailboxes  # noqa: E402
from tickets.services.policies import create_policy  # noqa: E402

BENCH = System("bench")
PASSWORD = "correct horse battery"


def department() -> Department:
    return Department.objects.filter(name="Bench").first() or save_department(actor=BENCH, name="Bench")


def agents(count: int, **fields: Any) -> list[dict[str, Any]]:
    """`count` colleagues of the department with a token each."""
    found = []
    for _ in range(count):
        user = create_agent(
            actor=BENCH, email=f"agent-{uuid.uuid4().hex[:8]}@bench.example", name="Bench Agent", password=PASSWORD,
            memberships=[(department(), 1)], **fields,
        )  # fmt: skip
        _row, token = create_api_token(actor=BENCH, user=user, scopes=["read", "write"], name="bench")
        found.append({"id": user.pk, "email": user.email, "password": PASSWORD, "token": token})
    return found


def chat(count: str) -> dict[str, Any]:
    return {"key": settings.WIDGET_KEY, "agents": agents(int(count), chat_capacity=50)}


def _session(**values: Any) -> str:
    store = SessionStore()
    store.update(values)
    store.create()
    return str(store.session_key)


def _signed_in(user: User) -> str:
    backend = settings.AUTHENTICATION_BACKENDS[-1]
    return _session(
        _auth_user_id=str(user.pk), _auth_user_backend=backend, _auth_user_hash=user.get_session_auth_hash()
    )


def screens() -> dict[str, Any]:
    """Sessions of a colleague of each role and of a customer, and what the addresses of screens need."""
    people = User.objects.filter(is_active=True)
    found: dict[str, Any] = {
        role: _signed_in(person)
        for role in ("agent", "supervisor", "admin")
        if (person := people.filter(role=role).order_by("pk").first())
    }
    busy = Ticket.objects.filter(held=False, status__in=["open", "pending", "new"]).annotate(words=Count("messages"))
    seen = people.filter(role="agent").order_by("pk").first()
    shown = busy.filter(department__memberships__user=seen).order_by("-words", "pk")
    ticket = shown.first()
    assert ticket is not None, "there is no ticket to show"
    found["portal"] = _session(
        portal={"customer": ticket.customer_id, "email": ticket.customer.email, "at": timezone.now().timestamp()}
    )
    article = Article.objects.filter(status="published").order_by("pk").first()
    found |= {
        "key": settings.WIDGET_KEY,
        "cookie": settings.SESSION_COOKIE_NAME,
        "ticket": ticket.number,
        "spanish": (shown.filter(language__startswith="es").first() or ticket).number,
        "customer": str(ticket.customer.uid),
        "article": article.slug if article else "",
        "shelf": article.category.slug if article else "",
    }
    return found


def speak(language: str) -> str:
    """Everybody at the desk reads `language` from now on."""
    User.objects.update(language=language)
    return language


def supervisor() -> dict[str, Any]:
    """A supervisor's session, as a Cookie header, and API token."""
    user = create_agent(
        actor=BENCH, email="lead@bench.example", name="Bench Lead", password=PASSWORD, role="supervisor"
    )
    _row, token = create_api_token(actor=BENCH, user=user, scopes=["read"], name="bench")
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={_signed_in(user)}", "token": token}


# --- mail ---------------------------------------------------------------------------------------------


def mail_in(count: str) -> dict[str, Any]:
    """Receive mails of many strangers, one after another, as the mail server's pipe does."""
    mailbox = mailboxes.default_mailbox()
    raws = [_mail(n) for n in range(int(count))]
    incoming.receive(_mail(-1), mailbox)  # the first one starts what the others find
    began = time.perf_counter()
    results = [incoming.receive(raw, mailbox).result for raw in raws]
    assert set(results) == {"created"}, set(results)
    return {"seconds": time.perf_counter() - began}


def _mail(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Visita {number} <visita-{number}@mail.example>", "support@example.com"
    mail["Subject"], mail["Message-ID"] = f"Pedido {number}", make_msgid(domain="mail.example")
    mail.set_content("Buenas tardes:\n\n¿Cuándo llega mi pedido? Lo espero desde el lunes.\n\nUn saludo\n")
    mail.add_alternative("<p>Buenas tardes:</p><p>¿Cuándo llega mi <b>pedido</b>?</p>", subtype="html")
    return mail.as_bytes()


def mail_out(count: str) -> dict[str, Any]:
    """Answer as many tickets that came by mail."""
    user = User.objects.get(pk=agents(1)[0]["id"])
    found = list(Ticket.objects.filter(channel="email").order_by("pk")[: int(count)])
    assert len(found) == int(count)
    with transaction.atomic():  # so that all are due at one instant
        for ticket in found:
            services.reply(actor=user, ticket=ticket, text="Su pedido llega mañana.")
    return {}


def outbox() -> int:
    """How many mails wait."""
    return OutboxMail.objects.filter(state="pending").count()


# --- service levels -----------------------------------------------------------------------------------


def sla(count: str) -> dict[str, Any]:
    """Tickets whose first reply falls due over ten seconds, a while from now; each breaches and climbs a tier."""
    create_policy(
        actor=BENCH, name="Bench", position=0,
        targets=[{"metric": "first_reply", "priority": None, "seconds": 60, "business": False}],
        ladder=[{"metric": "first_reply", "at_percent": 100, "action": "raise_tier", "params": {"to": 2}}],
    )  # fmt: skip
    customer = customer_for_email(email="sla@mail.example", name="Sla")
    now, lead = timezone.now(), 15 + int(count) * 0.02
    for number in range(int(count)):
        due = now + dt.timedelta(seconds=lead + 10 * number / int(count))
        services.open_ticket(
            actor=customer, customer=customer, subject=f"Bench {number}", text="¿Hay alguien?", channel="api",
            department=department(), at=due - dt.timedelta(seconds=60),
        )  # fmt: skip
    assert timezone.now() < now + dt.timedelta(seconds=lead), "the clocks were due before all were made"
    return {"steps": 2 * int(count)}


def sla_steps() -> dict[str, Any]:
    """Steps done so far, and how late each was in seconds."""
    steps = SlaStep.objects.filter(clock__version__name="Bench").values_list("due_at", "done_at")
    late = [(done - due).total_seconds() for due, done in steps]
    return {"done": len(late), "late": late}


WHAT: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (chat, screens, speak, supervisor, mail_in, mail_out, outbox, sla, sla_steps)
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
