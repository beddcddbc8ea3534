"""Every address is in the table, and the table is true."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from .table import ROLES, Row, modules, rows


def filled(value: Any, world: dict[str, Any]) -> Any:
    """`{names}` replaced: within text by text, a whole value by the thing itself."""
    if isinstance(value, dict):
        return {k: filled(v, world) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, world) for v in value]
    if isinstance(value, str) and (whole := re.fullmatch(r"\{(\w+)\}", value)):
        return world[whole[1]]
    return re.sub(r"\{(\w+)\}", lambda m: str(world[m[1]]), value) if isinstance(value, str) else value


def call(client: Client, row: Row, world: dict[str, Any], address: str) -> int:
    path, body = filled(row.path, world), filled(row.body, world)
    options: dict[str, Any] = {"REMOTE_ADDR": address, **row.extra}
    if row.method != "GET":
        json = path.startswith(("/api/", "/widget/"))
        options |= {"data": body or {}, **({"content_type": "application/json"} if json else {})}
    undo, cookies = transaction.savepoint(), copy.deepcopy(client.cookies)
    status = getattr(client, row.method.lower())(path, **options).status_code
    transaction.savepoint_rollback(undo)
    client.cookies = cookies
    return int(status)


@pytest.mark.parametrize("area", modules(), ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_role_gets_what_the_table_says(
    area: ModuleType, world: dict[str, Any], clients: dict[str, Client]
) -> None:
    wrong = []
    for row in area.ROWS:
        # An address for each, because limits count by address.
        got = [call(clients[role], row, world, f"127.0.0.{place}") for place, role in enumerate(ROLES, 1)]
        if tuple(got) != row.expected:
            told = "; ".join(f"{r} {g}, not {e}" for r, g, e in zip(ROLES, got, row.expected, strict=True) if g != e)
            wrong.append(f'{row} answers "{" ".join(map(str, got))}": {told}')
    assert not wrong, f"{area.__name__} is not true:\n" + "\n".join(wrong)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the product as (route, pattern); the operators' site counts as one."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^" if prefix else "")
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern


def methods(pattern: URLPattern) -> set[str]:
    """The methods that the view says it has; nothing when it does not say."""
    actions = getattr(pattern.callback, "actions", None)
    view = getattr(pattern.callback, "cls", None)
    if actions:
        names = set(actions) - {"head"}
    elif view is not None:
        names = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
    else:
        names = set()
    return {name.upper() for name in names}


def readable(route: str) -> str:
    """A route as a row would write it."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route))
    return "/" + path.replace("^", "").replace("$", "").replace("\\Z", "")


def test_every_address_is_in_the_table(world: dict[str, Any]) -> None:
    known: set[tuple[str, str]] = set()
    for row in rows():
        try:
            route = resolve(filled(row.path, world).partition("?")[0]).route
        except Resolver404:
            pytest.fail(f"{row}: there is no such address; take the row out of the table, or mend it.")
        known |= {(row.method, route), ("ANY", route)}
    missing = [
        f'    row("{method if method != "ANY" else "GET"}", "{readable(route)}", "…"),'
        for route, pattern in routes(get_resolver().url_patterns)
        for method in sorted(methods(pattern) or {"ANY"})
        if (method, route) not in known
    ]
    assert not missing, (
        f"{len(missing)} addresses are not in the permission table. Say who may open them, "
        "in tests/access/areas/<area>.py (how: tests/access/table.py):\n" + "\n".join(sorted(set(missing)))
    )


def test_the_operators_site_is_for_administrators(clients: dict[str, Client]) -> None:
    admin = next(p for p in get_resolver().url_patterns if getattr(p, "namespace", None) == "admin")
    listed = [r for r, _p in _plain(admin.url_patterns, str(admin.pattern))]
    assert listed
    for route in listed:
        for role in ROLES:
            if role != "admin" and not route.endswith(("login/", "logout/", "jsi18n/")):
                assert clients[role].get(f"/{route}").status_code in (302, 403), (role, route)


def _plain(patterns: list[Any], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    """Addresses without parameters."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _plain(pattern.url_patterns, route)
        elif not re.search(r"[<(\[]", route):
            yield route, pattern
