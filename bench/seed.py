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

from helpdesk.people.actors import System  # noqa: E402
from helpdesk.people.models import Department  # noqa: E402
from helpdesk.people.services import create_agent, create_api_token, save_department  # noqa: E402

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


WHAT = {"chat": chat}

if __name__ == "__main__":
    print(json.dumps(WHAT[sys.argv[1]](*sys.argv[2:])))
