"""Mail that a verb causes: rows in the outbox, in the verb's transaction. Delivery comes later, elsewhere."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from helpdesk.files.models import StoredFile
from helpdesk.files.services import read
from helpdesk.lib.ids import hash_token
from helpdesk.lib.text import normalize_email
from helpdesk.outbox import services as outbox
from helpdesk.outbox.compose import File
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.actors import MAIL

from ..mail.quoted import REPLY_MARKERS
from ..models import Event, InboundMail, Message, Metric, Notification, Participant, SlaClock, Ticket
from ..rules import mail as rules
from . import addresses
from .notify import notify
from .timeline import COUNTERS, append_event, changed, lock

MOST_REFERENCES = 20


def language_of(ticket: Ticket) -> str:
    """The language in which its customer is written to."""
    known = dict(settings.LANGUAGES)
    return next((c for c in (ticket.language[:2], ticket.customer.language) if c in known), settings.LANGUAGE_CODE)


def order_key(ticket: Ticket, email: str) -> str:
    """Mails under one key leave in order. Per reader: a full mailbox of one holds up nobody else."""
    return f"ticket:{ticket.pk}:{hash_token(normalize_email(email))[:16]}"


def ticket_of(mail: OutboxMail) -> int | None:
    """The key of the ticket that `mail` is about, or None."""
    kind, _colon, rest = mail.order_key.partition(":")
    key = rest.partition(":")[0]
    return int(key) if kind == "ticket" and key.isdigit() else None


def recipients(ticket: Ticket) -> list[str]:
    """Who reads the answers: the customer and the active participants; never an address of ours."""
    found = [ticket.customer.email]
    found += ticket.participants.filter(status=Participant.Status.ACTIVE).values_list("email", flat=True)
    own = addresses.own_addresses()
    wanted = dict.fromkeys(normalize_email(a) for a in found if a)
    return [a for a in wanted if a not in own and addresses.without_tag(a) not in own]


def message_ref(message: Message) -> str:
    """Under which `ref` the outbox has the mails that carry `message`."""
    return f"message:{message.uid}"


def queue_reply(*, ticket: Ticket, message: Message) -> None:
    """Mail a colleague's answer to everyone who reads along. Nothing for held tickets and people without address."""
    if ticket.held or ticket.customer.erased_at is not None:
        return
    files = list(message.attachments.values_list("file_id", flat=True))
    with translation.override(language_of(ticket)):
        subject = f"[#{ticket.number}] {_reply_subject(ticket.subject)}"
        text, html = _rendered("reply", ticket, {"message": message})
        sender = addresses.shown_sender(addresses.sender_address(ticket), message.author_name)
    for email in recipients(ticket):
        _queue(
            ticket=ticket, email=email, sender=sender, subject=subject, text=text, html=html, kind="reply",
            ref=message_ref(message), attachments=files, dedupe_key=f"reply:{ticket.pk}:{message.uid}:{email}",
        )  # fmt: skip


