"""Forgetting a customer, on every ticket they took part in."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from helpdesk.files.models import StoredFile
from helpdesk.files.services import shred
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.actors import Actor, require_admin
from helpdesk.people.models import Customer, Identity
from helpdesk.people.services import forget_customer

from .. import signals
from ..models import Attachment, Event, InboundMail, Message, Participant, Rating, ReplyAddress, Ticket
from .timeline import changed, lock

ERASED = "—"  # what stands where words stood; a dash needs no language


@transaction.atomic
def erase_customer(*, actor: Actor, customer: Customer) -> Customer:
    """Remove the customer's name, addresses, words and files everywhere. Admins only; twice does nothing more.

    Kept: ticket rows with their numbers, times and statuses (counts stay true), what colleagues wrote, and notes.
    1. Their tickets are locked, in order of their keys.
    2. Words: their messages, subjects, snippets, rating comments; files lose their bytes.
    3. Mail: raw mails from them, mails to them still or once in the outbox, secret addresses, participations.
    4. The person: `forget_customer`; chat forgets its visitors by the signal `customer_erased`.
    """
    require_admin(actor)
    if customer.erased_at is not None:
        return customer
    addresses = set(customer.identities.filter(kind=Identity.Kind.EMAIL).values_list("value", flat=True))
    addresses |= {customer.email} - {""}
    own = Ticket.objects.filter(customer=customer)
    touched = Ticket.objects.filter(Q(customer=customer) | Q(messages__customer=customer))
    tickets = [lock(pk) for pk in sorted(set(touched.values_list("pk", flat=True)))]
    said = Message.objects.filter(Q(customer=customer) | Q(ticket__in=own, author_kind=Message.Author.CUSTOMER))
    files = StoredFile.objects.filter(pk__in=Attachment.objects.filter(message__in=said).values("file"))
    for file in files:
        shred(file)
    said.update(body_text=ERASED, body_html="", author_name="", author_email="")
    own.update(subject=ERASED, snippet="", custom_fields={})
    Rating.objects.filter(ticket__in=own).update(comment="")
    for event in Event.objects.filter(ticket__in=own, kind__in=[Event.Kind.RATED, Event.Kind.FIELD_CHANGED]):
        _empty(event)
    Event.objects.filter(ticket__in=own, actor_kind="customer").update(actor_name="")
    _forget_mail(addresses)
    forget_customer(actor=actor, customer=customer)
    signals.customer_erased.send(sender=Ticket, customer=customer)
    for ticket in tickets:
        changed(ticket)
    return customer


def _empty(event: Event) -> None:
    """Take the customer's words out of what an event tells; that it happened, and to whom, stays."""
    if event.kind == Event.Kind.RATED:
        event.data = {**event.data, "comment": ""}
    elif event.data.get("field") in {"subject", "custom_fields"}:
        event.data = {"field": event.data["field"]}
    event.save(update_fields=["data"])


def _forget_mail(addresses: set[str]) -> None:
    mails = InboundMail.objects.filter(sender__in=addresses)
    for mail in mails.select_related("raw"):
        shred(mail.raw)
    mails.update(sender="", subject="")  # its Message-ID stays: a late copy must not come back as new
    outgoing = OutboxMail.objects.filter(recipient__in=addresses)
    outgoing.filter(state=OutboxMail.State.PENDING).update(state=OutboxMail.State.FAILED, last_error="erased")
    outgoing.update(recipient="erased@invalid", subject=ERASED, text="", html="", headers={}, attachments=[])
    ReplyAddress.objects.filter(email__in=addresses).delete()
    Participant.objects.filter(email__in=addresses).delete()
