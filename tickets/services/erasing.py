"""Forgetting a customer, on every ticket they took part in."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from helpdesk.files.models import StoredFile
from helpdesk.files.services import shred
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.actors import Actor, require_admin
from helpdesk.people.models import Customer, Identity
from helpdesk.people.services import forget_customer

from .. import signals
from ..models import Attachment, Event, InboundMail, Message, Participant, Rating, ReplyAddress, Ticket
from .outgoing import ticket_of
from .timeline import changed, lock

ERASED = "—"  # what stands where words stood; a dash needs no language
# Events that repeat words or addresses, and under which names.
TELLING: dict[str, set[str]] = {
    Event.Kind.RATED: {"comment"},
    Event.Kind.FIELD_CHANGED: {"from", "to"},  # of subject and custom fields; see `_empty`
    Event.Kind.MERGED: {"subject"},
    Event.Kind.PARTICIPANT_CHANGED: {"email"},
    Event.Kind.MAIL_HELD: {"from"},
    Event.Kind.MAIL_FAILED: {"to", "error"},
    Event.Kind.MAIL_SUPPRESSED: {"from", "subject"},
}


@transaction.atomic
def erase_customer(*, actor: Actor, customer: Customer) -> Customer:
    """Remove the customer's name, addresses, words and files everywhere. Admins only; twice does nothing more.

    Kept: ticket rows with their numbers, times and statuses (counts stay true), what colleagues wrote, and notes.
    1. Chat forgets its visitors by the signal `customer_erased`.
    2. Their tickets are locked, in order of their keys.
    3. Words: their messages with quoted history, subjects, snippets, rating comments, what events repeat of them;
       files lose their bytes.
    4. Mail: raw mails from them, mails to them still or once in the outbox, secret addresses, participations.
    5. The person: `forget_customer`.
    """
    require_admin(actor)
    if customer.erased_at is not None:
        return customer
    # First of all: a visitor's first word locks the visitor and then the ticket, so this goes the same way.
    signals.customer_erased.send(sender=Ticket, customer=customer)
    addresses = set(customer.identities.filter(kind=Identity.Kind.EMAIL).values_list("value", flat=True))
    addresses |= {customer.email} - {""}
    theirs = addresses - _of_others(customer, addresses)
    own = Ticket.objects.filter(customer=customer)
    touched = Ticket.objects.filter(Q(customer=customer) | Q(messages__customer=customer))
    mine = set(own.values_list("pk", flat=True))
    tickets = [lock(pk) for pk in sorted(set(touched.values_list("pk", flat=True)))]
    said = Message.objects.filter(Q(customer=customer) | Q(ticket__in=own, author_kind=Message.Author.CUSTOMER))
    files = StoredFile.objects.filter(pk__in=Attachment.objects.filter(message__in=said).values("file"))
    for file in files:
        shred(file)
    said.update(body_text=ERASED, body_html="", quoted_text="", author_name="", author_email="")
    # Exports go by the last change: whoever copied the subject out shall hear that it is gone.
    own.update(subject=ERASED, snippet="", custom_fields={}, updated_at=timezone.now())
    Rating.objects.filter(ticket__in=own).update(comment="")
    keys = [ticket.pk for ticket in tickets]
    for event in Event.objects.filter(ticket__in=keys, kind__in=list(TELLING)):
        _empty(event, addresses, mine=event.ticket_id in mine)
    Event.objects.filter(ticket__in=own, actor_kind="customer").update(actor_name="")
    _forget_mail(theirs, addresses, own)
    forget_customer(actor=actor, customer=customer)
    for ticket in tickets:
        changed(ticket)
    return customer


def _empty(event: Event, addresses: set[str], *, mine: bool) -> None:
    """Take the customer's words and addresses out of what an event tells; that it happened stays.

    On a ticket of somebody else (`mine` False) only addresses of theirs go.
    """
    if not mine and not any(a in str(event.data).lower() for a in addresses):
        return
    if event.kind == Event.Kind.FIELD_CHANGED and event.data.get("field") not in {"subject", "custom_fields"}:
        return
    for name in TELLING[event.kind] & event.data.keys():
        event.data[name] = "" if name == "comment" else ERASED
    event.save(update_fields=["data"])


def _of_others(customer: Customer, addresses: set[str]) -> set[str]:
    """Those of `addresses` that this customer only claimed and another one goes by as well.

    Anybody can type anybody's address into the widget: erasing who did may not take the other's mail.
    """
    proved = customer.identities.filter(kind=Identity.Kind.EMAIL, verified_at__isnull=False)
    claimed = addresses - set(proved.values_list("value", flat=True))
    others = Customer.objects.filter(erased_at=None).exclude(pk=customer.pk)
    shown = set(others.filter(email__in=claimed).values_list("email", flat=True))
    known = Identity.objects.filter(kind=Identity.Kind.EMAIL, value__in=claimed, customer__in=others)
    return shown | set(known.values_list("value", flat=True))


def _forget_mail(theirs: set[str], addresses: set[str], own: QuerySet[Ticket]) -> None:
    """Mail from and to `theirs`, wherever it is; of all `addresses`, what hangs on their `own` tickets."""
    here = set(own.values_list("pk", flat=True))
    mails = InboundMail.objects.filter(Q(sender__in=theirs) | Q(sender__in=addresses, ticket__in=here))
    for mail in mails.select_related("raw"):
        shred(mail.raw)
    mails.update(sender="", subject="")  # its Message-ID stays: a late copy must not come back as new
    sent = OutboxMail.objects.filter(recipient__in=addresses)
    keys = [m.pk for m in sent if m.recipient in theirs or ticket_of(m) in here]
    outgoing = OutboxMail.objects.filter(pk__in=keys)
    outgoing.filter(state=OutboxMail.State.PENDING).update(state=OutboxMail.State.FAILED, last_error="erased")
    outgoing.update(recipient="erased@invalid", subject=ERASED, text="", html="", headers={}, attachments=[])
    for model in (ReplyAddress, Participant):
        model.objects.filter(Q(email__in=theirs) | Q(email__in=addresses, ticket__in=here)).delete()
