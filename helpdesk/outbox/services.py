"""Mail that leaves: a row in the caller's transaction, delivered afterwards, at least once."""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from helpdesk.lib.text import clean, clean_line

from . import rules
from .compose import File, ascii_address, checked_header, compose, split_sender
from .models import OutboxMail
from .smtp import BadUrl, Delivery, FileDelivery, Refused, SmtpDelivery, TryLater, parse_url

log = logging.getLogger(__name__)

# A dead worker's mails are taken over after this. Longer than one mail can take (smtp.TIMEOUT for each answer);
# renewed before each mail, so that a long batch keeps what it holds.
LEASE = dt.timedelta(seconds=120)
BATCH = 20
TASK = "tickets.tasks.deliver_mail"

# Called in the transaction that marks a mail as failed for good, before the mark: who owns the mail locks first.
OnFailed = Callable[[OutboxMail, str], None]
# The files behind `OutboxMail.attachments`; this app does not know where they lie.
LoadFiles = Callable[[Sequence[str]], Sequence[File]]


def queue(
    *,
    recipient: str,
    sender: str,
    subject: str,
    text: str,
    kind: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    automatic: bool = False,
    ref: str = "",
    order_key: str = "",
    dedupe_key: str = "",
    attachments: Iterable[uuid.UUID] = (),
) -> OutboxMail | None:
    """Write one mail into the outbox; None when `dedupe_key` was used already. Call it in the verb's transaction.

    `sender` is `Name <address>`. Nothing given here can add a header: names are checked, line ends are taken
    out. Raises ValueError for addresses that nobody could have.
    """
    uid = uuid.uuid4()
    name, address = split_sender(clean_line(sender, max_length=600))
    address = ascii_address(address)
    ascii_address(recipient)
    mail = OutboxMail(
        uid=uid,
        message_id=f"<{uid.hex}@{settings.MESSAGE_ID_DOMAIN}>",
        dedupe_key=dedupe_key or uid.hex,
        order_key=order_key or f"mail:{uid.hex}",
        ref=ref,
        kind=kind,
        automatic=automatic,
        sender=f"{name[: 310 - len(address)]} <{address}>" if name else address,
        recipient=recipient,
        headers=dict(checked_header(n, v) for n, v in (headers or {}).items()),
        subject=clean_line(subject, max_length=400),
        text=clean(text),
        html=clean(html),
        attachments=[str(pk) for pk in attachments],
    )
    if not OutboxMail.objects.bulk_create([mail], ignore_conflicts=True):
        return None
    stored = OutboxMail.objects.filter(uid=uid).first()
    if stored is not None:
        transaction.on_commit(nudge, robust=True)
    return stored


def nudge() -> None:
    """Ask a worker to deliver now. Only a hint: beat drains the outbox every two seconds anyway."""
    try:
        current_app.send_task(TASK, retry=False, expires=10, ignore_result=True)
    except Exception as error:  # whatever the broker's client raises when the broker is down
        log.info("no worker was told of new mail: %s", error)


# --- delivery ---------------------------------------------------------------------------------------


def open_delivery() -> Delivery:
    """By SMTP to EMAIL_URL, or into DATA_DIR/mail when it is empty. Raises BadUrl."""
    if not settings.EMAIL_URL:
        return FileDelivery(Path(settings.DATA_DIR) / "mail")
    return SmtpDelivery(parse_url(settings.EMAIL_URL))


@dataclass(frozen=True)
class Owner:
    """What the app that queues mails adds to their delivery."""

    on_failed: OnFailed = field(default=lambda mail, words: None)
    load_files: LoadFiles = field(default=lambda ids: [])


def deliver_due(limit: int = 200, *, owner: Owner = Owner(), delivery: Delivery | None = None) -> int:
    """Deliver at most `limit` mails that are due; how many were settled (sent, or failed for good).

    1. Claim a batch by lease: what another worker holds is passed over. Of one order key only the oldest
       unsent mail is due, so its mails leave in order.
    2. Talk to the mail server outside any transaction.
    3. Mark each mail at once. A worker that dies between 2 and 3 costs one repeat, with the same Message-ID.
    """
    try:
        out = delivery or open_delivery()
    except BadUrl as error:
        log.error("%s", error)  # noqa: TRY400  the words say all; a traceback would show the password
        return 0
    settled = tried = 0
    try:
        while tried < limit and (batch := _claim(min(BATCH, limit - tried))):
            tried += len(batch)
            for n, mail in enumerate(batch):
                done, server_is_out = _deliver(out, mail, owner)
                settled += done
                if server_is_out:
                    _put_off(batch[n + 1 :], "waits for the mail server")
                    return settled
    finally:
        out.close()
    return settled


