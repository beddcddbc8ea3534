"""Two tickets that are one request."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.people.actors import Actor, require_staff
from helpdesk.people.models import Identity

from ..models import Attachment, Event, Message, Participant, Ticket
from ..rules import status as status_rules
from . import clocks
from .conversation import _move
from .timeline import MESSAGE_FIELDS, append_event, append_note, changed, lock


def survivor(ticket: Ticket) -> Ticket:
    """The ticket in which `ticket` lives on: itself, unless it was merged."""
    seen = {ticket.pk}
    while ticket.merged_into is not None and ticket.merged_into_id not in seen:
        ticket = ticket.merged_into
        seen.add(ticket.pk)
    return ticket


@transaction.atomic
def merge(*, actor: Actor, ticket: Ticket, into: Ticket) -> Ticket:
    """Close `ticket` and go on in `into`. Returns `into`.

    1. Both rows are locked, the older first, so that two merges cannot wait for each other.
    2. The words of `ticket` join the end of the survivor's timeline, with their authors and times. Of another
       customer they become internal notes: merging must not show one customer what another one wrote.
    3. An unanswered question stays unanswered: the survivor wakes and its clocks run.
    4. `ticket` is closed and points at the survivor; its secret reply addresses lead there (`survivor`).
    Raises Invalid("into") for the same ticket, RuleViolation("merged" | "ticket_closed") for a finished one.
    """
    require_staff(actor)
    if ticket.pk == into.pk:
        raise Invalid("into", _("A ticket cannot be merged with itself."))
    first, second = sorted((ticket.pk, into.pk))
    locked = {pk: lock(pk) for pk in (first, second)}
    source, target = locked[ticket.pk], locked[into.pk]
    if source.merged_into_id is not None:
        raise RuleViolation("merged", _("This ticket was merged already."))
    for one in (source, target):
        if one.status == Ticket.Status.CLOSED:
            raise RuleViolation("ticket_closed", _("Ticket #%(number)s is closed.") % {"number": one.number})
    now = timezone.now()
    counted = _move_words(actor, source, target)
    fields = [*MESSAGE_FIELDS, *clocks.FIELDS]
    if source.waiting_since is not None and source.customer_id == target.customer_id:
        fields += _keep_waiting(actor, source, target)
    append_event(
        actor=actor, ticket=target, kind=Event.Kind.MERGED, at=now,
        data={"from": source.number, "subject": source.subject, "messages": counted},
    )  # fmt: skip
    target.save(update_fields=list(dict.fromkeys(fields)))
    source.merged_into = target
    append_event(actor=actor, ticket=source, kind=Event.Kind.MERGED, at=now, data={"into": target.number})
    source.waiting_since = None
    closing = _move(actor, source, Ticket.Status.CLOSED, now, reason="merged")
    source.save(update_fields=["merged_into", "waiting_since", *closing])
    changed(source)
    changed(target)
    return target


def _move_words(actor: Actor, source: Ticket, target: Ticket) -> int:
    """Append the messages of `source` to `target`; how many."""
    same_customer = _same_reader(source, target)
    messages = source.messages.prefetch_related("attachments").order_by("seq")
    for message in messages:
        files = list(message.attachments.all())
        if same_customer:
            copy = _copy(message, target)
            Attachment.objects.bulk_create(
                Attachment(message=copy, file_id=f.file_id, content_id=f.content_id, inline=f.inline) for f in files
            )
            continue
        who = message.author_name or message.author_email or message.get_author_kind_display()
        words = f"#{source.number} · {who} · {message.created_at:%Y-%m-%d %H:%M} UTC\n\n{message.body_text}"
        note = append_note(actor=actor, ticket=target, text=words, at=timezone.now())
        note.source = message  # whoever erases the one finds the other
        note.save(update_fields=["source"])
        Attachment.objects.bulk_create(Attachment(note=note, file_id=f.file_id) for f in files)
    if same_customer:
        known = set(target.participants.values_list("email", flat=True))
        Participant.objects.bulk_create(
            Participant(ticket=target, email=p.email, name=p.name, status=p.status)
            for p in source.participants.all()
            if p.email not in known
        )
    return len(messages)


def _same_reader(source: Ticket, target: Ticket) -> bool:
    """Whether whoever reads `target` may read `source`: one customer, and not by a claim alone.

    A visitor of the chat may have typed an address that is not theirs, and mail of its owner joined the same
    customer. Into a chat, words from elsewhere come publicly only when the address was proved.
    """
    if source.customer_id != target.customer_id:
        return False
    if target.channel != Ticket.Channel.CHAT or source.channel == Ticket.Channel.CHAT:
        return True
    return Identity.objects.filter(customer=target.customer_id, verified_at__isnull=False).exists()


def _copy(message: Message, target: Ticket) -> Message:
    """The same words on `target`, under its next numbers. Not `append_message`: nobody says them now."""
    target.last_seq += 1
    target.last_public_seq += 1
    target.updated_at = max(target.updated_at, timezone.now())
    copy = Message(
        ticket=target, seq=target.last_seq, public_seq=target.last_public_seq, uid=uuid.uuid4(),
        author_kind=message.author_kind, user_id=message.user_id, customer_id=message.customer_id,
        author_name=message.author_name, author_email=message.author_email, verified=message.verified,
        channel=message.channel, body_text=message.body_text, body_html=message.body_html,
        quoted_text=message.quoted_text, mail_id=message.mail_id, created_at=message.created_at,
    )  # fmt: skip
    copy.save(force_insert=True)
    return copy


def _keep_waiting(actor: Actor, source: Ticket, target: Ticket) -> list[str]:
    """The customer of `source` still waits: now on `target`. Returns more fields to save."""
    assert source.waiting_since is not None
    now = timezone.now()
    fields: list[str] = []
    new = status_rules.after_customer_message(target.status)
    if new != target.status:
        fields = _move(actor, target, new, now, reason="merged")
    if target.waiting_since is None:
        target.waiting_since = source.waiting_since
        clocks.customer_wrote(target, at=now)
    return fields
