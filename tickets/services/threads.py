"""To which ticket a mail points, looked up for `rules.mail.thread_decision`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from helpdesk.lib.ids import hash_token
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import Identity

from ..mail.parsed import ParsedMail
from ..models import InboundMail, Participant, ReplyAddress, Ticket
from ..rules import mail as rules
from . import addresses, outgoing
from .merging import survivor


@dataclass(frozen=True)
class Pointers:
    """What a mail points at, merged tickets followed to their survivors. Keys are primary keys."""

    by_secret: rules.SecretFact | None = None
    by_headers: rules.TicketFact | None = None
    by_subject: rules.TicketFact | None = None

    @property
    def strongest(self) -> int | None:
        """The ticket that the best pointer names."""
        return _key((self.by_secret.ticket if self.by_secret else None) or self.by_headers or self.by_subject)

    @property
    def answered(self) -> int | None:
        """The ticket whose mail this one plainly answers; a number in a subject says that of participants only."""
        by_number = self.by_subject if self.by_subject and self.by_subject.sender_is_active else None
        return _key((self.by_secret.ticket if self.by_secret else None) or self.by_headers or by_number)


def _key(fact: rules.TicketFact | None) -> int | None:
    return fact.id if fact is not None and isinstance(fact.id, int) else None


def pointers(parsed: ParsedMail) -> Pointers:
    """Look up secret, headers and subject of `parsed`."""
    return Pointers(_by_secret(parsed), _by_headers(parsed), _by_subject(parsed))


def is_active(ticket: Ticket, email: str | None) -> bool:
    """Whether this address takes part: the customer's own or proved ones, and active participants."""
    if not email:
        return False
    if ticket.customer.email == email:
        return True
    if ticket.participants.filter(email=email, status=Participant.Status.ACTIVE).exists():
        return True
    return Identity.objects.filter(
        customer=ticket.customer, kind=Identity.Kind.EMAIL, value=email, verified_at__isnull=False
    ).exists()


def _fact(ticket: Ticket, sender: str | None) -> rules.TicketFact:
    alive = survivor(ticket)
    return rules.TicketFact(id=alive.pk, status=alive.status, sender_is_active=is_active(alive, sender))


def _by_secret(parsed: ParsedMail) -> rules.SecretFact | None:
    """The first secret that lives. One of the sender's own goes first: a mail may carry several in To."""
    secrets = rules.extract_secrets(parsed.recipients, addresses.mailbox_addresses())
    rows = ReplyAddress.objects.filter(secret_hash__in=[hash_token(s) for s in secrets], revoked_at=None)
    found = sorted(rows.select_related("ticket__customer"), key=lambda row: row.email != parsed.sender)
    if not found:
        return None
    return rules.SecretFact(ticket=_fact(found[0].ticket, parsed.sender), recipient=found[0].email)


def _by_headers(parsed: ParsedMail) -> rules.TicketFact | None:
    """By Message-IDs that we made or stored, the nearest first (RFC 5322 §3.6.4: the last reference)."""
    for message_id in dict.fromkeys((*parsed.in_reply_to, *reversed(parsed.references))):
        ours = OutboxMail.objects.filter(message_id=message_id).first()
        key = outgoing.ticket_of(ours) if ours else None
        if key is None:
            theirs = InboundMail.objects.filter(~Q(ticket=None), message_id=message_id).order_by("-pk")
            key = theirs.values_list("ticket", flat=True).first()
        ticket = Ticket.objects.select_related("customer").filter(pk=key).first() if key else None
        if ticket is not None:
            return _fact(ticket, parsed.sender)
    return None


def _by_subject(parsed: ParsedMail) -> rules.TicketFact | None:
    number = rules.subject_number(parsed.subject)
    if number is None or number >= 2**63:
        return None
    ticket = Ticket.objects.select_related("customer").filter(number=number).first()
    return _fact(ticket, parsed.sender) if ticket else None
