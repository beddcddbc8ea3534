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
from ..models import Attachment, Event, InboundMail, Message, Note, Participant, Rating, ReplyAddress, Ticket
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

    Kept: ticket rows with their numbers, times and statuses (counts stay true), what colleagues wrote, and notes
    (but not those that merging made of the customer's words).
    1. Chat forgets its visitors by the signal `customer_erased`.
    2. Their tickets are locked, in order of their keys.
    3. Words: their messages with quoted history, the notes that copy them onto another customer's ticket, subjects,
       snippets, rating comments, what events repeat of them; files lose their bytes.
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
    mine = set(own.values_list("pk", flat=True))
    touched = mine | set(Message.objects.filter(customer=customer).values_list("ticket", flat=True))
    touched |= set(Note.objects.filter(_copied(customer, mine)).values_list("ticket", flat=True))
    tickets = [lock(pk) for pk in sorted(touched)]
    said = Message.objects.filter(Q(customer=customer) | Q(ticket__in=own, author_kind=Message.Author.CUSTOMER))
    files = StoredFile.objects.filter(pk__in=Attachment.objects.filter(message__in=said).values("file"))
    for file in files:
        shred(file)
    copies = Note.objects.filter(_copied(customer, mine))
    copies.update(body_text=ERASED)  # their files are those of the messages
    said.update(body_text=ERASED, body_html="", quoted_text="", author_name="", author_email="")
    # Exports go by the last change: whoever copied the subject out shall hear that it is gone.
    own.update(subject=ERASED, snippet="", custom_fields={}, updated_at=timezone.now())
    Ticket.objects.filter(pk__in=copies.values("ticket")).update(updated_at=timezone.now())
    Rating.objects.filter(ticket__in=own).update(comment="")
    keys, numbers = [t.pk for t in tickets], {t.number for t in tickets if t.pk in mine}
    for event in Event.objects.filter(ticket__in=keys, kind__in=list(TELLING)):
        of_theirs = event.kind == Event.Kind.MERGED and event.data.get("from") in numbers  # repeats its subject
        _empty(event, addresses, mine=event.ticket_id in mine or of_theirs)
    Event.objects.filter(ticket__in=own, actor_kind="customer").update(actor_name="")
    _forget_mail(theirs, addresses, own)
    forget_customer(actor=actor, customer=customer)
    for ticket in tickets:
        changed(ticket)
    return customer


def _copied(customer: Customer, mine: set[int]) -> Q:
    """Of notes: those that copy what the customer said, here or on a ticket of theirs (see `merging`)."""
    on_theirs = Q(source__ticket__in=mine, source__author_kind=Message.Author.CUSTOMER)
    return Q(source__customer=customer) | on_theirs


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
