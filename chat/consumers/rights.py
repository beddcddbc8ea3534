"""Who is at the console's socket, and what they hear. Looked at again while the socket is open."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from helpdesk.people.models import ApiToken, Department, User
from helpdesk.people.services import authenticate_token
from helpdesk.realtime.emit import agent, all_staff, department_staff

from .origins import header


@dataclass(frozen=True, slots=True)
class Rights:
    """An active colleague, how they proved it, and the groups they may hear."""

    user: User
    groups: frozenset[str]
    session_key: str = ""
    token_id: int | None = None
    may_write: bool = True


def session_key(scope: dict[str, Any]) -> str:
    """The session cookie of a handshake; empty when there is none or its origin is not trusted."""
    if not scope["trusted_origin"]:
        return ""
    key = str(parse_cookie(header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME, ""))
    return key if key.isprintable() else ""  # a quoted cookie can hold NUL, which no database takes


def by_session(key: str) -> Rights | None:
    """Rights of a signed-in session; None when it has ended or the account is closed."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return _of(user, session_key=key) if isinstance(user, User) and user.is_active else None


def by_token(token: str) -> Rights | None:
    """Rights of an API token; None when it is not valid."""
    row = authenticate_token(token)
    return _of_token(row) if row is not None and ApiToken.Scope.READ in row.scopes else None


def again(rights: Rights) -> Rights | None:
    """The same person's rights as they are now; None when there are none any more."""
    if rights.token_id is None:
        return by_session(rights.session_key)
    row = ApiToken.objects.select_related("user").filter(pk=rights.token_id).first()
    if row is None or not row.is_valid(timezone.now()) or not row.user.is_active:
        return None
    return _of_token(row)


def _of_token(row: ApiToken) -> Rights:
    return _of(row.user, token_id=row.pk, may_write=ApiToken.Scope.WRITE in row.scopes)


def _of(user: User, **how: Any) -> Rights:
    ids = Department.objects.values_list("pk", flat=True)
    if not user.is_supervisor:
        ids = ids.filter(memberships__user=user)
    heard = agent(user.pk) | all_staff() | department_staff(None)
    for department_id in ids:
        heard |= department_staff(department_id)
    return Rights(user=user, groups=heard.groups, **how)
