"""The world in which the table is true, and a client for each role. Built once: every call is undone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    from django.db import transaction

    from tests.cast import make_cast

    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(cast: Any) -> dict[str, Any]:
    """What `{names}` in the table stand for: everybody of the cast by key, and what the areas add."""
    from .table import more_things

    people = {name: one.pk for name, one in vars(cast).items()}
    for things in more_things():
        people |= things(cast)
    return people


@pytest.fixture(scope="module")
def clients(cast: Any) -> dict[str, Any]:
    from django.test import Client

    from helpdesk.people.services import create_api_token
    from tests.cast import SETUP

    made: dict[str, Any] = {"anonymous": Client(), "customer": Client()}
    session = made["customer"].session
    session["portal"] = {"customer": cast.lucia.pk, "at": time.time()}
    session.save()
    people = {"outsider": cast.olga, "agent": cast.ana, "supervisor": cast.sara, "admin": cast.admin}
    for role, user in people.items():
        made[role] = Client()
        made[role].force_login(user)
    for scope in ("read", "write"):
        _row, token = create_api_token(actor=SETUP, user=cast.ana, scopes=[scope])
        made[f"{scope}_token"] = Client(headers={"Authorization": f"Bearer {token}"})
    return made
