"""The only way to fetch people for somebody: staff see colleagues and customers, nobody else sees any."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db import models
from django.http import Http404

from helpdesk.lib.ids import parse_uuid

from .actors import Actor, System, staff
from .models import Customer, Department, Organization, User

M = TypeVar("M", bound=models.Model)
MAX_KEY = 2**63 - 1


def _for_staff(actor: Actor, queryset: models.QuerySet[M]) -> models.QuerySet[M]:
    user = staff(actor)
    if isinstance(actor, System) or (user is not None and user.is_active):
        return queryset
    return queryset.none()


def agents_for(actor: Actor) -> models.QuerySet[User]:
    """Colleagues, with their memberships."""
    return _for_staff(actor, User.objects.prefetch_related("memberships"))


def departments_for(actor: Actor) -> models.QuerySet[Department]:
    return _for_staff(actor, Department.objects.all())


def organizations_for(actor: Actor) -> models.QuerySet[Organization]:
    return _for_staff(actor, Organization.objects.all())


def customers_for(actor: Actor) -> models.QuerySet[Customer]:
    """Customers, with their organization and identities."""
    return _for_staff(actor, Customer.objects.select_related("organization").prefetch_related("identities"))


def by_key(queryset: models.QuerySet[M], key: object) -> M:
    """The row with this primary key; Http404 when there is none, also when `key` is no number."""
    text = str(key)
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_KEY):
        raise Http404
    found = queryset.filter(pk=int(text)).first()
    if found is None:
        raise Http404
    return found


def by_uid(queryset: models.QuerySet[M], uid: uuid.UUID | str) -> M:
    """The row with this unguessable id, for addresses on pages; Http404 when there is none."""
    wanted = parse_uuid(uid)
    found = queryset.filter(uid=wanted).first() if wanted else None
    if found is None:
        raise Http404
    return found
