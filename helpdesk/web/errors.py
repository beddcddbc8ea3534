"""A refusal becomes a form error, a toast or a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from helpdesk.lib.errors import RuleViolation

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


def document(status: int, code: str, title: str, **extra: Any) -> dict[str, Any]:
    """The body of a problem answer: {"type","status","code","title",…}."""
    return {"type": "about:blank", "status": status, "code": code, "title": title, **extra}


def _flatten(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested error detail as {"path.to.field": [messages]}."""
    if isinstance(detail, dict):
        merged: dict[str, list[str]] = {}
        for key, value in detail.items():
            merged.update(_flatten(value, f"{prefix}.{key}" if prefix else str(key)))
        return merged
    if isinstance(detail, list) and any(isinstance(d, dict | list) for d in detail):
        merged = {}
        for i, value in enumerate(detail):
            merged.update(_flatten(value, f"{prefix}.{i}"))
        return merged
    return {prefix or "non_field_errors": [str(d) for d in (detail if isinstance(detail, list) else [detail])]}


def _named(codes: Any) -> str:
    """The code that says more than "invalid", if the first error has one: what a program can act on."""
    while not isinstance(codes, str):
        codes = next(iter(codes.values() if isinstance(codes, dict) else codes), "invalid")
    return codes if codes in {"unknown_field", "unknown_parameter"} else "invalid"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (a 500) only for what nobody foresaw."""
    headers: dict[str, str] = {}
    if isinstance(error, RuleViolation):
        extra = {"errors": {error.field: [error.message]}} if error.field else {}
        status, body = error.status, document(error.status, error.code, error.message, **extra)
    elif isinstance(error, Http404):
        status, body = 404, document(404, "not_found", _("Not found."))
    elif isinstance(error, PermissionDenied):
        status, body = 403, document(403, "forbidden", _("You may not do this."))
    elif isinstance(error, exceptions.ValidationError):
        fields = _flatten(error.detail)
        first = next(iter(fields.values()))[0]
        status, body = 400, document(400, _named(error.get_codes()), first, errors=fields)
    elif isinstance(error, exceptions.APIException):
        status = error.status_code
        codes = error.get_codes()
        body = document(status, codes if isinstance(codes, str) else "error", str(error.detail))
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        if authenticate := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = authenticate
    elif isinstance(error, RequestDataTooBig):
        status, body = 413, document(413, "too_large", _("The request is too large."))
    elif isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError):
        status, body = 400, document(400, "bad_request", _("This request cannot be read."))
    else:
        return None
    set_rollback()
    return Response(body, status=status, headers=headers, content_type=PROBLEM)


def json_problem(error: RuleViolation) -> JsonResponse:
    """The same document outside DRF (widget and fragments)."""
    extra = {"errors": {error.field: [error.message]}} if error.field else {}
    return JsonResponse(
        document(error.status, error.code, error.message, **extra), status=error.status, content_type=PROBLEM
    )


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/widget/", "/api/")) or "application/json" in request.headers.get("Accept", "")


def refuse(request: HttpRequest, error: RuleViolation) -> HttpResponse:
    """The answer of a page door to a refusal that no form caught."""
    from django.shortcuts import render

    if wants_json(request):
        return json_problem(error)
    if getattr(request, "htmx", False):
        answer = render(request, "console/_refusal.html", {"error": error}, status=error.status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#toasts", "beforeend"
        return answer
    return render(request, "errors/refused.html", {"error": error}, status=error.status)
