"""The world in which the table is true, and a client for each role."""

from __future__ import annotations

import time
from typing import Any

import pytest


@pytest.fixture
def cast(db: None) -> Any:
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def world(cast: Any) -> dict[str, Any]:
    """What `{names}` in the table stand for: everybody of the cast by key, and what the areas add."""
    from .table import more_things

    people: dict[str, Any] = {name: one.pk for name, one in vars(cast).items()}
    people["lucia_uid"] = cast.lucia.uid
    for things in more_things():
        people |= things(cast)
    return people


@pytest.fixture
def clients(cast: Any) -> dict[str, Any]:
    from django.test import Client

    from helpdesk.people.services import create_api_token
    from tests.cast import SETUP

    def client(**options: Any) -> Client:
        return Client(raise_request_exception=False, **options)  # a crash is a status, too: 500

    made: dict[str, Any] = {"anonymous": client(), "customer": client()}
    session = made["customer"].session
    session["portal"] = {"customer": cast.lucia.pk, "email": cast.lucia.email, "at": time.time()}
    session.save()
    people = {"outsider": cast.olga, "agent": cast.ana, "supervisor": cast.sara, "admin": cast.admin}
    for role, user in people.items():
        made[role] = client()
        made[role].force_login(user)
    for scope in ("read", "write"):
        _row, token = create_api_token(actor=SETUP, user=cast.ana, scopes=[scope])
        made[f"{scope}_token"] = client(headers={"Authorization": f"Bearer {token}"})
    return made
