"""A client of the API, as a program would write one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from helpdesk.people.models import User
from helpdesk.people.services import create_api_token
from tests.cast import SETUP

API = "/api/v1"
PROBLEM = "application/problem+json"


class Api:
    """Calls with a token of one colleague; paths are relative to /api/v1. `key` is the Idempotency-Key."""

    def __init__(self, user: User | None, *scopes: str, **headers: str) -> None:
        self.client = APIClient()
        self.headers = dict(headers)
        if user is not None:
            _row, token = create_api_token(actor=SETUP, user=user, scopes=list(scopes or ("read", "write")))
            self.headers["Authorization"] = f"Bearer {token}"

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(path: str, data: Any = None, *, key: str | None = None, **kwargs: Any) -> Any:
            headers = {**self.headers, **({"Idempotency-Key": key} if key is not None else {})}
            url = path if path.startswith(("/api", "http", "/metrics")) else f"{API}{path}"
            if method != "get" and "content_type" not in kwargs:
                kwargs.setdefault("format", "json")
            return getattr(self.client, method)(url, data, headers=headers, **kwargs)

        return call


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, which must be this one."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    document: dict[str, Any] = answer.json()
    assert (document["status"], document["code"]) == (status, code), document
    return document
