"""Who knocks: a program with a token, or a browser that is signed in."""

from __future__ import annotations

from django.test import Client

from helpdesk.people.models import User
from helpdesk.people.services import create_api_token
from tests.cast import SETUP


def api(user: User) -> Client:
    """A program of this colleague's, with a token."""
    _row, token = create_api_token(actor=SETUP, user=user, scopes=["read", "write"])
    return Client(headers={"Authorization": f"Bearer {token}"})


def page(user: User) -> Client:
    """A browser in which this colleague is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
