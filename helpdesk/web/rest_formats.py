"""What comes in and goes out of the API: strict JSON, cursor pages, strict filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import exceptions, pagination, parsers

if TYPE_CHECKING:
    from rest_framework.request import Request

MAX_JSON_DEPTH = 32


def _depth_ok(value: Any, depth: int = 0) -> bool:
    if depth > MAX_JSON_DEPTH:
        return False
    if isinstance(value, dict):
        return all(_depth_ok(v, depth + 1) for v in value.values())
    if isinstance(value, list):
        return all(_depth_ok(v, depth + 1) for v in value)
    return True


class StrictJSONParser(parsers.JSONParser):
    """JSON objects only, no NaN, bounded depth; whatever is wrong is a 400, never a 500."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from None
        if not isinstance(data, dict):
            raise exceptions.ParseError(_("Send a JSON object."))
        if not _depth_ok(data):
            raise exceptions.ParseError(_("The JSON is nested too deeply."))
        return data


class CursorPages(pagination.CursorPagination):
    """`{"next","previous","results"}`, ordered by a unique key, `page_size` 1 to 100."""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        raw = request.query_params.get("page_size")
        if raw is None:
            return self.page_size
        if not (raw.isascii() and raw.isdigit() and 1 <= int(raw) <= self.max_page_size):
            raise exceptions.ValidationError({"page_size": [_("A whole number from 1 to 100.")]})
        return int(raw)


class StrictFilterBackend:
    """Applies the view's `filterset_class`; unknown parameters were refused before (see `Api.initial`)."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset_class = getattr(view, "filterset_class", None)
        if filterset_class is None or getattr(view, "detail", False):
            return queryset
        filterset = filterset_class(request.query_params, queryset=queryset, request=request)
        if not filterset.is_valid():
            raise exceptions.ValidationError(filterset.errors)
        return filterset.qs

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        return []
