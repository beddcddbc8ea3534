"""Where a read mail goes: onto a ticket, into a new one, or nowhere. One transaction, made by `incoming`."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import connection
from django.utils import timezone

from helpdesk.files.models import StoredFile
from helpdesk.files.services import store
from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean, clean_line, fold
from helpdesk.outbox.models import OutboxMail
from helpdesk.outbox.services import mark_bounced
from helpdesk.people.actors import MAIL
from helpdesk.people.models import Customer
from helpdesk.people.services import customer_for_email, new_customer, verify_email

from ..mail.parsed import ParsedMail
from ..mail.quoted import split_quoted
from ..models import Attachment, Event, InboundMail, Message, Participant, Ticket
from ..rules import mail as rules
from ..rules.language import language_of_text
from . import addresses, outgoing, threads
from .conversation import customer_message, open_ticket
from .timeline import COUNTERS, append_event, changed, lock

State = InboundMail.State

# Programs that answer mail by themselves: never the words of a person. On a known ticket they are noted, not told.
RESPONDERS = frozenset({"auto_submitted", "out_of_office"})
# PostgreSQL refuses a search vector over 1 MB; this many characters stay below it in any script.
MOST_SEARCHED = 100_000
MOST_FILE_NAME = 200
_ROBOT_HOURS = 24


@dataclass(frozen=True)
class Filed:
    """What was decided; `state` and `reason` go onto the mail's row."""

    state: str
    reason: str = ""
    ticket: Ticket | None = None
    message: Message | None = None


@dataclass(frozen=True)
class Reading:
    """A mail with all that was found out about it."""

    row: InboundMail
    parsed: ParsedMail
    visible: str
    quoted: str
    robot: rules.RobotReason | None


def alone(mail: InboundMail, parsed: ParsedMail) -> None:
    """Until commit nobody else files this row, nor another copy of the same mail (same Message-ID)."""
    with connection.cursor() as cursor:
        for name in sorted({f"mail:{mail.pk}", f"message-id:{parsed.message_id or mail.pk}"}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 13))", [name])


def file_mail(row: InboundMail, parsed: ParsedMail) -> Filed:
    """Decide where `parsed` belongs and put it there.

    1. Mail that is about our mail: bounces, receipts, our own coming back. No ticket.
    2. A mail that we have already, under another envelope.
    3. Robots on a known ticket: noted there.
    4. Held mail: a ticket for agents' eyes.
    5. `thread_decision`: append or open; who opens one is told its number, if it is a person.
    """
    reading = _read(row, parsed)
    if (about := _about_our_mail(reading)) is not None:
        return about
    if (twin := _twin(reading)) is not None:
        return Filed(State.DUPLICATE, "same_message_id", twin.ticket, Message.objects.filter(mail=twin).first())
    points = threads.pointers(parsed)
    if reading.robot in RESPONDERS and (answered := points.answered) is not None:
        return _suppress(reading, answered)
    if (why := _hold_reason(parsed, points)) is not None:
        return _hold(reading, why, points.strongest)
    decision = rules.thread_decision(
        parsed.sender, by_secret=points.by_secret, by_headers=points.by_headers, by_subject=points.by_subject
    )
    if decision.action == "append":
        return _append(reading, decision)
    if reading.robot is not None and (known := _robots_ticket(reading)) is not None:
        return _suppress(reading, known)
    return _open(reading, decision)


def _read(row: InboundMail, parsed: ParsedMail) -> Reading:
    visible, quoted = split_quoted(parsed.text)
    if len(visible) > MOST_SEARCHED:
        visible, quoted = visible[:MOST_SEARCHED], visible[MOST_SEARCHED:] + "\n" + quoted
    return Reading(row, parsed, visible, quoted, _robot(parsed))


def _robot(parsed: ParsedMail) -> rules.RobotReason | None:
    """As the rule says; but another desk that runs this software is a correspondent, not ourselves."""
    ours = any(n == rules.LOOP_HEADER.lower() and v == settings.MESSAGE_ID_DOMAIN for n, v in parsed.control)
    known = parsed if ours else replace(parsed, control=())
    return rules.robot_reason(known, addresses.own_addresses(), own_message_id_domain=settings.MESSAGE_ID_DOMAIN)


# --- mail about our mail ----------------------------------------------------------------------------


def _about_our_mail(reading: Reading) -> Filed | None:
    parsed = reading.parsed
    if parsed.bounce is not None:
        return _bounce(parsed)
    if reading.robot in ("receipt", "feedback"):
        return Filed(State.SUPPRESSED, str(reading.robot))
    if reading.robot == "own_mail" and _is_really_ours(parsed):
        return Filed(State.SUPPRESSED, "own_mail")
    return None


