"""Sign-in and the pages that no app owns."""

from __future__ import annotations

import logging
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.defaults import server_error as default_server_error

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.logs import request_id
from helpdesk.people.models import User
from helpdesk.people.services.preferences import change_preferences
from helpdesk.realtime import valkey

from . import errors, heartbeat
from .console import is_fragment

log = logging.getLogger(__name__)


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """Too many wrong passwords: says for how long, and that the reset page is open."""
    return render(request, "registration/locked.html", {"minutes": round(settings.AXES_COOLOFF_TIME * 60)}, status=429)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    refusal = RuleViolation(
        "csrf", _("This page was open for too long. Load it again; nothing was changed."), status=403
    )
    return errors.refuse(request, refusal)


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Says nothing of the engines."""
    return HttpResponse("ok", content_type="text/plain")


def parts() -> dict[str, bool]:
    """Which of the parts we stand on answer: database, valkey, worker, beat."""
    state = {"database": False, "valkey": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        state["database"] = True
    except Exception:  # any failure to connect means the same here
        connection.close()
    try:
        state["valkey"] = bool(valkey.client().ping())
    except redis.RedisError:
        log.warning("readyz: Valkey does not answer")
    return state | {part: heartbeat.alive(part) for part in ("worker", "beat")}


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, Valkey, worker and beat answer; else 503 and the names of those that do not."""
    state = parts()
    down = [name for name, ok in state.items() if not ok]
    answer = JsonResponse({"ready": not down, "down": down, "parts": state}, status=503 if down else 200)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # a probe that asks each second is no error log
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw. Programs get a problem document, people a page; the logs know its id."""
    if errors.wants_json(request):
        title = _("Something went wrong here. It was logged.")
        body = errors.document(500, "server_error", title, request=request_id.get())
        return JsonResponse(body, status=500, content_type=errors.PROBLEM)
    return default_server_error(request)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect("/console/" if request.user.is_authenticated else "/help/")


@require_POST
def set_preference(request: HttpRequest) -> HttpResponse:
    """The signed-in colleague's own language, theme and time zone."""
    user = request.user
    if not isinstance(user, User):
        return redirect("login")
    chosen = {f: request.POST[f] for f in ("language", "theme", "time_zone") if f in request.POST}
    change_preferences(actor=user, **chosen)
    if is_fragment(request):
        return HttpResponse(status=204)
    back = request.POST.get("next", "/console/")
    return redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/console/")
