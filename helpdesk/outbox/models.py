"""What leaves: rows written in the verb's transaction, delivered at least once afterwards."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutboxMail(models.Model):
    """One mail to one recipient. Its Message-ID never changes, however often it is tried.

    `dedupe_key` makes a verb that runs twice write one row. Rows with the same `order_key` leave in the
    order of their ids. `ref` lets the owner find the row again ("message:<uid>"); this app does not know
    what it means.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        SENT = "sent"
        FAILED = "failed"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message_id = models.CharField(max_length=255, unique=True)
    dedupe_key = models.CharField(max_length=200, unique=True)
    order_key = models.CharField(max_length=80, db_index=True)
    ref = models.CharField(max_length=120, blank=True, db_index=True)
    kind = models.CharField(max_length=40)  # reply, acknowledgement, notice, …
    automatic = models.BooleanField(default=False)  # Auto-Submitted, and counted against the caps
    sender = models.CharField(max_length=320)
    recipient = models.EmailField(max_length=254, db_index=True)
    headers = models.JSONField(default=dict)  # name → value: Reply-To, References, In-Reply-To …
    subject = models.CharField(max_length=400)
    text = models.TextField()
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)  # ids of files.StoredFile

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="pending"), name="outbox_due"),
            # Few rows of many: what waits and what was given up is counted at each look of the monitoring.
            models.Index(fields=["state"], condition=~Q(state="sent"), name="outbox_unsent"),
            models.Index(fields=["recipient", "created_at"], condition=Q(automatic=True), name="outbox_auto"),
            models.Index(fields=["created_at"], condition=Q(automatic=True), name="outbox_auto_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}: {self.state}"
