"""Adding entries to a timeline, in order and without gaps. Every verb goes through here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from helpdesk.files.models import StoredFile
from helpdesk.lib.prepared import Prepared
from helpdesk.lib.text import clean, snippet
from helpdesk.people.actors import Actor, kind_of, staff
from helpdesk.people.models import Customer
from helpdesk.realtime.emit import Audience, department_staff, emit
from helpdesk.realtime.emit import agent as agent_audience

from .. import signals
from ..events import MessageAdded, TicketChanged
from ..models import Attachment, Event, Message, Note, Ticket

# What append_* may move on the ticket; verbs add their own fields and save once.
COUNTERS = ("last_seq", "updated_at")
MESSAGE_FIELDS = (
    *COUNTERS, "last_public_seq", "snippet", "last_author_kind", "last_message_at", "waiting_since", "first_replied_at",
    "last_channel",
)  # fmt: skip


_locked = Prepared(
    lambda pk: (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("customer", "department", "assignee")
        .filter(pk=pk)
    ),
    int,
)


def lock(ticket: Ticket | int) -> Ticket:
    """The ticket's row, locked until the transaction ends. First in every verb: lock order is ticket, then the rest."""
    found = _locked(ticket if isinstance(ticket, int) else ticket.pk)
    if found is None:
        raise Ticket.DoesNotExist
    return found


def audience(ticket: Ticket) -> Audience:
    """The colleagues who hear of this ticket."""
    to = department_staff(ticket.department_id)
    return to | agent_audience(ticket.assignee_id) if ticket.assignee_id else to


def _next_seq(ticket: Ticket, at: dt.datetime) -> int:
    ticket.last_seq += 1
    ticket.updated_at = max(ticket.updated_at, at)
    return ticket.last_seq


def append_message(
    *,
    actor: Actor,
    ticket: Ticket,
    text: str,
    at: dt.datetime,
    channel: str = "",
    uid: uuid.UUID | None = None,
    html: str = "",
    verified: bool = False,
    author_name: str = "",
    author_email: str = "",
    mail_id: int | None = None,
    files: Sequence[StoredFile] = (),
) -> Message:
    """Add a public message, with its files, to the locked `ticket`; move its counters (the verb saves MESSAGE_FIELDS).

    `at` is when it was said; it decides clocks. Emits after commit; sends `message_added` in the transaction.
    """
    kind, user = kind_of(actor), staff(actor)
    customer = actor if isinstance(actor, Customer) else None
    ticket.last_public_seq += 1
    message = Message(
        ticket=ticket, seq=_next_seq(ticket, at), public_seq=ticket.last_public_seq, uid=uid or uuid.uuid4(),
        author_kind=kind, user=user, customer=customer,
        author_name=author_name or (user.name if user else customer.name or customer.email if customer else ""),
        author_email=author_email or (user.email if user else customer.email if customer else ""),
        verified=verified or user is not None, channel=channel or ticket.channel,
        body_text=clean(text), body_html=clean(html), mail_id=mail_id, created_at=at,
    )  # fmt: skip
    # Explicit, because the generated search column is for PostgreSQL to fill and never read back here.
    message.save(force_insert=True)
    if kind != "system":
        ticket.snippet = snippet(message.body_text)
        ticket.last_author_kind = kind
        ticket.last_message_at = at
    if kind == "customer":
        ticket.last_channel = message.channel
    attachments = Attachment.objects.bulk_create([Attachment(message=message, file=f) for f in files]) if files else []
    signals.message_added.send(sender=Ticket, ticket=ticket, message=message, attachments=attachments)
    emit(
        MessageAdded(
            ticket=ticket.number, seq=message.seq, id=str(message.uid), sender=kind, name=message.author_name,
            text=message.body_text, at=at.isoformat(),
        ),
        to=audience(ticket),
    )  # fmt: skip
    return message


def append_note(
    *,
    actor: Actor,
    ticket: Ticket,
    text: str,
    at: dt.datetime,
    kind: str = Note.Kind.NOTE,
    uid: uuid.UUID | None = None,
) -> Note:
    """Add an internal note to the locked `ticket` (the verb saves COUNTERS)."""
    user = staff(actor)
    note = Note(
        ticket=ticket, seq=_next_seq(ticket, at), uid=uid or uuid.uuid4(), kind=kind, user=user,
        author_name=user.name if user else "", body_text=clean(text), created_at=at,
    )  # fmt: skip
    note.save(force_insert=True)
    return note


def append_event(
    *,
    actor: Actor,
    ticket: Ticket,
    kind: str,
    at: dt.datetime | None = None,
    data: dict[str, Any] | None = None,
    rule: str = "",
    due_at: dt.datetime | None = None,
) -> Event:
    """Record on the locked `ticket` what changed (the verb saves COUNTERS). `data` is JSON-ready."""
    user = staff(actor)
    moment = at or timezone.now()
    event = Event(
        ticket=ticket, seq=_next_seq(ticket, moment), kind=kind, data=data or {}, user=user, actor_kind=kind_of(actor),
        actor_name=user.name if user else str(getattr(actor, "display_name", getattr(actor, "name", ""))),
        rule=rule, due_at=due_at, created_at=moment,
    )  # fmt: skip
    event.save(force_insert=True)
    return event


def changed(ticket: Ticket, *, also: Audience | None = None) -> None:
    """Tell open consoles after commit that `ticket` is not what they show. `also`: those who just lost it."""
    to = audience(ticket)
    emit(TicketChanged(ticket=ticket.number, seq=ticket.last_seq), to=to | also if also else to)
