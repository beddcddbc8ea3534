"""How a customer gets into the portal: whoever reads the mail is let in."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.ids import hash_token, new_token
from helpdesk.people.models import Customer, Identity
from helpdesk.people.services import customer_for_email, verify_email
from helpdesk.people.services.customers import checked_email
from helpdesk.realtime import limits

from ..models import PortalLink
from . import outgoing

LINK_MINUTES = 20


def request_link(*, email: str, language: str, source: str) -> None:
    """Mail a way in to `email`. Says the same for known and unknown addresses; at most 3 an hour each.

    `source` is the network address that asks, for its own limit of 20 an hour.
    """
    address = checked_email(email)
    if limits.wait_for(f"portal-source:{source}", per_second=20 / 3600, burst=20):
        raise RuleViolation("too_many", _("Too many links were asked for. Please wait some minutes."), status=429)
    if limits.wait_for(f"portal:{address}", per_second=3 / 3600, burst=3):
        return
    token = new_token("hp")
    with transaction.atomic():
        PortalLink.objects.create(
            email=address,
            token_hash=hash_token(token),
            expires_at=timezone.now() + dt.timedelta(minutes=LINK_MINUTES),
        )
        outgoing.queue_portal_link(email=address, language=language, token=token)


def enter(*, token: str) -> tuple[Customer, str]:
    """The customer who reads the address that this link was mailed to, and that address.

    Raises RuleViolation("link") for a link that is unknown, used or too old.
    """
    with transaction.atomic():
        link = PortalLink.objects.select_for_update().filter(token_hash=hash_token(token.strip())).first()
        now = timezone.now()
        if link is None or link.used_at is not None or link.expires_at <= now:
            raise RuleViolation("link", _("This link was used already or is too old. Ask for a new one."), status=403)
        link.used_at = now
        link.save(update_fields=["used_at"])
        customer = _owner(link.email)
        verify_email(customer=customer, email=link.email)
    return customer, link.email


def _owner(email: str) -> Customer:
    proved = Identity.objects.filter(kind=Identity.Kind.EMAIL, value=email, verified_at__isnull=False)
    owner = proved.select_related("customer").first()
    return owner.customer if owner else customer_for_email(email=email)
