"""Mail that comes in: stored first, then read in a child that may die, then filed in one transaction.

Whatever happens between two steps, the stored row says what is left to do, and doing it twice does it once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from helpdesk.files.services import discard, read, store
from helpdesk.lib.text import clean_line

from ..mail.child import parse_in_child
from ..mail.parsed import Caps, ParsedMail, Unparseable
from ..models import InboundMail, Mailbox, Message, Ticket
from . import filing

log = logging.getLogger(__name__)

# A dead worker's mail is taken over after this. Parsing is killed after 20 s, filing takes milliseconds.
LEASE = dt.timedelta(seconds=90)
MOST_ATTEMPTS = 6  # a mail that the database refuses so often is quarantined; the next one flows
_HEAD_BYTES = 64 * 1024

State = InboundMail.State


@dataclass(frozen=True)
class Outcome:
    """What became of a mail: `result` is a word of InboundMail.State, `ticket` a number, `message` its uid."""

    result: str
    ticket: int | None = None
    message: str | None = None
    reason: str = ""


def receive(raw: bytes, mailbox: Mailbox, *, too_large: bool = False) -> Outcome:
    """Take one mail over: when this returns it is stored and dealt with, or quarantined with its reason.

    The same bytes twice in a mailbox are one mail. What is no mail at all leaves nothing behind and comes back
    as quarantined with the reason `not_mail`. `too_large`: `raw` is only the beginning of a mail over the limit.
    Raises OperationalError or InterfaceError when the database, OSError when the disk does not take it now.
    """
    mail, created = keep(raw, mailbox, too_large=too_large)
    if not created and mail.state != State.STORED:
        return _outcome(mail, again=True)
    InboundMail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1, leased_until=timezone.now() + LEASE)
    outcome = process(mail, raw)
    if outcome.reason == "not_mail":
        _forget(mail)
    return outcome


def keep(raw: bytes, mailbox: Mailbox, *, quiet: bool = False, too_large: bool = False) -> tuple[InboundMail, bool]:
    """Store the bytes of a mail before anything is read out of them; (row, whether it is new)."""
    sha256 = hashlib.sha256(raw).hexdigest()
    known = InboundMail.objects.filter(mailbox=mailbox, sha256=sha256)
    if (row := known.first()) is not None:
        return row, False
    try:
        with transaction.atomic():
            file = store(content=raw, filename="message.eml", content_type="message/rfc822", limit=len(raw))
            row = InboundMail.objects.create(
                mailbox=mailbox, raw=file, sha256=sha256, quiet=quiet,
                reason="too_large" if too_large else "", leased_until=timezone.now() + LEASE,
            )  # fmt: skip
    except IntegrityError:
        return known.get(), False  # the same mail at the same moment on another worker
    return row, True


def process(mail: InboundMail, raw: bytes | None = None) -> Outcome:
    """Read a stored mail and file it. Safe to repeat and to run twice at once: one of the two does it.

    Raises OperationalError or InterfaceError when the database is away; the mail stays stored.
    """
    try:
        if mail.reason == "too_large":
            raise Unparseable("too_large", f"more than {settings.MAX_MAIL_BYTES} bytes")
        parsed = _parse(read(mail.raw) if raw is None else raw)
    except Unparseable as error:
        return _quarantine(mail, str(error.reason), error.detail, raw)
    except FileNotFoundError:
        return _quarantine(mail, "lost", "its bytes are gone from the disk", b"")
    for last in (False, False, True):
        try:
            return _file(mail, parsed)
        except OperationalError:
            # A deadlock or a lost connection goes away; what the database will never take does not.
            if last and mail.attempts >= MOST_ATTEMPTS:
                log.exception("mail %s is refused by the database", mail.pk)
                return _quarantine(mail, "failed", "refused by the database", raw)
            if last:
                raise
        except InterfaceError:
            raise
        except Exception as error:  # any bug in here is one quarantined mail, never a stopped inbox
            log.exception("mail %s cannot be filed", mail.pk)
            return _quarantine(mail, "failed", type(error).__name__, raw)
    raise AssertionError("unreachable")


def process_due(limit: int = 100) -> int:
    """File stored mails that nobody works on: fetched ones, and those of workers that died. How many."""
    done = 0
    while done < limit and (mail := _claim()) is not None:
        process(mail)
        done += 1
    return done


def _claim() -> InboundMail | None:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    with transaction.atomic():
        todo = InboundMail.objects.filter(free, state=State.STORED).order_by("pk")
        mail = todo.select_for_update(skip_locked=True, of=("self",)).select_related("raw").first()
        if mail is not None:
            mail.attempts, mail.leased_until = mail.attempts + 1, now + LEASE
            mail.save(update_fields=["attempts", "leased_until"])
    return mail


def reprocess(mail: InboundMail) -> Outcome:
    """Try a quarantined mail again, after a limit was raised or a bug was mended."""
    again = InboundMail.objects.filter(pk=mail.pk, state=State.QUARANTINED)
    if again.update(state=State.STORED, reason="", attempts=1, leased_until=timezone.now() + LEASE):
        mail.refresh_from_db()
        return process(mail)
    return _outcome(mail, again=True)


def _parse(raw: bytes) -> ParsedMail:
    return parse_in_child(raw, authserv_id=settings.AUTHSERV_ID, caps=Caps(max_bytes=settings.MAX_MAIL_BYTES))


def _file(mail: InboundMail, parsed: ParsedMail) -> Outcome:
    """Decide and act in one transaction: the ticket and the mark that the mail is done exist both or neither."""
    with transaction.atomic():
        filing.alone(mail, parsed)
        row = InboundMail.objects.select_related("mailbox__department", "raw").get(pk=mail.pk)
        if row.state != State.STORED:
            return _outcome(row, again=True)
        filed = filing.file_mail(row, parsed)
        row.state, row.reason, row.ticket = filed.state, filed.reason, filed.ticket
        row.message_id = parsed.message_id if len(parsed.message_id) <= 255 else ""
        row.sender, row.subject = (parsed.sender or "")[:254], parsed.subject[:300]
        row.processed_at, row.leased_until = timezone.now(), None
        row.save()
        if filed.ticket is not None and filed.state in (State.CREATED, State.APPENDED):
            # Its words are as old as the mail; that the ticket changed is news of now, for exports that go by it.
            Ticket.objects.filter(pk=filed.ticket.pk, updated_at__lt=row.processed_at).update(
                updated_at=row.processed_at
            )
        message = str(filed.message.uid) if filed.message else None
        return Outcome(str(row.state), filed.ticket.number if filed.ticket else None, message, row.reason)


def _outcome(mail: InboundMail, *, again: bool) -> Outcome:
    """What is known of a mail that was dealt with before."""
    said = Message.objects.filter(mail=mail).order_by("pk").first()
    number = mail.ticket.number if mail.ticket else None
    result = State.DUPLICATE if again else State(mail.state)
    return Outcome(result.value, number, str(said.uid) if said else None, "same_bytes" if again else mail.reason)


def _quarantine(mail: InboundMail, reason: str, detail: str, raw: bytes | None) -> Outcome:
    sender, subject = _headline(read(mail.raw) if raw is None else raw)
    line = clean_line(f"{reason}: {detail}" if detail else reason, max_length=120)
    changed = InboundMail.objects.filter(pk=mail.pk, state=State.STORED).update(
        state=State.QUARANTINED, reason=line, sender=sender, subject=subject,
        processed_at=timezone.now(), leased_until=None,
    )  # fmt: skip
    if not changed:
        mail.refresh_from_db()
        return _outcome(mail, again=True)
    log.warning("mail %s quarantined: %s", mail.pk, line)
    return Outcome(State.QUARANTINED.value, reason=reason)


def _headline(raw: bytes) -> tuple[str, str]:
    """(sender, subject) for the quarantine's list, as far as the header alone can be read."""
    head = raw[:_HEAD_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    lines = [line for line in head.split(b"\n") if line[:5].lower() == b"from:" or line[:8].lower() == b"subject:"]
    try:
        parsed = parse_in_child(b"\n".join(lines) + b"\n\n", timeout=5.0) if lines else None
    except Unparseable:
        parsed = None
    return (parsed.sender or "", parsed.subject[:300]) if parsed else ("", "")


def _forget(mail: InboundMail) -> None:
    with transaction.atomic():
        file = mail.raw
        mail.delete()
        discard(file)