def _is_really_ours(parsed: ParsedMail) -> bool:
    """A contact form that writes in our own name is a customer's word: only what we sent may vanish."""
    if any(n == rules.LOOP_HEADER.lower() and v == settings.MESSAGE_ID_DOMAIN for n, v in parsed.control):
        return True
    return bool(parsed.message_id) and OutboxMail.objects.filter(message_id=parsed.message_id).exists()


def _bounce(parsed: ParsedMail) -> Filed:
    """A report on a mail of ours marks that mail; it opens nothing, whatever it is about."""
    bounce = parsed.bounce
    assert bounce is not None
    ids = dict.fromkeys((bounce.original_message_id, *parsed.in_reply_to, *parsed.references))
    mail = OutboxMail.objects.filter(message_id__in=[i for i in ids if i]).order_by("-pk").first()
    if mail is None or not bounce.failed:
        return Filed(State.SUPPRESSED, "bounce")
    words = clean_line(f"{bounce.status} {bounce.diagnostic}".strip() or "returned to sender", max_length=400)
    mark_bounced(mail, words, owner=outgoing.OWNER)
    key = outgoing.ticket_of(mail)
    return Filed(State.SUPPRESSED, "bounce", Ticket.objects.filter(pk=key).first() if key else None)


def _twin(reading: Reading) -> InboundMail | None:
    """The same mail, come by another way: Message-ID, sender and words are equal.

    Words too, because some programs use one Message-ID for all they send.
    """
    parsed = reading.parsed
    if not parsed.message_id or not parsed.sender:
        return None
    others = InboundMail.objects.filter(message_id=parsed.message_id[:255], sender=parsed.sender)
    filed = others.filter(state__in=[State.CREATED, State.APPENDED, State.HELD]).exclude(pk=reading.row.pk)
    for other in filed.select_related("ticket").order_by("pk")[:20]:
        said = Message.objects.filter(mail=other).order_by("pk").first()
        if said is None or said.body_text == clean(reading.visible):
            return other
    return None


# --- robots and held mail ---------------------------------------------------------------------------


def _robots_ticket(reading: Reading) -> int | None:
    """The ticket that this robot has opened lately: it gets one, not one per mail.

    Of a responder any mail counts; of other programs (alerts, lists) one that says the same but for numbers.
    """
    parsed = reading.parsed
    since = reading.row.received_at - dt.timedelta(hours=_ROBOT_HOURS)
    opened = InboundMail.objects.filter(
        sender=parsed.sender or "", state=State.CREATED, received_at__gte=since, ticket__isnull=False
    ).exclude(reason="")
    for ticket, subject in opened.order_by("-pk").values_list("ticket", "subject")[:50]:
        if reading.robot in RESPONDERS or _gist(subject) == _gist(parsed.subject):
            return int(ticket)
    return None


def _gist(subject: str) -> str:
    return "".join(c for c in fold(subject) if c.isalpha())


def _suppress(reading: Reading, key: int) -> Filed:
    """Kept, but no message: the ticket notes once an hour that a program writes to it."""
    ticket = lock(key)
    sender = reading.parsed.sender or reading.parsed.from_shown
    lately = timezone.now() - dt.timedelta(hours=1)
    noted = Event.objects.filter(
        ticket=ticket, kind=Event.Kind.MAIL_SUPPRESSED, created_at__gt=lately, data__from=sender
    )
    if not noted.exists():
        append_event(
            actor=MAIL, ticket=ticket, kind=Event.Kind.MAIL_SUPPRESSED,
            data={"from": sender, "reason": reading.robot, "subject": reading.parsed.subject[:300]},
        )  # fmt: skip
        ticket.save(update_fields=COUNTERS)
        changed(ticket)
    return Filed(State.SUPPRESSED, str(reading.robot), ticket)


def _hold_reason(parsed: ParsedMail, points: threads.Pointers) -> rules.HoldReason | None:
    why = rules.hold_reason(parsed)
    secret = points.by_secret
    if why == "verification_code" and secret is not None and parsed.sender == secret.recipient.lower():
        return None  # the customer tells us a code; another service's mail to the secret address stays held
    return why


def _hold(reading: Reading, why: str, related: int | None) -> Filed:
    """A ticket for agents' eyes: no mail leaves, nobody takes part."""
    ticket = _new_ticket(reading, held=True, related=related)
    shown = {"from": reading.parsed.from_shown, "reason": why}
    ticket = lock(ticket)
    append_event(actor=MAIL, ticket=ticket, kind=Event.Kind.MAIL_HELD, data=shown)
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    return Filed(State.HELD, why, ticket, ticket.messages.first())


# --- people's mail ----------------------------------------------------------------------------------


def _person(parsed: ParsedMail, language: str) -> Customer:
    """Whom the mail is from. One without a usable address is a customer who cannot be mailed back."""
    if parsed.sender:
        try:
            return customer_for_email(email=parsed.sender, name=parsed.sender_name, language=language)
        except Invalid:
            pass  # cron's root@localhost and the like
    return new_customer(name=parsed.sender_name or parsed.sender or parsed.from_shown, language=language)


