"""Verbs on customers and what we know of them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean, clean_line, normalize_email

from ..actors import Actor, require_staff
from ..models import Customer, Identity, Organization


def checked_email(value: str, *, field: str = "email") -> str:
    """`value` as we store addresses; Invalid(field) when it is none."""
    address = normalize_email(value)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(field, _("This is not an email address.")) from None
    return address


def new_customer(*, name: str = "", email: str = "", language: str = "", verified: bool = False) -> Customer:
    """A new customer, known by `email` when given. `verified`: the address was proved, not typed."""
    address = checked_email(email) if email else ""
    with transaction.atomic():
        customer = Customer.objects.create(
            name=clean_line(name, max_length=160),
            email=address,
            language=language if language in ("en", "es") else "",
            organization=_organization_of(address),
        )
        if address:
            Identity.objects.create(
                customer=customer,
                kind=Identity.Kind.EMAIL,
                value=address,
                verified_at=timezone.now() if verified else None,
            )
    return customer


def _organization_of(address: str) -> Organization | None:
    domain = address.rpartition("@")[2]
    return Organization.objects.filter(domains__contains=[domain]).first() if domain else None


def customer_for_email(*, email: str, name: str = "", language: str = "") -> Customer:
    """The customer whom mail from `email` belongs to: the verified owner, else the first claim, else a new one.

    Grouping by an unproved address is for the agents' eyes; it gives the sender no right to read anything. A claim
    counts only where answers go to that very address: else one could type another's and be sent the answers.
    """
    address = checked_email(email)
    with transaction.atomic():
        # Two first mails of one person at once: without the lock both would make a customer.
        _lock_address(address)
        identity = (
            Identity.objects.filter(kind=Identity.Kind.EMAIL, value=address, customer__erased_at=None)
            .filter(Q(verified_at__isnull=False) | Q(customer__email=address))
            .select_related("customer")
            .order_by("verified_at", "id")  # NULLs sort last in PostgreSQL: verified first
            .first()
        )
        if identity is None:
            return new_customer(name=name, email=address, language=language)
        customer = identity.customer
        if name and not customer.name:
            customer.name = clean_line(name, max_length=160)
            customer.save(update_fields=["name", "updated_at"])
        return customer


def _lock_address(address: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [address])


def verify_email(*, customer: Customer, email: str) -> bool:
    """Note that `customer` proved to read mail at `email`. False when another customer proved it before."""
    address = normalize_email(email)
    with transaction.atomic():
        _lock_address(address)
        proved = Identity.objects.filter(kind=Identity.Kind.EMAIL, value=address, verified_at__isnull=False).first()
        if proved is not None:
            return proved.customer_id == customer.pk
        Identity.objects.update_or_create(
            customer=customer,
            kind=Identity.Kind.EMAIL,
            value=address,
            defaults={"verified_at": timezone.now()},
        )
    return True


CUSTOMER_FIELDS = frozenset({"name", "language", "time_zone", "organization", "notes", "custom_fields"})


@transaction.atomic
def update_customer(*, actor: Actor, customer: Customer, **fields: Any) -> Customer:
    """Change what we know of a customer. Staff only."""
    require_staff(actor)
    if unknown := fields.keys() - CUSTOMER_FIELDS:
        raise Invalid(sorted(unknown)[0], _("Unknown field."))
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    for field, value in fields.items():
        if field == "name":
            value = clean_line(value, max_length=160)
        elif isinstance(value, str):
            value = clean(value, max_length=10_000)
        setattr(customer, field, value)
    customer.save(update_fields=[*fields, "updated_at"])
    return customer
