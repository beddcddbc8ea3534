"""The API's plumbing, written once: who calls, what is refused, how pages and repeats work.

Every API view derives from `Api` (or `ApiModel` for resources) and every serializer from
`StrictSerializer` / `StrictModelSerializer`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.text import clean
from helpdesk.people.models import ApiToken, User
from helpdesk.realtime import limits

from .models import IdempotencyKey
from .rest_access import AdminWrites, StaffPermission, SupervisorOnly
from .rest_formats import CursorPages, StrictJSONParser

__all__ = [
    "AdminWrites",
    "Api",
    "ApiViewSet",
    "CursorPages",
    "StaffPermission",
    "StrictJSONParser",
    "StrictModelSerializer",
    "StrictSerializer",
    "SupervisorOnly",
]


class StrictMixin:
    """Refuses unknown fields; strips control characters and NUL from all text."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            fields = self.fields  # type: ignore[attr-defined]
            writable = {name for name, field in fields.items() if not field.read_only}
            if unknown := set(data) - writable:
                raise serializers.ValidationError({name: [_("Unknown field.")] for name in sorted(map(str, unknown))})
            data = {k: clean(v) if isinstance(v, str) else v for k, v in data.items()}
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(StrictMixin, serializers.Serializer[Any]):
    """For verbs and values."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer[Any]):
    """For resources."""


# --- every view -------------------------------------------------------------------------------------


class ApiMixin:
    """Limits per token, unknown query parameters refused, `Idempotency-Key` on every POST."""

    query_parameters: ClassVar[frozenset[str]] = frozenset()  # what this view reads besides filters and paging
    PAGING: ClassVar[frozenset[str]] = frozenset({"cursor", "page_size", "ordering", "format"})

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        who = (
            f"token:{request.auth.pk}"
            if isinstance(request.auth, ApiToken)
            else f"user:{request.user.pk if request.user else 'anyone'}"
        )
        rate = settings.API_REQUESTS_PER_MINUTE
        if wait := limits.wait_for(f"api:{who}", per_second=rate / 60, burst=max(20, rate // 4)):
            raise exceptions.Throttled(wait)
        self._refuse_unknown_parameters(request)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        allowed = set(self.query_parameters)
        if getattr(self, "action", None) == "list" or getattr(self, "paged", False):
            allowed |= self.PAGING - {"format"}
            if filterset := getattr(self, "filterset_class", None):
                allowed |= set(filterset.base_filters)
        if unknown := set(request.query_params) - allowed:
            raise exceptions.ValidationError({name: [_("Unknown parameter.")] for name in sorted(unknown)})

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """One transaction per POST, so that a stored answer and what it answers for are one fact.

        `errors.problem` marks it for rollback when the view refuses.
        """
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def _idempotent(self, request: Request, handler: Any, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not isinstance(request.user, User):
            return handler(request, *args, **kwargs)  # type: ignore[no-any-return]
        if len(key) > 200 or not key.isprintable():
            raise RuleViolation("idempotency_key", _("Idempotency-Key: up to 200 printable characters."), status=400)
        digest = hashlib.sha256(f"{request.path}\n{_canonical(request)}".encode()).hexdigest()
        row, created = IdempotencyKey.objects.get_or_create(
            user=request.user, key=key, defaults={"request_hash": digest}
        )
        if not created:
            row = IdempotencyKey.objects.select_for_update().get(pk=row.pk)
            if row.request_hash != digest:
                raise RuleViolation(
                    "idempotency_mismatch",
                    _("This Idempotency-Key was used for another request."),
                    status=422,
                )
            return Response(row.body, status=row.status or 200, headers={"Idempotent-Replay": "true"})
        response: Response = handler(request, *args, **kwargs)
        row.status, row.body = response.status_code, json.loads(json.dumps(response.data, default=str))
        row.save(update_fields=["status", "body"])
        return response


def _canonical(request: Request) -> str:
    if request.content_type == "application/json":
        return json.dumps(request.data, sort_keys=True, default=str)
    return json.dumps({k: str(v) for k, v in request.data.items()}, sort_keys=True)


class Api(ApiMixin, APIView):
    """Base of single views."""

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        drf_request = super().initialize_request(request, *args, **kwargs)
        handler = getattr(self, "post", None)
        if handler is not None:
            self.post = lambda r, *a, **k: self._idempotent(r, handler, *a, **k)
        return drf_request


class ApiViewSet(ApiMixin, viewsets.GenericViewSet[Any]):
    """Base of resources; mix in DRF's List/Retrieve/… as needed."""

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        drf_request = super().initialize_request(request, *args, **kwargs)
        handler = getattr(self, "post", None)
        if handler is not None:
            setattr(self, "post", lambda r, *a, **k: self._idempotent(r, handler, *a, **k))  # noqa: B010
        return drf_request
