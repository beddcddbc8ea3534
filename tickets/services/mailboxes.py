"""Our mailboxes: which there are, and fetching what is new in those that lie on an IMAP server."""

from __future__ import annotations

import datetime as dt
import logging
import ssl
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from imapclient.exceptions import IMAPClientError, LoginError

from helpdesk.audit.services import record
from helpdesk.lib import net
from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean_line, normalize_email
from helpdesk.people.actors import Actor, require_admin
from helpdesk.people.services.customers import checked_email

from ..models import InboundMail, Mailbox
from . import imap, incoming
from .addresses import without_tag

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=90)  # a dead fetcher's mailbox is free again after this; renewed with each mail
PAUSE_AFTER_ERROR = dt.timedelta(seconds=30)
BATCH = 200  # mails of one fetch; the rest comes with the next tick


def default_mailbox() -> Mailbox:
    """The support address, which always exists."""
    return mailbox_for(settings.SUPPORT_ADDRESS)


def mailbox_for(address: str) -> Mailbox:
    """The mailbox with this address (a +tag is not part of it), made when it is new.

    For the operator's own mail server, which says by which address a mail came.
    """
    base = without_tag(normalize_email(address))
    mailbox, _new = Mailbox.objects.get_or_create(address=base)
    return mailbox


def ensure_from_environment() -> Mailbox | None:
    """Make the row of MAILBOX_URL say what the environment says; None when it is not set.

    The password stays in the environment. Another address or folder means another watch: it begins anew.
    """
    others = Mailbox.objects.filter(from_environment=True)
    if not settings.MAILBOX_URL:
        others.update(from_environment=False, imap_url="", uidvalidity=None, last_uid=0, last_error="")
        return None
    shown = imap.parse_url(settings.MAILBOX_URL, trusted=True).shown
    mailbox = default_mailbox()
    if mailbox.imap_url != shown or not mailbox.from_environment:
        Mailbox.objects.filter(pk=mailbox.pk).update(
            imap_url=shown, from_environment=True, uidvalidity=None, last_uid=0, polled_since=timezone.now(),
            last_error="", failing_since=None,
        )  # fmt: skip
        mailbox.refresh_from_db()
    return mailbox


def pollable() -> list[int]:
    """Keys of the mailboxes that are due to be fetched."""
    try:
        ensure_from_environment()
    except imap.BadUrl as error:
        log.error("MAILBOX_URL: %s", error)  # noqa: TRY400  a traceback would show the password
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return list(Mailbox.objects.filter(free, is_active=True).exclude(imap_url="").values_list("pk", flat=True))


def _place(mailbox: Mailbox) -> imap.Place:
    if mailbox.from_environment:
        return imap.parse_url(settings.MAILBOX_URL, trusted=True)
    return imap.parse_url(mailbox.imap_url)


# --- fetching ---------------------------------------------------------------------------------------


class _Lost(Exception):
    """Another worker has the mailbox now."""


def poll(key: int, *, batch: int = BATCH) -> int:
    """Fetch what is new in one mailbox and store it; how many mails were new. Filing them is another task.

    1. Take the lease; without it somebody else is at work.
    2. UIDs above the watermark, if UIDVALIDITY is the same; else all, and known bytes are passed over.
    3. Each mail is stored before the watermark moves past it: a crash in between fetches it twice, and the
       second time it is known.
    Trouble is written down in words on the mailbox, and it is tried again after PAUSE_AFTER_ERROR.
    """
    until = _lease(key)
    mailbox = Mailbox.objects.filter(pk=key).first() if until else None
    if until is None or mailbox is None:
        return 0
    try:
        count, until = _fetch(mailbox, until, batch)
    except _Lost:
        return 0
    except (OSError, IMAPClientError, imap.BadUrl, ValueError, KeyError) as error:
        _troubled(mailbox, in_words(error))
        return 0
    Mailbox.objects.filter(pk=key, leased_until=until).update(
        leased_until=None, last_fetch_at=timezone.now(), last_error="", failing_since=None
    )
    return count


def _lease(key: int) -> dt.datetime | None:
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    taken = Mailbox.objects.filter(free, pk=key, is_active=True).update(leased_until=now + LEASE)
    return now + LEASE if taken else None


