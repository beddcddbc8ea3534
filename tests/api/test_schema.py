"""The schema describes every endpoint, without errors; it and its page are public."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from .client import Api

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def test_it_is_made_without_errors_or_warnings(schema: dict[str, Any]) -> None:
    assert not GENERATOR_STATS._error_cache
    assert not GENERATOR_STATS._warn_cache
    validate_schema(json.loads(json.dumps(schema)))


def test_every_endpoint_says_what_it_does(schema: dict[str, Any]) -> None:
    silent = [
        f"{method.upper()} {path}"
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS and not operation.get("description")
    ]
    assert not silent, "Give these views a docstring."


def test_the_promised_resources_are_there(schema: dict[str, Any]) -> None:
    names = {
        "tickets", "customers", "organizations", "departments", "agents", "articles", "categories", "calendars",
        "sla-policies", "visitors", "chats", "ratings",
    }  # fmt: skip
    for name in names:
        assert f"/api/v1/{name}/" in schema["paths"]
    number = "/api/v1/tickets/{number}/"
    assert set(schema["paths"][number]) >= {"get", "patch"}
    for verb in ("assign", "escalate", "transfer", "merge", "solve", "reopen"):
        assert "post" in schema["paths"][f"{number}{verb}/"]
    listed = {p["name"] for p in schema["paths"]["/api/v1/tickets/"]["get"]["parameters"]}
    assert listed >= {"status", "search", "ordering", "page_size", "cursor"}


@pytest.mark.django_db
def test_schema_and_docs_are_public(stranger: Api) -> None:
    answer = stranger.get("/schema/")
    assert answer.status_code == 200
    assert json.loads(answer.content)["openapi"].startswith("3.")
    page = stranger.get("/api/docs/")
    assert page.status_code == 200
    assert b"swagger-ui-bundle" in page.content
    assert b"<script>" not in page.content