def _claim(count: int) -> list[OutboxMail]:
    now = timezone.now()
    earlier = OutboxMail.objects.filter(
        order_key=OuterRef("order_key"), state=OutboxMail.State.PENDING, pk__lt=OuterRef("pk")
    )
    due = OutboxMail.objects.filter(
        ~Exists(earlier),
        Q(leased_until=None) | Q(leased_until__lt=now),
        state=OutboxMail.State.PENDING,
        next_attempt_at__lte=now,
    ).order_by("next_attempt_at", "pk")
    with transaction.atomic():
        mails = list(due.select_for_update(skip_locked=True, of=("self",))[:count])
        until = now + LEASE
        OutboxMail.objects.filter(pk__in=[m.pk for m in mails]).update(leased_until=until, attempts=F("attempts") + 1)
    for mail in mails:
        mail.leased_until, mail.attempts = until, mail.attempts + 1
    return mails


def _held(mail: OutboxMail) -> Any:
    """The row of `mail`, if it is still ours."""
    return OutboxMail.objects.filter(pk=mail.pk, state=OutboxMail.State.PENDING, leased_until=mail.leased_until)


def _deliver(out: Delivery, mail: OutboxMail, owner: Owner) -> tuple[bool, bool]:
    """(settled, server_is_out) of one claimed mail."""
    until = timezone.now() + LEASE
    if not _held(mail).update(leased_until=until):
        return False, False  # slow batch: another worker has taken it over
    mail.leased_until = until
    try:
        content = compose(mail, owner.load_files(mail.attachments))
        sender = ascii_address(split_sender(mail.sender)[1])
        out.send(sender, ascii_address(mail.recipient), content)
    except TryLater as error:
        return _later(mail, str(error), owner), error.server_is_out
    except Refused as error:
        _fail(mail, str(error), owner)
        return True, False
    except (ValueError, LookupError, OSError) as error:
        # Nothing that waiting mends: an unreadable attachment, an address that cannot be written.
        log.exception("mail %s cannot be composed", mail.uid)
        _fail(mail, f"cannot be written: {error}", owner)
        return True, False
    now = timezone.now()
    OutboxMail.objects.filter(pk=mail.pk, state=OutboxMail.State.PENDING).update(
        state=OutboxMail.State.SENT, sent_at=now, leased_until=None, last_error=""
    )
    return True, False


def _later(mail: OutboxMail, words: str, owner: Owner) -> bool:
    """Try again after a while, or give up when it has been long enough. True when given up."""
    now = timezone.now()
    if rules.is_hopeless(mail.created_at, now):
        _fail(mail, words, owner)
        return True
    wait = rules.retry_delay(mail.attempts, random.random)
    _held(mail).update(next_attempt_at=now + wait, leased_until=None, last_error=clean_line(words, max_length=500))
    return False


def _put_off(mails: list[OutboxMail], words: str) -> None:
    """Claimed and never tried: back as they were, to be due again when the server may have come back."""
    for mail in mails:
        wait = rules.retry_delay(1, random.random)
        _held(mail).update(
            next_attempt_at=timezone.now() + wait, leased_until=None, last_error=words, attempts=F("attempts") - 1
        )


def _fail(mail: OutboxMail, words: str, owner: Owner) -> None:
    line = clean_line(words, max_length=500)
    with transaction.atomic():
        owner.on_failed(mail, line)
        marked = _held(mail).update(state=OutboxMail.State.FAILED, leased_until=None, last_error=line)
        if not marked:
            transaction.set_rollback(True)  # somebody else has settled it meanwhile
            return
    log.warning("mail %s to %s was refused: %s", mail.uid, mail.recipient, line)


def mark_bounced(mail: OutboxMail, words: str, *, owner: Owner = Owner()) -> bool:
    """A sent mail has come back: it failed after all. False when that was known. Call it in a transaction."""
    if mail.state == OutboxMail.State.FAILED:
        return False
    line = clean_line(words, max_length=500)
    owner.on_failed(mail, line)
    changed = OutboxMail.objects.filter(pk=mail.pk).exclude(state=OutboxMail.State.FAILED)
    return bool(changed.update(state=OutboxMail.State.FAILED, leased_until=None, last_error=line))


# --- caps on automatic mail -------------------------------------------------------------------------


def automatic_counts(*, recipient: str, address: str, now: dt.datetime) -> tuple[int, int, int]:
    """Automatic mails: to `recipient` in 24 hours, in all within one hour, and from `address` to them in one hour."""
    hour = now - dt.timedelta(hours=1)
    rows = OutboxMail.objects.filter(automatic=True)
    to_them = rows.filter(recipient=recipient)
    pair = to_them.filter(Q(sender=address) | Q(sender__endswith=f"<{address}>"), created_at__gt=hour)
    today = to_them.filter(created_at__gt=now - dt.timedelta(hours=24))
    return today.count(), rows.filter(created_at__gt=hour).count(), pair.count()
