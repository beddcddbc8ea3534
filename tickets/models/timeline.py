"""The timeline of a ticket: three kinds of entries, three tables, one gap-free sequence."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.text import initials

from .ticket import Ticket


class SearchDocument(models.GeneratedField):
    """A generated column that an INSERT does not send back: nobody reads the vector, and it is long."""

    db_returning = False  # type: ignore[assignment]  # the stubs fix what Django leaves open

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs  # to the database it is the same


class Entry(models.Model):
    """What all three share. `seq` comes from the ticket's counter under its row lock."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="%(class)ss")
    seq = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Message(Entry):
    """Public: the customer sees it. `public_seq` is the only number that customers' doors speak of."""

    class Author(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Agent")
        SYSTEM = "system", _("System")
        BOT = "bot", _("Bot")

    uid = models.UUIDField(default=uuid.uuid4)  # made by the client: the idempotency key
    public_seq = models.PositiveIntegerField()
    author_kind = models.CharField(max_length=8, choices=Author.choices)
    user = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey("people.Customer", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=160, blank=True)
    author_email = models.CharField(max_length=254, blank=True)
    verified = models.BooleanField(default=False)  # secret, signed token or session proved the author
    channel = models.CharField(max_length=6, choices=Ticket.Channel.choices)
    body_text = models.TextField()
    body_html = models.TextField(blank=True)  # as received; sanitised wherever it is shown
    quoted_text = models.TextField(blank=True)  # history that a mail brought along: folded, not searched
    mail = models.ForeignKey("tickets.InboundMail", null=True, on_delete=models.SET_NULL, related_name="+")
    # Both stemmers, so that a word is found whatever language the message is in.
    search = SearchDocument(
        expression=RawSQL(
            "to_tsvector('public.es_unaccent', body_text) || to_tsvector('public.en_unaccent', body_text)", []
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["ticket", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["ticket", "public_seq"], name="message_public_seq"),
            models.UniqueConstraint(fields=["ticket", "uid"], name="message_once"),
        ]
        indexes = [GinIndex(fields=["search"], name="message_search")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.seq}"

    @property
    def initials(self) -> str:
        return initials(self.author_name or self.author_email)


class Note(Entry):
    """Internal. Another type, not a flag: code that faces customers cannot hold one."""

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        BRIEF = "brief", _("Brief")  # what the next one must know, written at a transfer or escalation

    uid = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.NOTE)
    user = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=160, blank=True)
    body_text = models.TextField()
    # Of which message this is a copy, made when tickets of two customers were merged: erasing finds it by that.
    source = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="noted_as")

    class Meta:
        ordering = ["ticket", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "seq"], name="note_seq"),
            models.UniqueConstraint(fields=["ticket", "uid"], name="note_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.seq}"

    @property
    def initials(self) -> str:
        return initials(self.author_name)


class Event(Entry):
    """What changed, from, to, by whom, by which rule, why. Append-only; internal."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        ASSIGNED = "assigned", _("Assigned")
        TRANSFERRED = "transferred", _("Transferred")
        ESCALATED = "escalated", _("Escalated")
        STATUS_CHANGED = "status_changed", _("Status changed")
        PRIORITY_CHANGED = "priority_changed", _("Priority changed")
        FIELD_CHANGED = "field_changed", _("Field changed")
        PARTICIPANT_CHANGED = "participant_changed", _("Participant changed")
        MERGED = "merged", _("Merged")
        SLA_APPLIED = "sla_applied", _("Service level applied")
        SLA_WARNED = "sla_warned", _("Deadline near")
        SLA_BREACHED = "sla_breached", _("Deadline missed")
        SLA_MET = "sla_met", _("Deadline met")
        SLA_REMINDED = "sla_reminded", _("Reminder of a missed deadline")
        CHAT_STARTED = "chat_started", _("Chat started")
        CHAT_ACCEPTED = "chat_accepted", _("Chat accepted")
        CHAT_ENDED = "chat_ended", _("Chat ended")
        MAIL_HELD = "mail_held", _("Mail held")
        MAIL_FAILED = "mail_failed", _("Mail not delivered")
        MAIL_SUPPRESSED = "mail_suppressed", _("Automatic mail suppressed")
        RATED = "rated", _("Rated")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    data = models.JSONField(default=dict)  # {"from":…,"to":…,"reason":…} and what the kind needs
    user = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="+")
    actor_kind = models.CharField(max_length=8)
    actor_name = models.CharField(max_length=160, blank=True)
    rule = models.CharField(max_length=120, blank=True)  # "sla:<policy>:v<version>:<metric>:<step>"
    due_at = models.DateTimeField(null=True)  # for timers: when it was due, beside when it was done

    class Meta:
        ordering = ["ticket", "seq"]
        constraints = [models.UniqueConstraint(fields=["ticket", "seq"], name="event_seq")]
        indexes = [models.Index(fields=["kind", "created_at"], name="event_kind")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.seq} {self.kind}"


class Attachment(models.Model):
    """A file on a message or on a note, never on both; read by whoever may read that entry."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    note = models.ForeignKey(Note, null=True, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(message__isnull=False, note__isnull=True) | Q(message__isnull=True, note__isnull=False),
                name="attachment_has_one_parent",
            )
        ]

    def __str__(self) -> str:
        return str(self.file)
