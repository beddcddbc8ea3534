"""What is said: opening a ticket, words of the customer, replies, notes, ratings."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.files.models import StoredFile
from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.prepared import Prepared
from helpdesk.lib.text import clean, clean_line, snippet
from helpdesk.people.actors import Actor, require_staff, staff
from helpdesk.people.models import Customer, Department, User

from .. import signals
from ..models import Attachment, Event, Message, Note, Rating, Ticket
from ..rules import status as status_rules
from . import clocks, outgoing
from .timeline import COUNTERS, MESSAGE_FIELDS, append_event, append_message, append_note, changed, lock


def checked_text(text: str, *, field: str = "body") -> str:
    """The words as stored; Invalid when there are none or too many (MAX_MESSAGE_CHARS)."""
    words = clean(text).strip()
    if not words:
        raise Invalid(field, _("Write something first."), code="empty")
    if len(words) > settings.MAX_MESSAGE_CHARS:
        raise Invalid(
            field,
            _("That is longer than %(most)s characters.") % {"most": settings.MAX_MESSAGE_CHARS},
            code="too_long",
        )
    return words


def attach(files: Sequence[StoredFile], *, note: Note) -> None:
    """Hang stored files on a note (those of a message come with it: whoever hears of it hears of them)."""
    Attachment.objects.bulk_create([Attachment(note=note, file=f) for f in files])


@transaction.atomic
def open_ticket(
    *,
    actor: Actor,
    customer: Customer,
    subject: str,
    text: str,
    channel: str,
    department: Department | None = None,
    priority: str = Ticket.Priority.NORMAL,
    language: str = "",
    tags: Sequence[str] = (),
    custom_fields: dict[str, Any] | None = None,
    files: Sequence[StoredFile] = (),
    key: uuid.UUID | None = None,
    uid: uuid.UUID | None = None,
    html: str = "",
    verified: bool = False,
    author: Actor | None = None,
    author_name: str = "",
    author_email: str = "",
    mail_id: int | None = None,
    held: bool = False,
    related: Ticket | None = None,
    mailbox_id: int | None = None,
    at: dt.datetime | None = None,
) -> Ticket:
    """A new ticket with its first message. `author` (default: the customer) said the words; `actor` opened it.

    `key` is the id that a form made: the same key of the same customer twice opens one ticket. `uid` is the message's.

    Writes one Event `opened`, starts the clocks of the policy that matches. Sends no mail: whoever receives
    a first word by mail acknowledges it.
    """
    moment = at or timezone.now()
    words = clean(text) if mail_id else checked_text(text)
    if key is not None:
        Customer.objects.select_for_update().get(pk=customer.pk)  # a double click waits here for the first
        if (known := Ticket.objects.filter(uid=key).first()) is not None:
            if known.customer_id == customer.pk:
                return known
            key = None  # somebody else's form: a ticket of one's own, under an id of ours
    ticket = Ticket(
        uid=key or uuid.uuid4(),
        subject=clean_line(subject, max_length=300) or snippet(words, 80) or _("(no subject)"),
        channel=channel, customer=customer, department=department, priority=priority,
        language=(language or customer.language)[:5], tags=sorted({clean_line(t, max_length=40).lower() for t in tags}),
        custom_fields=custom_fields or {}, held=held, related=related, mailbox_id=mailbox_id,
        created_at=moment, updated_at=moment, held_since=moment,
    )  # fmt: skip
    ticket.save(force_insert=True)
    append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.OPENED, at=moment,
        data={"channel": channel, **({"related": related.number} if related else {})},
    )  # fmt: skip
    said_by = author or customer
    append_message(
        actor=said_by, ticket=ticket, text=words, html=html, at=moment, uid=uid, verified=verified,
        author_name=author_name, author_email=author_email, mail_id=mail_id, files=files,
    )  # fmt: skip
    if isinstance(said_by, Customer):
        ticket.waiting_since = moment
    clocks.opened(ticket, at=moment, by_customer=isinstance(said_by, Customer))
    ticket.save()
    changed(ticket)
    return ticket


_known = Prepared(lambda ticket, uid: Message.objects.filter(ticket=ticket, uid=uid), int, uuid.UUID)


def _existing(ticket: Ticket, uid: uuid.UUID | None) -> Message | None:
    return _known(ticket.pk, uid) if uid else None


@transaction.atomic
def customer_message(
    *,
    actor: Actor,
    ticket: Ticket,
    text: str,
    author: Customer | None = None,
    channel: str = "",
    uid: uuid.UUID | None = None,
    html: str = "",
    verified: bool = False,
    author_name: str = "",
    author_email: str = "",
    files: Sequence[StoredFile] = (),
    mail_id: int | None = None,
    at: dt.datetime | None = None,
) -> Message:
    """Words of the customer (or of a participant: `author`) on an existing ticket. The same `uid` twice stores one.

    Wakes a pending, on-hold or solved ticket. Raises RuleViolation("ticket_closed") on a closed one.
    """
    ticket = lock(ticket)
    if (known := _existing(ticket, uid)) is not None:
        return known
    if ticket.status == Ticket.Status.CLOSED:
        raise RuleViolation("ticket_closed", _("This request is closed. Please open a new one."))
    moment = max(at or timezone.now(), ticket.created_at)
    words = clean(text) if mail_id else checked_text(text, field="text")
    way = ticket.current_channel
    message = append_message(
        actor=author or ticket.customer, ticket=ticket, text=words, html=html, at=moment, channel=channel, uid=uid,
        verified=verified, author_name=author_name, author_email=author_email, mail_id=mail_id, files=files,
    )  # fmt: skip
    first_word = ticket.waiting_since is None
    if first_word:
        ticket.waiting_since = moment
    fields = [*MESSAGE_FIELDS]
    old, new = ticket.status, status_rules.after_customer_message(ticket.status)
    if new != old:
        fields += _move(actor, ticket, new, moment, reason="customer_message")
    if ticket.current_channel != way:
        # From chat to mail, or back: other promises hold from here on.
        clocks.properties_changed(ticket, at=moment)
        fields += clocks.FIELDS
    if first_word:
        # A customer's second message does not move a waiting clock: nothing to ask then.
        clocks.customer_wrote(ticket, at=moment)
        fields += clocks.FIELDS
    ticket.save(update_fields=fields)
    changed(ticket)
    return message


def _move(actor: Actor, ticket: Ticket, new: str, at: dt.datetime, *, reason: str = "", rule: str = "") -> list[str]:
    """Set the status of the locked ticket, record it, move the clocks. Returns the fields to save."""
    old, ticket.status = ticket.status, new
    fields = ["status", *COUNTERS, *clocks.FIELDS]
    if new == Ticket.Status.SOLVED:
        ticket.solved_at = at
        fields.append("solved_at")
    elif old in status_rules.DONE and new not in status_rules.DONE:
        ticket.solved_at = ticket.closed_at = None
        ticket.reopened_count += 1
        fields += ["solved_at", "closed_at", "reopened_count"]
    if new == Ticket.Status.CLOSED:
        ticket.closed_at = at
        fields.append("closed_at")
    append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.STATUS_CHANGED, at=at, rule=rule,
        data={"from": old, "to": new, **({"reason": reason} if reason else {})},
    )  # fmt: skip
    clocks.status_moved(ticket, old=old, new=new, at=at)
    signals.status_changed.send(sender=Ticket, ticket=ticket, old=old, new=new)
    return fields


def reply(
    *,
    actor: User,
    ticket: Ticket,
    text: str,
    uid: uuid.UUID | None = None,
    files: Sequence[StoredFile] = (),
    then: str = "",
    channel: str = "",
    at: dt.datetime | None = None,
) -> Message:
    """A colleague's public answer; `then` ("solved" | "pending" | "on_hold" | "") is the status it leaves.

    Goes out by mail unless the customer is reading along in the chat. The same `uid` twice stores one.
    """
    require_staff(actor)
    words = checked_text(text)
    # Whoever knows it asks Valkey: before the transaction, so that a slow answer holds no lock.
    live = any(answer for _receiver, answer in signals.delivers_live.send(sender=Ticket, ticket=ticket))
    return _reply(actor, ticket, words, uid=uid, files=files, then=then, channel=channel, at=at, live=live)


@transaction.atomic
def _reply(
    actor: User,
    ticket: Ticket,
    words: str,
    *,
    uid: uuid.UUID | None,
    files: Sequence[StoredFile],
    then: str,
    channel: str,
    at: dt.datetime | None,
    live: bool,
) -> Message:
    ticket = lock(ticket)
    if (known := _existing(ticket, uid)) is not None:
        return known
    if ticket.status == Ticket.Status.CLOSED:
        raise RuleViolation("ticket_closed", _("This ticket is closed. Open a linked one instead."))
    moment = max(at or timezone.now(), ticket.created_at)
    message = append_message(actor=actor, ticket=ticket, text=words, at=moment, uid=uid, channel=channel, files=files)
    fields = [*MESSAGE_FIELDS, *clocks.FIELDS]
    if ticket.first_replied_at is None:
        ticket.first_replied_at = moment
    if ticket.assignee_id is None:
        fields += _take(actor, ticket, moment)
    clocks.agent_replied(ticket, at=moment)
    ticket.waiting_since = None
    target = then or status_rules.after_agent_reply(ticket.status)
    if target != ticket.status:
        if then and not status_rules.may_move(ticket.status, target):
            raise RuleViolation("status", _("The ticket cannot become “%(status)s” now.") % {"status": target})
        fields += _move(actor, ticket, target, moment)
    ticket.save(update_fields=fields)
    if not live or ticket.is_done:  # solving has ended the live session
        outgoing.queue_reply(ticket=ticket, message=message)
    changed(ticket)
    return message


def _take(actor: User, ticket: Ticket, at: dt.datetime) -> list[str]:
    """Who answers first has it."""
    ticket.assignee = actor
    append_event(
        actor=actor, ticket=ticket, kind=Event.Kind.ASSIGNED, at=at,
        data={"from": None, "to": actor.pk, "to_name": actor.name, "reason": "first_reply"},
    )  # fmt: skip
    return ["assignee"]


@transaction.atomic
def note(
    *,
    actor: User,
    ticket: Ticket,
    text: str,
    uid: uuid.UUID | None = None,
    files: Sequence[StoredFile] = (),
    at: dt.datetime | None = None,
) -> Note:
    """An internal note. The customer sees nothing of it, through no door. The same `uid` twice stores one."""
    require_staff(actor)
    words = checked_text(text)
    ticket = lock(ticket)
    if uid and (known := Note.objects.filter(ticket=ticket, uid=uid).first()):
        return known
    entry = append_note(actor=actor, ticket=ticket, text=words, at=at or timezone.now(), uid=uid)
    attach(files, note=entry)
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    return entry


def post_line(ticket: Ticket, text: str, *, at: dt.datetime) -> Message:
    """A plain line for the customer from the product itself, on the locked ticket ("now with our specialists").

    Shown in widget and portal; sends no mail, fulfils no clock. The verb saves MESSAGE_FIELDS.
    """
    from helpdesk.people.actors import CHAT

    return append_message(actor=CHAT, ticket=ticket, text=text, at=at)


@transaction.atomic
def rate(*, actor: Actor, ticket: Ticket, score: str, comment: str = "", at: dt.datetime | None = None) -> Rating:
    """The customer's verdict; a later one replaces it (both stay in the events)."""
    if staff(actor) is not None:
        raise RuleViolation("forbidden", _("Only the customer rates."), status=403)
    if score not in Rating.Score.values:
        raise Invalid("score", _("Good or bad."))
    ticket = lock(ticket)
    now = at or timezone.now()
    verdict = {"score": score, "comment": clean(comment, max_length=4000), "agent": ticket.assignee, "updated_at": now}
    rating, _created = Rating.objects.update_or_create(
        ticket=ticket, defaults=verdict, create_defaults={**verdict, "created_at": now}
    )
    append_event(
        actor=actor,
        ticket=ticket,
        kind=Event.Kind.RATED,
        at=now,
        data={"score": score, "comment": rating.comment},
    )
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    return rating
