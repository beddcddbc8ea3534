"""`/metrics`: what monitoring reads, in Prometheus' text format. Each number is a selector's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from rest_framework import permissions
from rest_framework.request import Request

from chat.models import Chat
from helpdesk.outbox.models import OutboxMail
from helpdesk.web.rest import Api, StaffPermission
from tickets.models import SlaClock, Ticket


def tickets_by_status() -> dict[str, int]:
    counts = dict(Ticket.objects.order_by().values_list("status").annotate(Count("pk")))
    return {status: counts.get(status, 0) for status in Ticket.Status.values}


def chats_by_state() -> dict[str, int]:
    """Live chats: in the queue, and being talked in."""
    live = Chat.objects.exclude(state=Chat.State.ENDED).order_by()
    counts = dict(live.values_list("state").annotate(Count("pk")))
    return {state: counts.get(state, 0) for state in (Chat.State.WAITING, Chat.State.ACTIVE)}


def outbox_by_state() -> dict[str, int]:
    """Mails that wait, and those that were given up."""
    rows = OutboxMail.objects.exclude(state=OutboxMail.State.SENT).order_by()
    counts = dict(rows.values_list("state").annotate(Count("pk")))
    return {state: counts.get(state, 0) for state in (OutboxMail.State.PENDING, OutboxMail.State.FAILED)}


def clocks_overdue() -> dict[str, int]:
    """Clocks whose next step is due and not done: more than a few means that no worker runs the sweep."""
    return {"": SlaClock.objects.filter(next_step_at__lt=timezone.now()).count()}


GAUGES: list[tuple[str, str, str, Callable[[], dict[str, int]]]] = [
    ("helpdesk_tickets", "Tickets by status", "status", tickets_by_status),
    ("helpdesk_chats", "Live chats by state", "state", chats_by_state),
    ("helpdesk_outbox_mails", "Mails not sent, by state", "state", outbox_by_state),
    ("helpdesk_sla_steps_overdue", "Clocks whose next step is overdue", "", clocks_overdue),
]


class Collector:
    """Reads the numbers at each request: several processes serve, so none keeps counts of its own."""

    def collect(self) -> Iterator[Any]:
        for name, words, label, selector in GAUGES:
            family = GaugeMetricFamily(name, words, labels=[label] if label else [])
            for value, number in selector().items():
                family.add_metric([value] if label else [], number)
            yield family


class LocalOrStaff(permissions.BasePermission):
    """This machine, not through a proxy; or a colleague with a session or a token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        proxied = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
        try:
            if not proxied and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback:
                return True
        except ValueError:
            pass  # a socket without an address: ask for a token
        return StaffPermission().has_permission(request, view)


@extend_schema(exclude=True)
class MetricsView(Api):
    permission_classes = [LocalOrStaff]

    def get(self, request: Request) -> HttpResponse:
        registry = CollectorRegistry()
        registry.register(Collector())
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
