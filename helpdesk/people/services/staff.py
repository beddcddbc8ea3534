"""Verbs on colleagues, departments and tokens."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.audit.services import record
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.ids import hash_token, new_token
from helpdesk.lib.text import clean_line, normalize_email
from helpdesk.realtime import presence
from helpdesk.realtime.emit import agent as agent_audience
from helpdesk.realtime.emit import all_staff, emit

from ..actors import Actor, require_admin
from ..events import Presence, RightsChanged
from ..models import ApiToken, Department, Membership, User
from ..signals import department_calendar_changed

AGENT_FIELDS = frozenset(
    {
        "name",
        "role",
        "language",
        "time_zone",
        "theme",
        "languages",
        "skills",
        "chat_capacity",
        "ticket_capacity",
        "is_active",
    }
)


def _state(user: User) -> dict[str, Any]:
    return {
        **{f: getattr(user, f) for f in sorted(AGENT_FIELDS)},
        "email": user.email,
        "memberships": sorted([m.department_id, m.tier] for m in user.memberships.all()),
    }


@transaction.atomic
def create_agent(
    *,
    actor: Actor,
    email: str,
    name: str,
    password: str | None = None,
    memberships: list[tuple[Department, int]] | None = None,
    **fields: Any,
) -> User:
    """A new colleague. `memberships` are (department, tier) pairs.

    Raises Forbidden for all but admins, Invalid("email" | "password") for unusable values.
    """
    require_admin(actor)
    address = normalize_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid("email", _("This is not an email address.")) from None
    if unknown := fields.keys() - AGENT_FIELDS:
        raise Invalid(sorted(unknown)[0], _("Unknown field."))
    user = User(email=address, name=clean_line(name, max_length=120), **fields)
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Invalid("password", " ".join(error.messages)) from None
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Invalid("email", _("A colleague with this address exists already."), code="taken") from None
    _set_memberships(user, memberships or [])
    record(actor=actor, action="agent.created", target=user, after=_state(user))
    return user


@transaction.atomic
def update_agent(
    *, actor: Actor, user: User, memberships: list[tuple[Department, int]] | None = None, **fields: Any
) -> User:
    """Change a colleague; open sockets and sessions lose lost rights within seconds.

    Raises Forbidden for all but admins, RuleViolation("last_admin") when nobody could administer any more.
    """
    require_admin(actor)
    user = User.objects.select_for_update().get(pk=user.pk)
    if unknown := fields.keys() - AGENT_FIELDS:
        raise Invalid(sorted(unknown)[0], _("Unknown field."))
    before = _state(user)
    for field, value in fields.items():
        setattr(user, field, clean_line(value, max_length=120) if field == "name" else value)
    if before["role"] == User.Role.ADMIN and before["is_active"] and not (user.is_admin and user.is_active):
        others = User.objects.filter(role=User.Role.ADMIN, is_active=True).exclude(pk=user.pk)
        if not others.select_for_update().exists():
            raise RuleViolation("last_admin", _("This is the only administrator; name another one first."))
    user.save(update_fields=[*fields, "updated_at"])
    if memberships is not None:
        _set_memberships(user, memberships)
    record(actor=actor, action="agent.updated", target=user, before=before, after=_state(user))
    emit(RightsChanged(agent=user.pk), to=agent_audience(user.pk))
    return user


def _set_memberships(user: User, memberships: list[tuple[Department, int]]) -> None:
    for _department, tier in memberships:
        if tier not in (1, 2, 3):
            raise Invalid("memberships", _("A tier is 1, 2 or 3."))
    user.memberships.exclude(department__in=[d for d, _tier in memberships]).delete()
    for department, tier in memberships:
        Membership.objects.update_or_create(user=user, department=department, defaults={"tier": tier})


def set_status(*, actor: Actor, user: User, status: str) -> User:
    """What the agent offers from now on. An agent sets their own; a supervisor anybody's."""
    if status not in User.Status.values:
        raise Invalid("status", _("Unknown status."))
    if actor != user:
        from ..actors import require_supervisor

        require_supervisor(actor)
    connected = presence.present("agent", user.pk)  # asks Valkey: before the row is locked
    with transaction.atomic():
        changed = (
            User.objects.filter(pk=user.pk).exclude(status=status).update(status=status, status_since=timezone.now())
        )
        user.refresh_from_db(fields=["status", "status_since"])
        if changed:
            emit(Presence(agent=user.pk, name=user.name, status=status, connected=connected), to=all_staff())
    return user


@transaction.atomic
def save_department(*, actor: Actor, department: Department | None = None, **fields: Any) -> Department:
    """Create a department, or change `department`. Admins only.

    Sends `department_calendar_changed` after commit when it has another calendar.
    """
    require_admin(actor)
    department = department or Department()
    new, hours = department.pk is None, department.calendar_id
    before = {f: getattr(department, f) for f in fields if f != "calendar"} if department.pk else {}
    for field, value in fields.items():
        setattr(department, field, clean_line(value, max_length=80) if field == "name" else value)
    try:
        with transaction.atomic():
            # Two admins who change different fields at once both get what they wrote.
            department.save(update_fields=[*fields, "updated_at"] if department.pk else None)
    except IntegrityError:
        raise Invalid("name", _("A department with this name exists already."), code="taken") from None
    after = {f: getattr(department, f) for f in fields if f != "calendar"}
    record(actor=actor, action="department.saved", target=department, before=before, after=after)
    if not new and department.calendar_id != hours:
        transaction.on_commit(partial(_tell_hours, department.pk))
    return department


def _tell_hours(department_id: int) -> None:
    department_calendar_changed.send(Department, department_id=department_id)


@transaction.atomic
def create_api_token(
    *, actor: Actor, user: User, scopes: list[str], name: str = "", expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """A token row and the token itself, which is shown once and never again."""
    unknown = set(scopes) - set(ApiToken.Scope.values)
    if unknown or not scopes:
        raise Invalid("scopes", _("Scopes are: %(all)s.") % {"all": ", ".join(ApiToken.Scope.values)})
    token = new_token("hd")
    row = ApiToken.objects.create(
        user=user, name=clean_line(name, max_length=80), hint=token[:9], token_hash=hash_token(token),
        scopes=sorted(set(scopes)), expires_at=expires_at,
    )  # fmt: skip
    record(actor=actor, action="token.created", target=row, after={"scopes": row.scopes, "user": user.email})
    return row, token


def authenticate_token(token: str) -> ApiToken | None:
    """The valid token row (with its active user), or None. Notes the use at most once a minute."""
    row = ApiToken.objects.select_related("user").filter(token_hash=hash_token(token)).first()
    now = timezone.now()
    if row is None or not row.is_valid(now) or not row.user.is_active:
        return None
    if row.last_used_at is None or now - row.last_used_at > dt.timedelta(minutes=1):
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    return row
