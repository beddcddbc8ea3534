"""The record of one request, whatever channel it came by."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.people.actors import Actor, System
from helpdesk.people.models import Customer, Department, Identity, User


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, actor: Actor) -> Self:
        """Tickets that `actor` may know of.

        Supervisors and admins: all. Agents: their departments', those without one, and their own.
        Customers: their own, and those they take part in. Everybody else: none.
        """
        if isinstance(actor, System):
            return self
        if isinstance(actor, Customer):
            return self.filter(self._of_customer(actor))
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if actor.is_supervisor:
            return self
        departments = Department.objects.filter(memberships__user=actor).values("pk")
        return self.filter(Q(department__in=departments) | Q(department=None) | Q(assignee=actor))

    @staticmethod
    def _of_customer(customer: Customer) -> Q:
        """Their own, those opened under an address they proved to read, and those they take part in.

        The second is where answers to such a ticket are mailed anyway.
        """
        proved = Identity.objects.filter(customer=customer, kind=Identity.Kind.EMAIL, verified_at__isnull=False).values(
            "value"
        )
        return Q(held=False) & (
            Q(customer=customer)
            | Q(customer__email__in=proved)
            | Q(pk__in=Participant.objects.filter(email__in=proved, status="active").values("ticket"))
        )

    def open(self) -> Self:
        """Neither solved nor closed."""
        return self.exclude(status__in=[Ticket.Status.SOLVED, Ticket.Status.CLOSED])


class Ticket(models.Model):
    class Status(models.TextChoices):
        NEW = "new", _("New")
        OPEN = "open", _("Open")
        PENDING = "pending", _("Pending")
        ON_HOLD = "on_hold", _("On hold")
        SOLVED = "solved", _("Solved")
        CLOSED = "closed", _("Closed")

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    class Channel(models.TextChoices):
        CHAT = "chat", _("Chat")
        EMAIL = "email", _("Email")
        PORTAL = "portal", _("Portal")
        API = "api", _("API")
        PHONE = "phone", _("Phone")
        SOCIAL = "social", _("Social")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # From a sequence, in the database: a number is never used twice, not even after a rollback.
    number = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("ticket_number"), function="nextval")
    )
    subject = models.CharField(max_length=300)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.NEW)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    channel = models.CharField(max_length=6, choices=Channel.choices)
    department = models.ForeignKey(
        "people.Department", null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    tier = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(3)])
    assignee = models.ForeignKey(
        "people.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_tickets"
    )
    held_since = models.DateTimeField(default=timezone.now)  # since when this department and tier has it
    customer = models.ForeignKey("people.Customer", on_delete=models.PROTECT, related_name="tickets")
    language = models.CharField(max_length=5, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    mailbox = models.ForeignKey("tickets.Mailbox", null=True, on_delete=models.SET_NULL, related_name="+")
    held = models.BooleanField(default=False)  # mail we do not believe: for agents' eyes, no automatic mail
    related = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="related_from")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_from")

    # The two counters of the timeline, moved only under this row's lock.
    last_seq = models.PositiveIntegerField(default=0)
    last_public_seq = models.PositiveIntegerField(default=0)

    # Facts of the timeline that lists and clocks read without joining it.
    snippet = models.CharField(max_length=160, blank=True)  # last public words
    last_author_kind = models.CharField(max_length=10, blank=True)  # of the last public message
    # The way by which the customer wrote last: promises follow it. A chat that goes on by mail is answered like mail.
    last_channel = models.CharField(max_length=6, choices=Channel.choices, blank=True, db_default="")
    waiting_since = models.DateTimeField(null=True)  # oldest unanswered word of the customer
    first_replied_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    sla_version = models.ForeignKey(
        "tickets.SlaPolicyVersion", null=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    sla_due_at = models.DateTimeField(null=True)  # the nearest running deadline, for lists

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[Ticket]] = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="ticket_recent"),
            models.Index(fields=["department", "-updated_at", "-id"], name="ticket_department"),
            models.Index(fields=["assignee", "status", "-updated_at"], name="ticket_assignee"),
            models.Index(fields=["customer", "-updated_at"], name="ticket_customer"),
            models.Index(fields=["status", "-updated_at", "-id"], name="ticket_status"),
            models.Index(fields=["created_at"], name="ticket_created"),
            models.Index(fields=["solved_at"], condition=Q(solved_at__isnull=False), name="ticket_solved"),
            models.Index(fields=["sla_due_at"], condition=Q(sla_due_at__isnull=False), name="ticket_due"),
            GinIndex(fields=["tags"], name="ticket_tags"),
            GinIndex(fields=["subject"], name="ticket_subject_trgm", opclasses=["gin_trgm_ops"]),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(tier__gte=1, tier__lte=3), name="ticket_tier"),
            models.CheckConstraint(
                condition=Q(last_public_seq__lte=models.F("last_seq")), name="ticket_public_within_seq"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    @property
    def current_channel(self) -> str:
        """How the customer talks with us now; `channel` is how the request came."""
        return self.last_channel or self.channel

    @property
    def is_done(self) -> bool:
        return self.status in (self.Status.SOLVED, self.Status.CLOSED)


class Participant(models.Model):
    """Someone besides the customer who takes part by mail. Pending: proposed, sees nothing yet."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        PENDING = "pending", _("Pending")
        REMOVED = "removed", _("Removed")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "email"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.email} ({self.status})"


class Rating(models.Model):
    """What the customer thought of it. One row a ticket: the last word counts."""

    class Score(models.TextChoices):
        GOOD = "good", _("Good")
        BAD = "bad", _("Bad")

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    score = models.CharField(max_length=4, choices=Score.choices)
    comment = models.TextField(blank=True)
    agent = models.ForeignKey("people.User", null=True, on_delete=models.SET_NULL, related_name="ratings")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.score} ({self.ticket_id})"
