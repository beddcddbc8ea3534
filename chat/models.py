"""Visitors, their sessions, and live chats: the part of a ticket's life in which both sides are present."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Visitor(models.Model):
    """Someone at the widget. Name and email are what they typed: claims, unless `identified_at` is set."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey("people.Customer", null=True, on_delete=models.SET_NULL, related_name="visitors")
    name = models.CharField(max_length=160, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=5, blank=True)
    page = models.CharField(max_length=500, blank=True)
    identified_at = models.DateTimeField(null=True)  # a signed token of the host site said who it is
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name or self.email or f"visitor {self.pk}"


class WidgetSession(models.Model):
    """A token of one visitor: random, hashed at rest, expiring; renewal ends the old one."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"session {self.pk}"


class Chat(models.Model):
    """One live session on a ticket. The words are the ticket's messages; this row is about being present."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

    class EndReason(models.TextChoices):
        VISITOR = "visitor", _("The visitor ended it")
        VISITOR_LEFT = "visitor_left", _("The visitor left")
        AGENT = "agent", _("The agent ended it")
        MISSED = "missed", _("Nobody answered")
        IDLE = "idle", _("Both were silent")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="chats")
    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="chats")
    department = models.ForeignKey("people.Department", null=True, on_delete=models.SET_NULL, related_name="chats")
    agent = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="chats")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    requested_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)  # place in the queue; kept when re-queued
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True)
    requeues = models.PositiveSmallIntegerField(default=0)
    # Since when the sweep has found no open socket of theirs; None while there is one.
    visitor_missing_since = models.DateTimeField(null=True)
    agent_missing_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # One live session per ticket, and per visitor: a second tab joins the first.
            models.UniqueConstraint(fields=["ticket"], condition=~Q(state="ended"), name="chat_one_live_per_ticket"),
            models.UniqueConstraint(fields=["visitor"], condition=~Q(state="ended"), name="chat_one_live_per_visitor"),
        ]
        indexes = [
            models.Index(fields=["queued_at", "id"], condition=Q(state="waiting"), name="chat_queue"),
            models.Index(fields=["agent"], condition=Q(state="active"), name="chat_active_agent"),
            models.Index(fields=["requested_at"], name="chat_requested"),
        ]

    def __str__(self) -> str:
        return f"chat {self.pk} {self.state}"


class WidgetRequest(models.Model):
    """A message left in the widget's form, under the id that the browser made: a resend finds its ticket."""

    key = models.UUIDField(unique=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.key)
