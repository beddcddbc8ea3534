"""The demo's sign-ins: made once, kept in the data directory for the person who runs it."""

from __future__ import annotations

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from helpdesk.people.models import User

from .company import STAFF, TEAMS, Colleague

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for one another


def path() -> Path:
    return Path(settings.DATA_DIR) / "demo-logins.json"


def new_password() -> str:
    """Three groups of five, about 74 random bits: typed from a screen without mistakes."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def ensure() -> bool:
    """See that everybody who has a sign-in has a password that the file knows. Returns whether anything changed.

    A password in the file stays. Where the file is gone, or the account has none (the database is another
    one), passwords are set anew.
    """
    known = _read()
    people = {p.email: p for p in STAFF if p.login}
    users = {u.email: u for u in User.objects.filter(email__in=people)}
    kept = {e: known[e] for e, u in users.items() if e in known and u.has_usable_password()}
    if kept.keys() == users.keys():
        return False
    fresh = {e: known.get(e) or new_password() for e in users if e not in kept}
    with ThreadPoolExecutor(2) as threads:  # a third of a second each, outside the interpreter's lock
        hashes = dict(zip(fresh, threads.map(make_password, fresh.values()), strict=True))
    with transaction.atomic():
        for email, value in hashes.items():
            users[email].password = value
            users[email].save(update_fields=["password", "updated_at"])
        _write([_entry(person, {**kept, **fresh}[email]) for email, person in people.items() if email in users])
    return True


def _entry(person: Colleague, password: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": person.role, "email": person.email, "password": password}
    if person.seats:
        team, tier = person.seats[0]
        entry |= {"tier": tier, "department": next(t.name for t in TEAMS if t.key == team)}
    return entry


def _read() -> dict[str, str]:
    try:
        content = json.loads(path().read_text("utf-8"))
        return {str(e["email"]): str(e["password"]) for e in content if e.get("password")}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}  # gone or unreadable: it is written anew


def _write(entries: list[dict[str, Any]]) -> None:
    """Replace the file in one step; nobody but the owner may read it, not even for a moment."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=2, ensure_ascii=False)
        file.write("\n")
    fresh.replace(target)
