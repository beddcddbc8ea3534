"""What happens around every request."""

from __future__ import annotations

import re
import uuid
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.logs import request_id
from helpdesk.lib.text import clean

from . import errors

_ID = re.compile(r"^[\w.-]{8,64}$")
Next = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an id (or takes a sane one), for logs and the answer's X-Request-ID."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        value = given if _ID.match(given) else uuid.uuid4().hex[:16]
        token = request_id.set(value)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = value
        return response


class ClientAddressMiddleware:
    """Behind our own proxy (BEHIND_PROXY) REMOTE_ADDR is the client's address, not the proxy's.

    Limits and sign-in throttling count by it: otherwise all the world would share one limit. Only the last entry of
    X-Forwarded-For was written by our proxy; those before it are whatever the client sent.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_PROXY_SSL_HEADER is not None:
            seen = clean(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()
            if seen:
                request.META["REMOTE_ADDR"] = seen[:64]
        return self.get_response(request)


class ReadableMiddleware:
    """What no door behind it can read is taken away here: cookies with control characters in them (a quoted one can
    hold NUL, which no database takes), and any charset that is claimed for a form. Forms are UTF-8, as our pages are;
    some names (`rot13`, `idna`) are codecs that fail on the first byte.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name in [name for name, value in request.COOKIES.items() if not value.isprintable()]:
            del request.COOKIES[name]
        if request.encoding is not None:
            request.encoding = None  # type: ignore[assignment]  # the way back to the default
        return self.get_response(request)


class PersonMiddleware:
    """The signed-in person's language and time zone. (A closed account is nobody: Django's backend sees to it.)"""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        translation.activate(user.language)
        request.LANGUAGE_CODE = user.language
        try:
            timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


class RefusalMiddleware:
    """A RuleViolation that no view caught becomes its answer, never a 500."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return errors.refuse(request, error) if isinstance(error, RuleViolation) else None