def _fetch(mailbox: Mailbox, until: dt.datetime, batch: int) -> tuple[int, dt.datetime]:
    new = 0
    with imap.open_folder(_place(mailbox)) as folder:
        if mailbox.uidvalidity != folder.uidvalidity:
            until = _move(mailbox, until, uidvalidity=folder.uidvalidity, last_uid=0)
            mailbox.last_uid = 0
        for uid in folder.after(mailbox.last_uid)[:batch]:
            mail = folder.fetch(uid, settings.MAX_MAIL_BYTES)
            if mail is not None:
                new += _keep(mailbox, mail)
            until = _move(mailbox, until, last_uid=uid)
    return new, until


def _keep(mailbox: Mailbox, mail: imap.Fetched) -> bool:
    """Store one mail for `process_due`. What lay there before our watch began is not answered by a machine."""
    old = mail.arrived_at is not None and mail.arrived_at < mailbox.polled_since.replace(microsecond=0)
    row, created = incoming.keep(mail.raw, mailbox, quiet=old, too_large=mail.cut)
    if created:
        InboundMail.objects.filter(pk=row.pk).update(leased_until=None)
    return created


def _move(mailbox: Mailbox, until: dt.datetime, **fields: Any) -> dt.datetime:
    """Move the watermark and renew the lease in one step; _Lost when the lease is not ours any more."""
    renewed = timezone.now() + LEASE
    held = Mailbox.objects.filter(pk=mailbox.pk, leased_until=until)
    if not held.update(leased_until=renewed, **fields):
        raise _Lost
    return renewed


def _troubled(mailbox: Mailbox, words: str) -> None:
    now = timezone.now()
    Mailbox.objects.filter(pk=mailbox.pk).update(
        leased_until=now + PAUSE_AFTER_ERROR, last_error=words[:300], failing_since=mailbox.failing_since or now
    )
    log.warning("mailbox %s: %s", mailbox.address, words)


def in_words(error: Exception) -> str:
    """What went wrong with a mailbox, for people. Never a password: servers do not repeat it, and we do not."""
    if isinstance(error, LoginError):
        return "the server refused user or password"
    if isinstance(error, ssl.SSLError):
        return f"no secure connection: {error.reason or error}"
    if isinstance(error, net.Blocked | imap.BadUrl):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there: the connection was refused"
    return clean_line(f"{type(error).__name__}: {error}", max_length=250)


# --- verbs ------------------------------------------------------------------------------------------


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` as stored; Invalid names the one at fault. Hosts typed by people must not lead inside."""
    if "address" in fields:
        fields["address"] = checked_email(fields["address"], field="address")
    if "name" in fields:
        fields["name"] = clean_line(fields["name"], max_length=120)
    if fields.get("imap_url"):
        try:
            place = imap.parse_url(fields["imap_url"])
            net.resolve(place.host, place.port, net.networks(settings.EGRESS_ALLOW))
        except (imap.BadUrl, net.Blocked) as error:
            raise Invalid("imap_url", str(error)) from None
    return fields


def _audited(mailbox: Mailbox) -> dict[str, Any]:
    shown = imap.parse_url(mailbox.imap_url).shown if mailbox.imap_url else ""
    return {"address": mailbox.address, "name": mailbox.name, "imap": shown, "is_active": mailbox.is_active}


@transaction.atomic
def save_mailbox(*, actor: Actor, mailbox: Mailbox | None = None, **fields: Any) -> Mailbox:
    """Create a mailbox, or change one. Admins only. Raises Invalid; a mailbox of the environment keeps its server."""
    require_admin(actor)
    fields = _checked(fields)
    if mailbox is None:
        mailbox, before = Mailbox(), {}
    else:
        mailbox = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        before = _audited(mailbox)
        if mailbox.from_environment and fields.get("imap_url", mailbox.imap_url) != mailbox.imap_url:
            raise Invalid("imap_url", _("This mailbox is set by MAILBOX_URL; change it there."), code="environment")
    if "imap_url" in fields and fields["imap_url"] != mailbox.imap_url:
        # Another folder: what lies in it is read, but not answered.
        mailbox.uidvalidity, mailbox.last_uid, mailbox.polled_since = None, 0, timezone.now()
        mailbox.last_error, mailbox.failing_since = "", None
    for field, value in fields.items():
        setattr(mailbox, field, value)
    try:
        with transaction.atomic():
            mailbox.save()
    except IntegrityError:
        raise Invalid("address", _("There is a mailbox with this address already."), code="taken") from None
    record(actor=actor, action="mailbox.saved", target=mailbox, before=before, after=_audited(mailbox))
    return mailbox
