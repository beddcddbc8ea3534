"""Mail that comes in: mailboxes, raw mails, and the secret addresses that thread replies."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ticket import Ticket


class Mailbox(models.Model):
    """An address of ours. With `imap_url` it is polled; without, `receive_email` feeds it."""

    address = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    department = models.ForeignKey(
        "people.Department", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    imap_url = models.CharField(max_length=500, blank=True)  # imap(s)://user:password@host:port/folder
    is_active = models.BooleanField(default=True)
    from_environment = models.BooleanField(default=False)  # its host is trusted, unlike one typed by a person
    # UIDs above the watermark are new, if UIDVALIDITY is still the same (RFC 3501, 2.3.1.1).
    uidvalidity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # Mails that lay in the folder before this are read, but not answered by a machine.
    polled_since = models.DateTimeField(default=timezone.now)
    last_fetch_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address


class InboundMail(models.Model):
    """One mail as it came. Its bytes are stored before anything is read out of them."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored")  # not looked at yet, or to be tried again
        CREATED = "created", _("Opened a ticket")
        APPENDED = "appended", _("Added to a ticket")
        DUPLICATE = "duplicate", _("Duplicate")
        SUPPRESSED = "suppressed", _("Suppressed")
        QUARANTINED = "quarantined", _("Quarantined")
        HELD = "held", _("Held")

    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.SET_NULL, related_name="mails")
    raw = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    message_id = models.CharField(max_length=255, blank=True, db_index=True)
    sender = models.CharField(max_length=254, blank=True, db_index=True)
    subject = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=11, choices=State.choices, default=State.STORED)
    reason = models.CharField(max_length=120, blank=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="mails")
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    quiet = models.BooleanField(default=False)  # older than our watch over its mailbox: no automatic mail
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["mailbox", "sha256"], name="inbound_once")]
        indexes = [models.Index(fields=["id"], condition=Q(state="stored"), name="inbound_todo")]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"


class ReplyAddress(models.Model):
    """An unguessable address per (ticket, recipient): a reply to it proves who writes and to what.

    The secret is derived from SECRET_KEY (helpdesk.lib.ids.derive_secret); only its hash is stored.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="reply_addresses")
    email = models.EmailField(max_length=254)
    secret_hash = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "email"], name="reply_address_once")]

    def __str__(self) -> str:
        return f"{self.email} ({self.ticket_id})"
