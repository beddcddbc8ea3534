"""Service levels: policies as data, their immutable versions, and a ledger per clock."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .ticket import Ticket


class Metric(models.TextChoices):
    FIRST_REPLY = "first_reply", _("First reply")
    NEXT_REPLY = "next_reply", _("Next reply")
    PERIODIC_UPDATE = "periodic_update", _("Periodic update")
    REQUESTER_WAIT = "requester_wait", _("Customer's wait")
    AGENT_WORK = "agent_work", _("Agent's work")
    RESOLUTION = "resolution", _("Resolution")


class SlaPolicy(models.Model):
    """The head of a policy; the first active one whose conditions hold, by `position`, applies.

    `conditions` {"all":[{"field","operator","value"}],"any":[…]};
    `targets` [{"metric","priority","seconds","business"}];
    `ladder` [{"metric","at_percent"|"after_seconds","action","params"}].
    Shapes are checked by tickets.rules.policy.
    """

    name = models.CharField(max_length=120, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    conditions = models.JSONField(default=dict)
    calendar = models.ForeignKey("hours.Calendar", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    targets = models.JSONField(default=list)
    ladder = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "SLA policies"

    def __str__(self) -> str:
        return self.name


class SlaPolicyVersion(models.Model):
    """What a policy said from `created_at` on. Never changed: history is judged by the version in force."""

    policy = models.ForeignKey(SlaPolicy, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    conditions = models.JSONField()
    calendar = models.ForeignKey("hours.Calendar", null=True, on_delete=models.PROTECT, related_name="+")
    targets = models.JSONField()
    ladder = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "version"], name="sla_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class SlaClock(models.Model):
    """One promise on one ticket: metric and cycle (next_reply starts a new cycle per wait).

    The ledger is the truth; `due_at` and `next_step_at` are derived from it and indexed for the sweep.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        MET = "met", _("Met")
        STOPPED = "stopped", _("Stopped")  # ended after the breach, or without need of an answer

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="clocks")
    metric = models.CharField(max_length=16, choices=Metric.choices)
    cycle = models.PositiveIntegerField(default=1)
    version = models.ForeignKey(SlaPolicyVersion, null=True, on_delete=models.PROTECT, related_name="clocks")
    target_seconds = models.PositiveIntegerField(null=True)  # None: measured, but nothing was promised
    business = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)  # while running; None when paused or when there is no deadline
    breached_at = models.DateTimeField(null=True)  # the instant of the deadline that was missed
    elapsed_seconds = models.PositiveBigIntegerField(null=True)  # open time used, set when it pauses or stops
    next_step_at = models.DateTimeField(null=True)  # when the sweep must look: breach or next ladder step

    class Meta:
        ordering = ["ticket", "id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "metric", "cycle"], name="sla_clock_once")]
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="sla_step_due"),
            models.Index(fields=["ticket", "state"], name="sla_ticket_state"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.metric}/{self.cycle} {self.state}"


class SlaLedgerEntry(models.Model):
    """What happened to a clock and why. Append-only."""

    class Kind(models.TextChoices):
        START = "start"
        PAUSE = "pause"
        RESUME = "resume"
        STOP = "stop"
        SWITCH = "switch"  # from here on another calendar counts
        RECAST = "recast"  # nothing was promised before: all of it is measured by this calendar

    clock = models.ForeignKey(SlaClock, on_delete=models.CASCADE, related_name="ledger")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    at = models.DateTimeField()
    reason = models.CharField(max_length=60)  # "customer_message", "pending", "agent_reply", "solved" …
    # By which the time from here on is measured; None: around the clock. Of no meaning for pause and stop.
    calendar = models.ForeignKey("hours.Calendar", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["clock", "at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.reason}"


class SlaStep(models.Model):
    """A warning, breach or ladder step that was done. The key makes it happen once, on any number of workers."""

    clock = models.ForeignKey(SlaClock, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=80)  # of tickets.rules.clock.Step: "warn:75%", "breach:1800", "ladder:4:…"
    version = models.ForeignKey(SlaPolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    done_at = models.DateTimeField()
    outcome = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock", "key"], name="sla_step_once")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.key}"
