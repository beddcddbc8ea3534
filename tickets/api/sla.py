"""`/api/v1/sla-policies/`: read by the team, written by administrators. `/tickets/{number}/sla/`: why a deadline."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.errors import Invalid
from helpdesk.web.rest import AdminWrites, Api, ApiViewSet, Time, actor_of

from ..access import get_ticket_for
from ..models import Metric, SlaPolicy, Ticket
from ..rules.policy import ACTIONS, OPERATORS, PRIORITIES
from ..selectors import sla
from ..services import policies

STATES = ["running", "paused", "met", "breached", "stopped"]


class SlaSerializer(serializers.Serializer[Any]):
    """One row of a ticket's `sla` list, as `selectors.sla.sla_for` makes it."""

    metric = serializers.ChoiceField(Metric.choices)
    state = serializers.ChoiceField(STATES)
    due_at = Time(allow_null=True)
    breached_at = Time(allow_null=True)
    remaining_seconds = serializers.IntegerField(allow_null=True)


class IntervalSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": Time(),
            "to": Time(),
            "kind": serializers.ChoiceField(["open", "closed", "holiday", "paused"]),
            "reason": serializers.CharField(),
            "seconds": serializers.FloatField(),
        }


class ExplanationSerializer(SlaSerializer):
    """The row again, and the intervals that its deadline is made of."""

    cycle = serializers.IntegerField()
    policy = inline_serializer(
        "SlaPolicyInForce",
        {
            "id": serializers.IntegerField(),
            "name": serializers.CharField(),
            "version": serializers.IntegerField(),
        },
        allow_null=True,
    )
    target_seconds = serializers.IntegerField(allow_null=True)
    business = serializers.BooleanField()
    calendar = serializers.CharField(allow_null=True)
    started_at = Time()
    used_seconds = serializers.IntegerField()
    intervals = IntervalSerializer(many=True)
    truncated = serializers.BooleanField()


class ConditionSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    operator = serializers.ChoiceField(sorted(OPERATORS))
    value = serializers.JSONField(allow_null=True)


class TargetSerializer(serializers.Serializer[Any]):
    metric = serializers.ChoiceField(Metric.choices)
    priority = serializers.ChoiceField(PRIORITIES, allow_null=True, required=False)
    seconds = serializers.IntegerField(min_value=1)
    business = serializers.BooleanField(required=False)


class RungSerializer(serializers.Serializer[Any]):
    metric = serializers.ChoiceField(Metric.choices)
    at_percent = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    after_seconds = serializers.IntegerField(required=False)
    action = serializers.ChoiceField(sorted(ACTIONS))
    params = serializers.DictField(required=False)


class SlaPolicySerializer(serializers.Serializer[Any]):
    """The shape, for the schema; `rules.policy` is what reads it."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=120)
    position = serializers.IntegerField(min_value=0, required=False)
    active = serializers.BooleanField(required=False)
    conditions = inline_serializer(
        "SlaConditions",
        {
            "all": ConditionSerializer(many=True, required=False),
            "any": ConditionSerializer(many=True, required=False),
        },
        required=False,
    )
    calendar = serializers.IntegerField(allow_null=True, required=False)
    targets = TargetSerializer(many=True, required=False)
    ladder = RungSerializer(many=True, required=False)
    version = serializers.IntegerField(read_only=True)
    created_at = Time(read_only=True)
    updated_at = Time(read_only=True)

    def to_representation(self, instance: SlaPolicy) -> dict[str, Any]:
        stamp = Time().to_representation
        return {
            "id": instance.pk,
            "name": instance.name,
            "position": instance.position,
            "active": instance.active,
            "conditions": instance.conditions,
            "calendar": instance.calendar_id,
            "targets": instance.targets,
            "ladder": instance.ladder,
            "version": instance.version,
            "created_at": stamp(instance.created_at),
            "updated_at": stamp(instance.updated_at),
        }


class SlaPolicyViewSet(ApiViewSet):
    queryset = SlaPolicy.objects.none()
    serializer_class = SlaPolicySerializer
    permission_classes = [AdminWrites]

    def get_queryset(self) -> QuerySet[SlaPolicy]:
        return SlaPolicy.objects.order_by("id")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(_policy(pk)).data)

    def create(self, request: Request) -> Response:
        policy = policies.create_policy(actor=actor_of(request), **_fields(request))
        return Response(self.get_serializer(policy).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        policy = policies.update_policy(actor=actor_of(request), policy=_policy(pk), **_fields(request))
        return Response(self.get_serializer(policy).data)

    def destroy(self, request: Request, pk: str) -> Response:
        policies.delete_policy(actor=actor_of(request), policy=_policy(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=inline_serializer("SlaOrder", {"order": serializers.ListField(child=serializers.IntegerField())}),
        responses={204: None},
    )
    @action(detail=False, methods=["post"])
    def reorder(self, request: Request) -> Response:
        """Put all policies into an order: the first that matches a ticket applies."""
        data = request.data if isinstance(request.data, dict) else {}
        order = data.get("order")
        if set(data) - {"order"} or not isinstance(order, list) or not all(type(n) is int for n in order):
            raise Invalid("order", _("Name every policy once."))
        policies.reorder_policies(actor=actor_of(request), order=order)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TicketSlaView(Api):
    """Every clock of a ticket, each with the intervals that its deadline is made of."""

    @extend_schema(responses=ExplanationSerializer(many=True))
    def get(self, request: Request, number: int) -> Response:
        ticket = get_ticket_for(actor_of(request), number)
        return Response(ExplanationSerializer(explained(ticket), many=True).data)


def explained(ticket: Ticket) -> list[dict[str, Any]]:
    """The rows of `sla_for`, each with `explain`."""
    sla.attach_clocks([ticket])
    rows = {row["metric"]: row for row in sla.sla_for(ticket)}
    clocks: list[Any] = ticket.latest_clocks  # type: ignore[attr-defined]
    return [{**rows[c.metric], **sla.explain(c)} for c in sorted(clocks, key=lambda c: sla.METRIC_ORDER[c.metric])]


router_entries = [("sla-policies", SlaPolicyViewSet, "sla-policy")]
urlpatterns = [path("tickets/<int:number>/sla/", TicketSlaView.as_view(), name="ticket-sla")]


def _policy(pk: str) -> SlaPolicy:
    try:
        return SlaPolicy.objects.get(pk=pk)
    except (SlaPolicy.DoesNotExist, ValueError, OverflowError):
        raise Http404(_("No such policy.")) from None


def _fields(request: Request) -> dict[str, Any]:
    data = request.data
    if unknown := set(data) - policies.FIELDS:
        raise Invalid(sorted(map(str, unknown))[0][:40], _("Unknown field."), code="unknown_field")
    return dict(data)
