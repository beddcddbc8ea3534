"""What a section of the bench needs in the database, made through the services: `python -m bench.seed WHAT …`.

Runs in a process of its own with the stack's environment, and prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.utils import timezone  # noqa: E402

from helpdesk.people.actors import System  # noqa: E402
from helpdesk.people.models import Department, User  # noqa: E402
from helpdesk.people.services import create_agent, create_api_token, save_department  # noqa: E402
from knowledgebase.models import Article  # noqa: E402
from tickets.models import Ticket  # noqa: E402

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
    busy = Ticket.objects.filter(held=False).annotate(words=Count("messages"))
    seen = people.filter(role="agent").order_by("pk").first()
    ticket = busy.filter(department__memberships__user=seen).order_by("status", "-words", "pk").first()
    assert ticket is not None, "there is no ticket to show"
    found["portal"] = _session(
        portal={"customer": ticket.customer_id, "email": ticket.customer.email, "at": timezone.now().timestamp()}
    )
    article = Article.objects.filter(status="published").order_by("pk").first()
    return found | {
        "key": settings.WIDGET_KEY,
        "cookie": settings.SESSION_COOKIE_NAME,
        "ticket": ticket.number,
        "customer": str(ticket.customer.uid),
        "article": article.slug if article else "",
        "shelf": article.category.slug if article else "",
    }


WHAT = {"chat": chat, "screens": screens}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
