"""The API's plumbing, written once: who calls, what is refused, how pages and repeats work.

Every API view derives from `Api` (or `ApiViewSet` for resources) and every serializer from
`StrictSerializer` / `StrictModelSerializer`.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, viewsets
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.text import clean
from helpdesk.people.models import ApiToken, User
from helpdesk.realtime import limits

from .models import IdempotencyKey
from .rest_access import AdminWrites, StaffPermission, SupervisorOnly, SupervisorWrites
from .rest_formats import FilesParser, StrictJSONParser
from .rest_pages import CursorPages, EntryPages

__all__ = [
    "AdminWrites",
    "Api",
    "ApiViewSet",
    "CursorPages",
    "EntryPages",
    "FilesParser",
    "StaffPermission",
    "StrictJSONParser",
    "StrictModelSerializer",
    "StrictSerializer",
    "SupervisorOnly",
    "SupervisorWrites",
    "Time",
    "actor_of",
]


class Time(serializers.DateTimeField):
    """RFC 3339 in UTC with a Z, whatever time zone the reader prefers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=dt.UTC, **kwargs)


class StrictMixin:
    """Refuses unknown fields; strips control characters and NUL from all text."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            fields = self.fields  # type: ignore[attr-defined]
            writable = {name for name, field in fields.items() if not field.read_only}
            if unknown := set(data) - writable:
                raise serializers.ValidationError(
                    {name: [_("Unknown field.")] for name in sorted(map(str, unknown))}, code="unknown_field"
                )
            data = {k: clean(v) if isinstance(v, str) else v for k, v in data.items()}
            if self.parent is not None and getattr(self.root, "partial", False):  # type: ignore[attr-defined]
                data = _whole({name: fields[name] for name in writable}, data)
        return super().to_internal_value(data)  # type: ignore[misc]


def _whole(fields: dict[str, serializers.Field[Any, Any, Any, Any]], data: dict[str, Any]) -> dict[str, Any]:
    """A PATCH may leave out fields of the row, not of a value inside it: DRF hands `partial` down to those too."""
    if missing := [name for name, field in fields.items() if field.required and name not in data]:
        raise serializers.ValidationError({name: [_("This is needed.")] for name in missing}, code="required")
    given = {n: f.default for n, f in fields.items() if f.default is not empty and not callable(f.default)}
    return {**given, **data}


class StrictSerializer(StrictMixin, serializers.Serializer[Any]):
    """For verbs and values."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer[Any]):
    """For resources."""

    serializer_field_mapping = {**serializers.ModelSerializer.serializer_field_mapping, models.DateTimeField: Time}


# --- every view -------------------------------------------------------------------------------------


def actor_of(request: Request) -> User:
    """The colleague who calls; the permission classes have made sure that it is one."""
    assert isinstance(request.user, User)
    return request.user


class ApiMixin:
    """Limits per token, unknown query parameters refused, `Idempotency-Key` on every POST."""

    paged: ClassVar[bool] = False  # answers with a list, though no `list` action
    query_parameters: ClassVar[frozenset[str]] = frozenset()  # what this view reads besides filters and paging
    PAGING: ClassVar[frozenset[str]] = frozenset({"cursor", "page_size", "ordering"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        rate = settings.API_REQUESTS_PER_MINUTE
        if wait := limits.wait_for(f"api:{_caller(request)}", per_second=rate / 60, burst=max(20, rate // 4)):
            raise exceptions.Throttled(wait)
        self._refuse_unknown_parameters(request)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        allowed = set(self.query_parameters)
        if getattr(self, "action", None) == "list" or getattr(self, "paged", False):
            allowed |= self.PAGING
            if filterset := getattr(self, "filterset_class", None):
                allowed |= set(filterset.base_filters)
        if unknown := set(request.query_params) - allowed:
            raise exceptions.ValidationError(
                {name: [_("Unknown parameter.")] for name in sorted(unknown)}, code="unknown_parameter"
            )

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        drf_request: Request = super().initialize_request(request, *args, **kwargs)  # type: ignore[misc]
        # Both kinds of views look the handler up on the instance, after `initial` has let the caller in.
        if request.method == "POST" and (handler := getattr(self, "post", None)) is not None:
            setattr(self, "post", functools.partial(once, handler))  # noqa: B010
        return drf_request


def _caller(request: Request) -> str:
    """Whose requests are counted together: a token's, a session's, or an address's."""
    if isinstance(request.auth, ApiToken):
        return f"token:{request.auth.pk}"
    if isinstance(request.user, User):
        return f"user:{request.user.pk}"
    return f"address:{request.META.get('REMOTE_ADDR', '')}"


def once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Call a POST's handler in one transaction; with `Idempotency-Key`, once per key, however often it is sent.

    1. The key's row is inserted: a second request with the same key waits here until the first commits.
    2. The work is done, and its answer stored, in the same transaction: both exist or neither.
    3. A repeat gets the stored answer; the same key with other content is 422. A refusal stores nothing, so the
       key is free again.
    """
    with transaction.atomic():
        key = request.headers.get("Idempotency-Key")
        response = handler(request, *args, **kwargs) if key is None else _once(key, handler, request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _once(key: str, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    if not key or len(key) > 200 or not key.isprintable():
        raise RuleViolation("idempotency_key", _("Idempotency-Key: 1 to 200 printable characters."), status=400)
    digest = _digest(request)
    row, created = IdempotencyKey.objects.get_or_create(
        user=actor_of(request), key=key, defaults={"request_hash": digest}
    )
    if not created:
        if row.request_hash != digest:
            raise RuleViolation(
                "idempotency_mismatch", _("This Idempotency-Key was used for another request."), status=422
            )
        return Response(row.body, status=row.status, headers={"Idempotent-Replay": "true"})
    response = handler(request, *args, **kwargs)
    row.status, row.body = response.status_code, json.loads(json.dumps(response.data, default=str))
    row.save(update_fields=["status", "body"])
    return response


def _digest(request: Request) -> str:
    """One hash of address, fields and the bytes of all files."""

    def plain(value: Any) -> Any:
        if hasattr(value, "chunks"):
            content = hashlib.sha256()
            for piece in value.chunks():
                content.update(piece)
            value.seek(0)
            return [value.name, content.hexdigest()]
        return str(value)

    fields = json.dumps(request.data, sort_keys=True, default=plain)
    return hashlib.sha256(f"{request.path}\n{fields}".encode()).hexdigest()


class Api(ApiMixin, APIView):
    """Base of single views. `paged = True` for those that answer with a list."""


class ApiViewSet(ApiMixin, viewsets.GenericViewSet[Any]):
    """Base of resources; mix in DRF's List/Retrieve/… as needed."""
