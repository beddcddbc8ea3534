"""THE permission table: (method, address) → the status that each role gets.

A new address joins the table in the file of its area, `tests/access/areas/<area>.py`; a new area is a new file there,
nothing else. A row reads:

    row("POST", "/api/v1/tickets/{ticket}/solve/", "401 401 404 200 200 200 403 200", {})

- The eight statuses belong to ROLES, in that order. A stranger gets 404, a colleague without the right 403.
- `{ticket}` and the like are filled from `world()` in `conftest.py`, or from `things(cast)` of the area's own file.
- The fourth value is the body: JSON under /api/, a form elsewhere; `{names}` in it are filled, too.
Every role's call is undone before the next, so each finds the same world.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from . import areas

ROLES = (
    "anonymous",
    "customer",  # Lucía, signed in at the portal; the ticket is hers
    "outsider",  # Olga, an agent of another department
    "agent",  # Ana, of the ticket's department
    "supervisor",
    "admin",
    "read_token",  # Ana's, with the scope `read` alone
    "write_token",  # Ana's, with the scope `write` alone
)


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    expected: tuple[int, ...]
    body: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # of the request: REMOTE_ADDR, HTTP_…

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def row(method: str, path: str, expected: str, body: dict[str, Any] | None = None, **extra: Any) -> Row:
    """`expected`: one status per role, or one for all of them."""
    codes = tuple(int(code) for code in expected.split())
    if len(codes) == 1:
        codes *= len(ROLES)
    assert len(codes) == len(ROLES), f"{method} {path}: give {len(ROLES)} statuses, or one for everybody"
    return Row(method, path, codes, body, extra)


def modules() -> list[ModuleType]:
    """The files of the areas."""
    names = sorted(module.name for module in pkgutil.iter_modules(areas.__path__))
    return [importlib.import_module(f"{areas.__name__}.{name}") for name in names]


def rows() -> list[Row]:
    return [one for module in modules() for one in module.ROWS]


def more_things() -> list[Callable[[Any], dict[str, Any]]]:
    """What the areas add to the world."""
    return [module.things for module in modules() if hasattr(module, "things")]