def _author(ticket: Ticket, parsed: ParsedMail) -> Customer:
    if parsed.sender and parsed.sender == ticket.customer.email:
        return ticket.customer
    return _person(parsed, ticket.language)


def _stored(parsed: ParsedMail) -> list[StoredFile]:
    cap = settings.MAX_MAIL_BYTES
    return [
        store(content=f.data, filename=f.filename[:MOST_FILE_NAME], content_type=f.content_type, limit=cap)
        for f in parsed.files
    ]


def _complete(message: Message, reading: Reading, files: list[StoredFile]) -> None:
    """What only mails have: the folded history, and pictures that stand within the text."""
    if reading.quoted:
        message.quoted_text = clean(reading.quoted)
        Message.objects.filter(pk=message.pk).update(quoted_text=message.quoted_text)
    for file, part in zip(files, reading.parsed.files, strict=True):
        if part.content_id or part.inline:
            Attachment.objects.filter(message=message, file=file).update(
                content_id=part.content_id[:255], inline=part.inline
            )


def _uid(row: InboundMail) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"inbound-mail:{row.pk}")


def _append(reading: Reading, decision: rules.ThreadDecision) -> Filed:
    parsed, row = reading.parsed, reading.row
    assert isinstance(decision.ticket, int)
    ticket = Ticket.objects.select_related("customer").get(pk=decision.ticket)
    author = _author(ticket, parsed)  # takes its own lock, which goes before the ticket's
    files = _stored(parsed)
    ticket = lock(decision.ticket)
    message = customer_message(
        actor=MAIL, ticket=ticket, author=author, text=reading.visible, html=parsed.html or "", channel="email",
        uid=_uid(row), verified=decision.verified, author_name=parsed.sender_name or author.name,
        author_email=parsed.sender or "", files=files, mail_id=row.pk, at=row.received_at,
    )  # fmt: skip
    _complete(message, reading, files)
    if decision.verified and parsed.sender:
        verify_email(customer=author, email=parsed.sender)
    if decision.pending_sender:
        _propose(message.ticket, parsed)
    return Filed(State.APPENDED, "" if decision.verified else f"unverified:{decision.via}", message.ticket, message)


def _propose(ticket: Ticket, parsed: ParsedMail) -> None:
    """Note the sender as somebody who would take part, if an agent agrees. Until then they see nothing."""
    email = parsed.sender
    if not email or email in addresses.own_addresses():
        return
    _row, new = Participant.objects.get_or_create(
        ticket=ticket, email=email, defaults={"name": parsed.sender_name, "status": Participant.Status.PENDING}
    )
    if new:
        append_event(
            actor=MAIL, ticket=ticket, kind=Event.Kind.PARTICIPANT_CHANGED,
            data={"email": email, "from": None, "to": Participant.Status.PENDING},
        )  # fmt: skip
        ticket.save(update_fields=COUNTERS)
        changed(ticket)


def _open(reading: Reading, decision: rules.ThreadDecision) -> Filed:
    parsed, row = reading.parsed, reading.row
    related = decision.related if isinstance(decision.related, int) else None
    ticket = _new_ticket(reading, related=related, verified=decision.verified)
    if decision.verified and parsed.sender:
        verify_email(customer=ticket.customer, email=parsed.sender)
    if decision.via == "headers" and related is not None:
        _propose(lock(related), parsed)  # they hold a mail of that ticket: somebody has forwarded it
    if parsed.sender and reading.robot is None and not row.quiet:
        outgoing.queue_acknowledgement(ticket=ticket, recipient=parsed.sender, in_reply_to=parsed.message_id)
    return Filed(State.CREATED, str(reading.robot or ""), ticket, ticket.messages.first())


def _new_ticket(reading: Reading, *, held: bool = False, related: int | None = None, verified: bool = False) -> Ticket:
    parsed, row = reading.parsed, reading.row
    spoken = language_of_text(f"{parsed.subject}\n{reading.visible}")
    customer = _person(parsed, spoken)
    files = _stored(parsed)
    ticket = open_ticket(
        actor=MAIL, customer=customer, subject=parsed.subject, text=reading.visible, html=parsed.html or "",
        channel=Ticket.Channel.EMAIL, department=row.mailbox.department if row.mailbox else None,
        language=spoken or customer.language, files=files, uid=_uid(row), verified=verified,
        author_name=parsed.sender_name or customer.name, author_email=parsed.sender or "", mail_id=row.pk,
        held=held, related=Ticket.objects.filter(pk=related).first() if related else None,
        mailbox_id=row.mailbox_id, at=row.received_at,
    )  # fmt: skip
    message = ticket.messages.get()
    _complete(message, reading, files)
    return ticket
