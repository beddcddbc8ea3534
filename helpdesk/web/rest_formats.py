"""What comes into the API: strict JSON, uploads, strict filters. Pages are in `rest_pages`."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import exceptions, parsers

from helpdesk.lib.text import clean

from .rest_pages import CursorPages

if TYPE_CHECKING:
    from rest_framework.request import Request

__all__ = ["CursorPages", "FilesParser", "StrictFilterBackend", "StrictJSONParser", "TooLarge"]
MAX_JSON_DEPTH = 32
MAX_JSON_BYTES = 1024 * 1024
MAX_FILES = 20


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, most: int) -> None:
        super().__init__(_("Send at most %(kb)s KB.") % {"kb": most // 1024})


def _storable(value: Any, depth: int = 0) -> Any:
    """`value` without control characters and NUL in any text, names included; ParseError for what no column takes."""
    if depth > MAX_JSON_DEPTH:
        raise exceptions.ParseError(_("The JSON is nested too deeply."))
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(k): _storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_storable(v, depth + 1) for v in value]
    if isinstance(value, float) and not math.isfinite(value):  # 1e999 is valid JSON and infinite
        raise exceptions.ParseError(_("A number is too large."))
    return value


class StrictJSONParser(parsers.JSONParser):
    """JSON objects only, no NaN, bounded size and depth; whatever is wrong is a 4xx, never a 500."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(MAX_JSON_BYTES + 1)
        if len(raw) > MAX_JSON_BYTES:
            raise TooLarge(MAX_JSON_BYTES)
        try:
            data = super().parse(io.BytesIO(raw), media_type, self._utf8(parser_context))
        except (RecursionError, LookupError):
            raise exceptions.ParseError(_("The JSON is nested too deeply.")) from None
        if not isinstance(data, dict):
            raise exceptions.ParseError(_("Send a JSON object."))
        return _storable(data)

    @staticmethod
    def _utf8(context: Any) -> dict[str, Any]:
        """JSON is UTF-8 (RFC 8259, 8.1), whatever charset the header claims."""
        return {**(context or {}), "encoding": "utf-8"}


class FilesParser(parsers.MultiPartParser):
    """`multipart/form-data` as a plain dict: text fields once each, all files (of field `files`) as a list."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = (parser_context or {})["request"]
        most = settings.MAX_UPLOAD_BYTES + MAX_JSON_BYTES
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            raise exceptions.ParseError(_("Content-Length is not a number.")) from None
        if length > most:
            raise TooLarge(most)
        parsed = super().parse(stream, media_type, parser_context)
        if doubled := [name for name, values in parsed.data.lists() if len(values) > 1]:
            raise exceptions.ValidationError({name: [_("Send this field once.")] for name in doubled})
        data: dict[str, Any] = {clean(name): clean(str(value)) for name, value in parsed.data.items()}
        for name, files in parsed.files.lists():
            if len(files) > MAX_FILES:
                raise exceptions.ValidationError({name: [_("At most %(most)s files.") % {"most": MAX_FILES}]})
            data[clean(name)] = files
        return data


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

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        filterset_class = getattr(view, "filterset_class", None)
        if filterset_class is None or getattr(view, "detail", False):
            return []
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": str(one.extra.get("help_text") or f"Only rows with this `{name}`."),
                "schema": {"type": "string"},
            }
            for name, one in filterset_class.base_filters.items()
        ]
