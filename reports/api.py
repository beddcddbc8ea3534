"""`/api/v1/reports/`: metrics, monitor and staffing, for supervisors and administrators."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone, translation
from drf_spectacular.plumbing import resolve_type_hint
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.web.rest import Api, SupervisorOnly, actor_of

from . import scope
from .rules import staffing
from .selectors.metrics import metrics
from .selectors.monitor import monitor
from .selectors.shapes import Metrics, Monitor


def _parameter(name: str, description: str, kind: Any = OpenApiTypes.STR, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=description, required=required)


def _schema(shape: type) -> dict[str, Any]:
    """The OpenAPI schema of a TypedDict."""
    schema: dict[str, Any] = resolve_type_hint(shape)  # type: ignore[no-untyped-call]
    return schema


_SPAN = [
    _parameter("from", "Beginning of the span: a date in your time zone, or RFC 3339. Default: 28 days."),
    _parameter("to", "End of the span, itself not included. Default: now."),
    _parameter("department", "Id of a department, or `none`."),
    _parameter("channel", "chat, email, portal, api, phone or social."),
    _parameter("agent", "Id of a colleague, or `none`."),
]
_STAFFING = [
    _parameter(
        name,
        f"From {staffing.LIMITS[name][0]:g} to {staffing.LIMITS[name][1]:g}."
        if name in staffing.LIMITS
        else "A share (0.3) or a percentage (30) of paid time in which people do not answer.",
        OpenApiTypes.NUMBER,
        name in staffing.REQUIRED,
    )
    for name in staffing.PARAMETERS
]


class MetricsApi(Api):
    """Volume, times, service levels and satisfaction over a span, in all and by channel, day and colleague."""

    permission_classes = [SupervisorOnly]
    query_parameters = frozenset({"from", "to", "department", "channel", "agent"})

    @extend_schema(operation_id="reports_metrics", parameters=_SPAN, responses={200: _schema(Metrics)})
    def get(self, request: Request) -> Response:
        user = actor_of(request)
        asked = scope.parse(request.query_params.dict(), zone=scope.zone_of(user), now=timezone.now())
        return Response(metrics(asked))


class MonitorApi(Api):
    """The queue, who is there, and what is late, at this moment."""

    permission_classes = [SupervisorOnly]

    @extend_schema(operation_id="reports_monitor", responses={200: _schema(Monitor)})
    def get(self, request: Request) -> Response:
        with translation.override(actor_of(request).language):
            return Response(monitor(timezone.now()))


class StaffingApi(Api):
    """How many agents a load needs, by three models; with `patience_seconds` also when people give up."""

    permission_classes = [SupervisorOnly]
    query_parameters = frozenset(staffing.PARAMETERS)

    @extend_schema(operation_id="reports_staffing", parameters=_STAFFING, responses={200: _schema(staffing.Answer)})
    def get(self, request: Request) -> Response:
        return Response(staffing.answer(staffing.parse(request.query_params.dict())))


url_patterns: list[URLPattern] = [
    path("reports/metrics/", MetricsApi.as_view(), name="reports-metrics"),
    path("reports/monitor/", MonitorApi.as_view(), name="reports-monitor"),
    path("reports/staffing/", StaffingApi.as_view(), name="reports-staffing"),
]
