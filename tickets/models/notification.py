from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .ticket import Ticket


class Notification(models.Model):
    """What a colleague was told about a ticket. Durable: a bell in the console, not only a push."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Assigned to you")
        TRANSFERRED = "transferred", _("Transferred to your team")
        ESCALATED = "escalated", _("Escalated to your tier")
        SLA_WARNED = "sla_warned", _("Deadline near")
        SLA_BREACHED = "sla_breached", _("Deadline missed")
        MAIL_FAILED = "mail_failed", _("Mail not delivered")

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="notifications")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    event_seq = models.PositiveIntegerField()  # the entry of the timeline that says the rest
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "ticket", "event_seq"], name="notification_once")]
        indexes = [models.Index(fields=["user", "-id"], condition=Q(read_at=None), name="notification_unread")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.user_id}"
