"""`/api/v1/export/{resource}/?cursor=`: everything, then only what changed since; for warehouses and BI tools."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import F
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk.people.access import customers_for
from helpdesk.people.actors import Actor
from helpdesk.web.rest import Api, CursorPages, actor_of
from helpdesk.web.rest_pages import beyond, decode, encode, position
from tickets.access import tickets_for
from tickets.api import shapes
from tickets.models import Event, Message
from tickets.selectors.lists import with_related

from .people import CustomerSerializer

SETTLE_SECONDS = 2.0
GRACE_SECONDS = 0.05  # between a verb's look at the clock and its first write


class _WithTicket(serializers.Serializer[Any]):
    """An entry of a timeline, with the number of its ticket in front."""

    shape: type[serializers.BaseSerializer[Any]]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {"ticket": instance.ticket.number, **self.shape(instance, context=self.context).data}


class ExportedMessage(_WithTicket):
    shape = shapes.MessageSerializer


class ExportedEvent(_WithTicket):
    shape = shapes.EventSerializer


@dataclass(frozen=True)
class Resource:
    """What is exported: rows that the actor may know of, in the order of `column`."""

    rows: Callable[[Actor], models.QuerySet[Any]]
    column: str  # "updated_at", or "pk" for rows that never change once written
    shape: type[serializers.BaseSerializer[Any]]


def _messages(actor: Actor) -> models.QuerySet[Any]:
    visible = tickets_for(actor).values("pk")
    rows = Message.objects.filter(ticket__in=visible).select_related("ticket").defer("search")
    return rows.prefetch_related("attachments__file")


def _events(actor: Actor) -> models.QuerySet[Any]:
    return Event.objects.filter(ticket__in=tickets_for(actor).values("pk")).select_related("ticket")


RESOURCES = {
    "tickets": Resource(lambda actor: with_related(tickets_for(actor)), "updated_at", shapes.TicketSerializer),
    "customers": Resource(customers_for, "updated_at", CustomerSerializer),
    "messages": Resource(_messages, "pk", ExportedMessage),
    "events": Resource(_events, "pk", ExportedEvent),
}


def _running() -> set[str]:
    """Transactions of this database, besides our own, that have written something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT backend_xid::text FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return {xid for (xid,) in cursor.fetchall()}


def _highest(queryset: models.QuerySet[Any], column: str) -> Any:
    """The last time or key that was given out by now, to rows that show already or not."""
    if column != "pk":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [queryset.model._meta.db_table])
        (sequence,) = cursor.fetchone()
        cursor.execute(f"SELECT last_value FROM {sequence}")  # noqa: S608 the database's own, quoted name
        return cursor.fetchone()[0]


def settled(queryset: models.QuerySet[Any], column: str) -> models.QuerySet[Any]:
    """Only rows before which no other can still appear.

    A row gets its key or its time when it is written, but shows when its transaction commits: a reader who is past
    it by then would never see it. So: note the highest one given out, wait for those who are writing now, and read up
    to that. Nothing at all while a transaction takes longer than SETTLE_SECONDS: the reader comes back.
    """
    highest = _highest(queryset, column)
    time.sleep(GRACE_SECONDS)
    waiting, deadline = _running(), time.monotonic() + SETTLE_SECONDS
    while waiting:
        if time.monotonic() > deadline:
            return queryset.none()
        time.sleep(0.02)
        waiting &= _running()
    return queryset.filter(**{f"{column}__lte": highest})


class ExportApi(Api):
    """Incremental export: follow `next` to the end, keep `cursor`, and come back with it for what changed since."""

    query_parameters = frozenset({"cursor", "page_size"})

    @extend_schema(
        operation_id="export_retrieve",
        parameters=[
            OpenApiParameter("resource", enum=sorted(RESOURCES), location=OpenApiParameter.PATH),
            OpenApiParameter("cursor", description="Where the last page ended: `cursor` of that answer."),
            OpenApiParameter("page_size", int, description="1 to 100; default 100."),
        ],
        responses=inline_serializer(
            "ExportPage",
            {
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "cursor": serializers.CharField(allow_null=True),
                "results": serializers.ListField(child=serializers.DictField()),
            },
        ),
    )
    def get(self, request: Request, resource: str) -> Response:
        """Rows in the order of their last change (entries, which never change: in the order of writing).

        A row that changed between two pages comes again: keep the latest by its `id`.
        """
        if resource not in RESOURCES:
            raise Http404
        what = RESOURCES[resource]
        rows, column = what.rows(actor_of(request)), what.column
        size = _Pages().get_page_size(request)
        cursor = request.query_params.get("cursor")
        if cursor is not None:
            name, value, key = decode(cursor, 3)
            kind = int if column == "pk" else dt.datetime
            here = [position(value, kind), position(key, int)]
            if name != resource:
                position(None, str)  # of another export
            rows = rows.filter(beyond(column, here, False))
        order = ["pk"] if column == "pk" else [column, "pk"]
        found = list(settled(rows, column).order_by(*(F(c).asc() for c in order))[: size + 1])
        more, found = len(found) > size, found[:size]
        if found:
            cursor = encode([resource, getattr(found[-1], column), found[-1].pk])
        link = replace_query_param(request.build_absolute_uri(), "cursor", cursor) if more else None
        results = what.shape(found, many=True, context={"request": request}).data
        return Response({"next": link, "previous": None, "cursor": cursor, "results": results})


class _Pages(CursorPages):
    page_size = 100
