"""Pages of lists: by position, not by number, so that new rows neither repeat nor hide any."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import exceptions, pagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

if TYPE_CHECKING:
    from rest_framework.request import Request

MAX_INTEGER = 2**63 - 1


class BadCursor(exceptions.APIException):
    status_code = 400
    default_code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__(_("This cursor is not one of ours, or belongs to another list."))


def encode(parts: list[Any]) -> str:
    """A cursor for an address. Not secret: the list it is used on decides again what may be seen."""
    raw = json.dumps([p.isoformat() if isinstance(p, dt.datetime) else p for p in parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> list[Any]:
    """The `length` parts of a cursor; BadCursor (400) for anything else."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = json.loads(raw)
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        raise BadCursor from None
    if not isinstance(parts, list) or len(parts) != length:
        raise BadCursor
    return parts


def position(value: Any, kind: type) -> Any:
    """`value` of a cursor as `kind` (datetime, int or str); BadCursor when it is none that the database knows."""
    good = False
    if kind is dt.datetime and isinstance(value, str):
        try:
            value = parse_datetime(value)
        except ValueError:
            raise BadCursor from None
        good = value is not None and value.tzinfo is not None and 1 < value.year < 9999
    elif kind is int:
        good = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER
    elif kind is str:
        good = isinstance(value, str) and len(value) <= 400 and value.isprintable()
    if good:
        return value
    raise BadCursor


def _kind(queryset: models.QuerySet[Any], name: str) -> type:
    """Which type of value orders the list by `name`."""
    if name == "pk":
        return int
    try:
        field = queryset.model._meta.get_field(name)
    except FieldDoesNotExist:
        return int  # a rank, computed by the query
    if isinstance(field, models.DateTimeField):
        return dt.datetime
    return int if isinstance(field, models.IntegerField) else str


class CursorPages(pagination.BasePagination):
    """`{"next","previous","results"}`; `page_size` 1 to 100.

    The view names its orders: `orderings = {"created_at": "created_at"}` (public name → column without NULLs)
    and its default, `ordering = "-created_at"`. Ties are ordered by the key, so any number of equal values is fine.
    """

    page_size = 25
    max_page_size = 100
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        raw = request.query_params.get("page_size")
        if raw is None:
            return self.page_size
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 3 and 1 <= int(raw) <= self.max_page_size):
            raise exceptions.ValidationError({"page_size": [_("A whole number from 1 to 100.")]})
        return int(raw)

    def get_ordering(self, request: Request, view: Any) -> str:
        """The column to order by, with "-" in front when descending."""
        default = str(getattr(view, "ordering", self.ordering))
        wanted = request.query_params.get("ordering")
        if wanted is None:
            return default
        known: dict[str, str] = getattr(view, "orderings", {})
        name = wanted.removeprefix("-")
        if name not in known:
            choices = ", ".join(sorted(known)) or "–"
            raise exceptions.ValidationError({"ordering": [_("Choose from: %(names)s.") % {"names": choices}]})
        return ("-" if wanted.startswith("-") else "") + known[name]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size, order = self.get_page_size(request), self.get_ordering(request, view)
        column, descending = order.removeprefix("-"), order.startswith("-")
        if column in ("id", queryset.model._meta.pk.name):
            column = "pk"
        backwards, here = False, None
        if (cursor := request.query_params.get("cursor")) is not None:
            way, used, *here = decode(cursor, 4)
            if way not in ("n", "p") or used != order:
                raise BadCursor
            here = [position(here[0], _kind(queryset, column)), position(here[1], int)]
            backwards = way == "p"
        down = descending != backwards
        if here is not None:
            queryset = queryset.filter(beyond(column, here, down))
        columns = ["pk"] if column == "pk" else [column, "pk"]
        found = queryset.order_by(*(F(c).desc() if down else F(c).asc() for c in columns))[: size + 1]
        rows: list[Any] = list(found)
        more = len(rows) > size
        rows = rows[:size][::-1] if backwards else rows[:size]
        before = more if backwards else here is not None
        self._links(request, order, column, rows, after=more or backwards, before=before)
        return rows

    def _links(self, request: Request, order: str, column: str, rows: list[Any], *, after: bool, before: bool) -> None:
        url = request.build_absolute_uri()

        def link(way: str, row: Any) -> str:
            cursor = encode([way, order, getattr(row, column), row.pk])
            return str(replace_query_param(url, "cursor", cursor))

        self.next = link("n", rows[-1]) if rows and after else None
        self.previous = link("p", rows[0]) if rows and before else None
        if not rows and before:  # beyond the end: the way back is the first page
            self.previous = str(remove_query_param(url, "cursor"))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        known = sorted(getattr(view, "orderings", {}))
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        parameters = [
            _parameter("cursor", {"type": "string"}, "Where the page begins: take it from `next` or `previous`."),
            _parameter("page_size", size, "Rows on a page."),
        ]
        if known:
            words = {"type": "string", "enum": [*known, *(f"-{name}" for name in known)]}
            parameters.append(_parameter("ordering", words, "Order; `-` in front for descending."))
        return parameters


class EntryPages(CursorPages):
    """Pages of a conversation, oldest first; a conversation has no other order."""

    page_size = 100

    def get_ordering(self, request: Request, view: Any) -> str:
        if "ordering" in request.query_params:
            raise exceptions.ValidationError({"ordering": [_("Unknown parameter.")]}, code="unknown_parameter")
        return "seq"

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [p for p in super().get_schema_operation_parameters(view) if p["name"] != "ordering"]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def beyond(column: str, here: list[Any], down: bool) -> Q:
    """Rows after (column, pk) = `here`. The plain bound on the column is what lets an index be used."""
    value, key = here
    compare = "lt" if down else "gt"
    if column == "pk":
        return Q(**{f"pk__{compare}": key})
    tie = Q(**{column: value}) & Q(**{f"pk__{compare}": key})
    return Q(**{f"{column}__{compare}e": value}) & (Q(**{f"{column}__{compare}": value}) | tie)
