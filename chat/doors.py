"""Reading what comes to the widget's HTTP doors: strict JSON, known fields, limits, origins."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.lib.text import clean
from helpdesk.realtime import limits
from helpdesk.web.errors import PROBLEM, document, json_problem

from .consumers.origins import may_embed

MAX_BODY = 256 * 1024
View = Callable[..., HttpResponse]


def door(*methods: str, query: frozenset[str] = frozenset()) -> Callable[[View], View]:
    """A view that answers refusals with problem documents, knows its methods and query parameters, and
    lets in no page that may not embed the widget."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _check(request, methods, query)
                answer = view(request, *args, **kwargs)
            except RuleViolation as refusal:
                answer = json_problem(refusal)
                if wait := getattr(refusal, "wait", None):
                    answer["Retry-After"] = str(int(wait) + 1)
                if refusal.status == 405:
                    answer["Allow"] = ", ".join(methods)
            except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
                unreadable = RuleViolation("bad_request", _("This could not be read."), status=400)
                answer = json_problem(unreadable)
            except Http404:
                answer = JsonResponse(document(404, "not_found", _("Not found.")), status=404, content_type=PROBLEM)
            return _with_cors(request, answer)

        inner.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie means anything here
        return inner

    return wrap


def _check(request: HttpRequest, methods: tuple[str, ...], query: frozenset[str]) -> None:
    if request.method not in (*methods, "OPTIONS"):
        raise RuleViolation("method_not_allowed", _("This address does not take that method."), status=405)
    if unknown := set(request.GET) - query:
        raise Invalid(clean(sorted(unknown)[0])[:40], _("Unknown parameter."), code="unknown_parameter")
    origin = request.headers.get("Origin", "")
    if origin and not may_embed(origin, request.get_host().lower()):
        raise RuleViolation("origin", _("This site may not use the widget."), status=403)


def _with_cors(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Allowed sites may read the answer; no credentials, so cookies never travel."""
    origin = request.headers.get("Origin", "")
    if origin and may_embed(origin, request.get_host().lower()):
        answer["Access-Control-Allow-Origin"] = origin
    answer["Vary"] = "Origin, Accept-Language"
    answer.setdefault("Cache-Control", "no-store")
    return answer


def checked_key(given: object) -> None:
    """Refuse all but this installation's widget key."""
    if not isinstance(given, str) or not constant_time_compare(clean(given), settings.WIDGET_KEY):
        raise RuleViolation("unknown_key", _("This widget key is not known."), status=404)


def body(request: HttpRequest, required: frozenset[str], optional: frozenset[str] = frozenset()) -> dict[str, str]:
    """The JSON object of a POST: texts only, known fields, cleaned. Raises RuleViolation (400, 413, 415)."""
    if request.content_type != "application/json":
        raise RuleViolation("media_type", _("Send application/json."), status=415)
    if declared_length(request) > MAX_BODY or len(raw := request.read(MAX_BODY + 1)) > MAX_BODY:
        raise RuleViolation("too_large", _("That is too much at once."), status=413)
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise RuleViolation("bad_json", _("This is not JSON."), status=400) from None
    if not isinstance(data, dict):
        raise RuleViolation("bad_json", _("Send a JSON object."), status=400)
    if unknown := data.keys() - required - optional:
        raise Invalid(clean(sorted(unknown)[0])[:40], _("Unknown field."), code="unknown_field")
    for name in sorted(required):
        if name not in data:
            raise Invalid(name, _("This is needed."), code="required")
    for name, value in data.items():
        if not isinstance(value, str):
            raise Invalid(name, _("This must be text."))
    return {name: clean(value) for name, value in data.items()}


def declared_length(request: HttpRequest) -> int:
    """Content-Length in bytes; 0 when it is missing or no number."""
    given = request.headers.get("Content-Length") or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0


def limit(key: str, *, per_minute: float, burst: int) -> None:
    """RuleViolation("rate_limited", 429) when `key` asks too often."""
    wait = limits.wait_for(key, per_second=per_minute / 60, burst=burst)
    if wait:
        refusal = RuleViolation("rate_limited", _("Too many at once. Please wait a moment."), status=429)
        refusal.wait = wait  # type: ignore[attr-defined]
        raise refusal


def address(request: HttpRequest) -> str:
    """The client's address, by which limits count (see ClientAddressMiddleware)."""
    return clean(str(request.META.get("REMOTE_ADDR", "")))[:64]


def bearer(headers: Mapping[str, str]) -> str:
    """The token of `Authorization: Bearer …`; empty when there is none."""
    scheme, _space, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def attempt(request: HttpRequest) -> uuid.UUID | None:
    """`Idempotency-Key` as the widget sends it: a UUID. RuleViolation for anything else."""
    given = request.headers.get("Idempotency-Key", "")
    if not given:
        return None
    try:
        return uuid.UUID(given)
    except ValueError:
        raise RuleViolation("idempotency_key", _("Idempotency-Key: a UUID."), status=400) from None
