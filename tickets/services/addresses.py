"""Our own addresses: which they are, from which one a ticket's mails leave, and where answers come back to."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from helpdesk.lib.ids import derive_secret, hash_token
from helpdesk.lib.text import normalize_email
from helpdesk.people.models import Department

from ..models import Mailbox, ReplyAddress, Ticket


def mailbox_addresses() -> set[str]:
    """Where mail reaches us: the only addresses that may carry a secret."""
    return {settings.SUPPORT_ADDRESS, *(a.lower() for a in Mailbox.objects.values_list("address", flat=True))}


def own_addresses() -> set[str]:
    """All addresses under which we write or read; mail from one of them is no customer's."""
    senders = Department.objects.exclude(sender_address="").values_list("sender_address", flat=True)
    return mailbox_addresses() | {a.lower() for a in senders}


def without_tag(address: str) -> str:
    """support+anything@example.com → support@example.com."""
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def sender_address(ticket: Ticket) -> str:
    """The department's own, else the mailbox that the ticket came in by, else the support address."""
    if ticket.department is not None and ticket.department.sender_address:
        return ticket.department.sender_address.lower()
    return inbox_address(ticket)


def inbox_address(ticket: Ticket) -> str:
    """An address of ours that receives: where an answer to this ticket is read."""
    if ticket.mailbox is not None and ticket.mailbox.is_active:
        return ticket.mailbox.address.lower()
    return str(settings.SUPPORT_ADDRESS)


def secret_of(ticket: Ticket, email: str) -> str:
    """What only the reader of a mail from this ticket to `email` knows. Derived, so that no table holds it."""
    return derive_secret(settings.SECRET_KEY, "reply", ticket.uid, normalize_email(email))


def reply_to(ticket: Ticket, email: str) -> str:
    """The Reply-To of a mail about `ticket` to `email`. A revoked secret is not given again.

    Call it in the transaction that queues the mail: the row must exist when the answer comes.
    """
    secret, address = secret_of(ticket, email), inbox_address(ticket)
    row, _created = ReplyAddress.objects.get_or_create(
        ticket=ticket, email=normalize_email(email), defaults={"secret_hash": hash_token(secret)}
    )
    if row.revoked_at is not None:
        return address
    local, _at, domain = address.rpartition("@")
    return f"{local}+{secret}@{domain}"


def shown_sender(address: str, name: str = "") -> str:
    """`Name · Brand <address>`."""
    brand = settings.BRAND_NAME
    shown = _("%(name)s · %(brand)s") % {"name": name, "brand": brand} if name else brand
    # Characters that would end the name early in the stored form; compose() quotes the others.
    return f"{shown.replace('<', '').replace('>', '')} <{address}>"