def _reply_subject(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def queue_acknowledgement(*, ticket: Ticket, recipient: str, in_reply_to: str = "") -> bool:
    """Tell a sender once that the request is here, under which number, and until when we answer.

    One fixed text with none of the sender's words, so that nobody can make us mail theirs to a third person.
    False, and nothing queued, over a cap, for held tickets and for addresses of ours. The caller has made sure
    that no robot is answered.
    """
    email = normalize_email(recipient)
    own = addresses.own_addresses()
    if not email or ticket.held or email in own or addresses.without_tag(email) in own:
        return False
    sender = addresses.sender_address(ticket)
    _one_at_a_time(email)
    counts = outbox.automatic_counts(recipient=email, address=sender, now=timezone.now())
    if rules.within_caps(rules.AutomaticCounts(*counts), _limits()):
        return False
    with translation.override(language_of(ticket)):
        subject = _("[#%(number)s] We have received your request") % {"number": ticket.number}
        text, html = _rendered("acknowledgement", ticket, {"due": _first_answer_due(ticket)})
        shown = addresses.shown_sender(sender)
    return _queue(
        ticket=ticket, email=email, sender=shown, subject=subject, text=text, html=html, kind="acknowledgement",
        ref=f"ticket:{ticket.uid}", dedupe_key=f"acknowledgement:{ticket.pk}:{email}", in_reply_to=in_reply_to,
        automatic=True,
    )  # fmt: skip


def _one_at_a_time(email: str) -> None:
    """Until commit nobody else counts the automatic mails to `email`: two at once would both pass the cap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [email])


def _limits() -> rules.AutomaticLimits:
    return rules.AutomaticLimits(
        per_address_day=settings.ACK_PER_ADDRESS_DAY,
        total_hour=settings.ACK_PER_HOUR,
        per_pair_hour=settings.ACK_PER_PAIR_HOUR,
    )


def _first_answer_due(ticket: Ticket) -> str:
    """The promised instant of the first answer in words of the customer's own time, or ""."""
    clock = SlaClock.objects.filter(ticket=ticket, metric=Metric.FIRST_REPLY).order_by("-cycle").first()
    if clock is None or clock.due_at is None:
        return ""
    try:
        zone = zoneinfo.ZoneInfo(ticket.customer.time_zone or settings.TIME_ZONE)
    except (ValueError, OSError):
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
    local = timezone.localtime(clock.due_at, zone)
    return f"{date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"


def queue_portal_link(*, email: str, language: str, token: str) -> None:
    """Mail the one-time way into the portal. The secret is behind the `#`: it reaches no server log."""
    from .portal import LINK_MINUTES

    known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    context = {
        "link": f"{settings.PUBLIC_URL}/portal/enter/#{token}", "minutes": LINK_MINUTES,
        "brand": settings.BRAND_NAME, "color": settings.BRAND_COLOR, "language": known,
    }  # fmt: skip
    with translation.override(known):
        outbox.queue(
            recipient=email,
            sender=addresses.shown_sender(settings.SUPPORT_ADDRESS),
            subject=_("Your link to %(brand)s") % {"brand": settings.BRAND_NAME},
            text=_tidy(render_to_string("mail/portal_link.txt", context)),
            html=_tidy(render_to_string("mail/portal_link.html", context)),
            kind="portal_link",
            headers=_marks(automatic=True, answers=False),
        )


# --- what all of them share -------------------------------------------------------------------------


def _rendered(name: str, ticket: Ticket, extra: dict[str, Any]) -> tuple[str, str]:
    """(plain text, HTML) of a mail about `ticket`, in the active language."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    context = {
        "ticket": ticket,
        "portal_url": f"{settings.PUBLIC_URL}/portal/{ticket.number}/",
        "brand": settings.BRAND_NAME,
        "language": language,
        "marker": REPLY_MARKERS.get(language[:2], REPLY_MARKERS["en"]),
        **extra,
    }
    return _tidy(render_to_string(f"mail/{name}.txt", context)), _tidy(render_to_string(f"mail/{name}.html", context))


def _tidy(text: str) -> str:
    return text.strip() + "\n"


def _queue(*, ticket: Ticket, email: str, automatic: bool = False, in_reply_to: str = "", **mail: Any) -> bool:
    headers = {
        "Reply-To": addresses.reply_to(ticket, email),
        **_references(ticket, email, in_reply_to),
        **_marks(automatic=automatic),
    }
    queued = outbox.queue(
        recipient=email, headers=headers, automatic=automatic, order_key=order_key(ticket, email), **mail
    )
    return queued is not None


def _marks(*, automatic: bool, answers: bool = True) -> dict[str, str]:
    """Who is a program says so (RFC 3834 §5, MS-OXCMAIL), and every mail of ours is known when it comes back."""
    marks = {rules.LOOP_HEADER: settings.MESSAGE_ID_DOMAIN}
    if automatic:
        marks["Auto-Submitted"] = "auto-replied" if answers else "auto-generated"
        marks["X-Auto-Response-Suppress"] = "All"
    return marks


def _references(ticket: Ticket, email: str, in_reply_to: str) -> dict[str, str]:
    """In-Reply-To and References (RFC 5322 §3.6.4) of what this reader and we have mailed about `ticket`."""
    theirs = InboundMail.objects.filter(ticket=ticket, sender=email).exclude(message_id="")
    ours = OutboxMail.objects.filter(order_key=order_key(ticket, email))
    said = [(at, mid, True) for at, mid in theirs.values_list("received_at", "message_id")]
    said += [(at, mid, False) for at, mid in ours.values_list("created_at", "message_id")]
    said.sort()
    chain = list(dict.fromkeys(mid for _at, mid, _theirs in said))
    if in_reply_to and in_reply_to not in chain:
        chain.append(in_reply_to)
    if not chain:
        return {}
    last_of_theirs = in_reply_to or next((mid for _at, mid, theirs in reversed(said) if theirs), chain[-1])
    kept = chain[:1] + chain[1:][-(MOST_REFERENCES - 1) :]
    return {"In-Reply-To": last_of_theirs, "References": " ".join(kept)}


# --- what becomes of them ---------------------------------------------------------------------------


def note_failure(mail: OutboxMail, words: str) -> None:
    """A mail will never arrive: say so on its ticket, and to whom the ticket belongs. Within a transaction."""
    key = ticket_of(mail)
    if key is None or not Ticket.objects.filter(pk=key).exists():
        return
    ticket = lock(key)
    event = append_event(
        actor=MAIL, ticket=ticket, kind=Event.Kind.MAIL_FAILED,
        data={"to": mail.recipient, "error": words, "mail": mail.kind},
    )  # fmt: skip
    ticket.save(update_fields=COUNTERS)
    if ticket.assignee is not None:
        notify([ticket.assignee], ticket=ticket, kind=Notification.Kind.MAIL_FAILED, event=event)
    changed(ticket)


def load_files(ids: Sequence[str]) -> list[File]:
    """The attachments of an outbox row, with their bytes. One that is gone is left out."""
    rows = StoredFile.objects.in_bulk([uuid.UUID(pk) for pk in ids])
    found = (rows[uuid.UUID(pk)] for pk in ids if uuid.UUID(pk) in rows)
    return [File(f.filename, f.content_type, read(f)) for f in found]


OWNER = outbox.Owner(on_failed=note_failure, load_files=load_files)
