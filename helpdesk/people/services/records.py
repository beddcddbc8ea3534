"""Verbs on what we keep about customers: new records, organizations, and being forgotten."""

from __future__ import annotations

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.audit.services import record
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.text import clean, clean_line

from ..actors import Actor, require_admin, require_staff
from ..models import Customer, Identity, Organization
from .customers import _lock_address, checked_email, new_customer, update_customer

_DOMAIN = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")


@transaction.atomic
def create_customer(*, actor: Actor, email: str = "", name: str = "", language: str = "", **fields: Any) -> Customer:
    """A record that a colleague makes. Raises RuleViolation("email_taken") when somebody has this address already."""
    require_staff(actor)
    address = checked_email(email) if email else ""
    if not address and not clean_line(name):
        raise Invalid("name", _("Give a name or an email address."), code="required")
    if address:
        _lock_address(address)
        if Identity.objects.filter(kind=Identity.Kind.EMAIL, value=address, customer__erased_at=None).exists():
            raise RuleViolation("email_taken", _("A customer with this address exists already."), field="email")
    customer = new_customer(name=name, email=address, language=language)
    return update_customer(actor=actor, customer=customer, **fields) if fields else customer


@transaction.atomic
def save_organization(*, actor: Actor, organization: Organization | None = None, **fields: Any) -> Organization:
    """Create an organization, or change `organization`. `domains`: mail from them joins new customers to it."""
    require_staff(actor)
    organization = organization or Organization()
    before = {name: getattr(organization, name) for name in fields} if organization.pk else {}
    for name, value in fields.items():
        if name == "name":
            value = clean_line(value, max_length=160)
        elif name == "domains":
            value = sorted({d.strip().lower() for d in value})
            if bad := [d for d in value if not _DOMAIN.match(d)]:
                raise Invalid("domains", _("This is not a domain: %(domain)s") % {"domain": bad[0][:80]})
        else:
            value = clean(value, max_length=10_000)
        setattr(organization, name, value)
    if not organization.name:
        raise Invalid("name", _("Write a name."), code="required")
    try:
        with transaction.atomic():
            organization.save(update_fields=[*fields, "updated_at"] if organization.pk else None)
    except IntegrityError:
        raise Invalid("name", _("An organization with this name exists already."), code="taken") from None
    after = {name: getattr(organization, name) for name in fields}
    record(actor=actor, action="organization.saved", target=organization, before=before, after=after)
    return organization


@transaction.atomic
def forget_customer(*, actor: Actor, customer: Customer) -> Customer:
    """Remove all by which `customer` can be known; the row stays, so that counts stay true. Admins only.

    What they said on tickets is removed by `tickets.services.erase_customer`, which calls this.
    """
    require_admin(actor)
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.erased_at is not None:
        return customer
    customer.name = customer.email = customer.notes = customer.time_zone = ""
    customer.custom_fields, customer.organization, customer.erased_at = {}, None, timezone.now()
    customer.save()
    customer.identities.all().delete()
    record(actor=actor, action="customer.erased", target=customer)
    return customer
