"""`/api/v1/calendars/`: read by the team, written by administrators; and the workbench, `preview/`."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.errors import Invalid
from helpdesk.people.models import User

from . import services
from .access import get_calendar_for
from .models import Calendar
from .preview import answer, parse_question, rfc3339
from .rules import CALENDAR_KEYS


class IntervalField(serializers.ListField):
    """`["09:00", "18:00"]`."""

    child = serializers.CharField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=2, max_length=2, **kwargs)


class IntervalsField(serializers.ListField):
    child = IntervalField()


class HolidaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    name = serializers.CharField(max_length=120)
    intervals = IntervalsField(required=False)


class OpeningSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    intervals = IntervalsField()


class HoursSerializer(serializers.Serializer[Any]):
    """The shape of a calendar's hours, for the schema; `rules.parse_calendar` is what reads it."""

    time_zone = serializers.CharField()
    weekly = serializers.DictField(child=IntervalsField())
    holidays = HolidaySerializer(many=True, required=False)
    openings = OpeningSerializer(many=True, required=False)


class CalendarSerializer(HoursSerializer):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Calendar) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "name": instance.name,
            **instance.hours,
            "created_at": rfc3339(instance.created_at),
            "updated_at": rfc3339(instance.updated_at),
        }


_QUESTION = inline_serializer(
    "CalendarQuestion",
    {
        "calendar": HoursSerializer(),
        "from": serializers.DateTimeField(),
        "seconds": serializers.IntegerField(required=False, min_value=0),
        "to": serializers.DateTimeField(required=False),
    },
)
_ANSWER = inline_serializer(
    "CalendarPreview",
    {
        "due_at": serializers.DateTimeField(allow_null=True),
        "open_seconds": serializers.FloatField(allow_null=True),
        "reason": serializers.CharField(allow_null=True),
        "next_opening": serializers.DateTimeField(allow_null=True),
        "explanation": inline_serializer(
            "CalendarSpan",
            {
                "from": serializers.DateTimeField(),
                "to": serializers.DateTimeField(),
                "seconds": serializers.FloatField(),
                "kind": serializers.ChoiceField(["open", "closed", "holiday"]),
                "reason": serializers.CharField(),
            },
            many=True,
        ),
        "truncated": serializers.BooleanField(),
    },
)


class CalendarViewSet(viewsets.GenericViewSet[Calendar]):
    queryset = Calendar.objects.none()
    serializer_class = CalendarSerializer

    def get_queryset(self) -> QuerySet[Calendar]:
        if getattr(self, "swagger_fake_view", False):
            return Calendar.objects.none()
        return Calendar.objects.visible_to(_actor(self.request)).order_by("id")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(get_calendar_for(_actor(request), pk)).data)

    def create(self, request: Request) -> Response:
        name, hours = _parse(request.data)
        if name is None:
            raise Invalid("name", _("A calendar needs a name."), code="required")
        if "weekly" not in hours:
            raise Invalid("weekly", _("A calendar needs its weekly hours."), code="required")
        calendar = services.create_calendar(actor=_actor(request), name=name, hours=hours)
        return Response(self.get_serializer(calendar).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        calendar = get_calendar_for(_actor(request), pk)
        name, hours = _parse(request.data)
        calendar = services.update_calendar(actor=_actor(request), calendar=calendar, name=name, hours=hours)
        return Response(self.get_serializer(calendar).data)

    def destroy(self, request: Request, pk: str) -> Response:
        services.delete_calendar(actor=_actor(request), calendar=get_calendar_for(_actor(request), pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=_QUESTION, responses=_ANSWER)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """When a budget of open seconds is used up, or how much of a span is open, and why."""
        return Response(answer(parse_question(request.data)))


def _actor(request: Request) -> User:
    return cast(User, request.user)


def _parse(data: object) -> tuple[Any, dict[str, Any]]:
    """(name or None, hours); unknown fields are refused here and by the rules."""
    if not isinstance(data, dict):
        raise Invalid("body", _("This must be an object."), code="invalid_type")
    for key in data:
        if key != "name" and key not in CALENDAR_KEYS:
            raise Invalid(str(key)[:40], _("Unknown field."), code="unknown_field")
    return data.get("name"), {key: value for key, value in data.items() if key != "name"}
