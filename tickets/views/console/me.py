"""What concerns the colleague who is signed in: status, what they were told, preferences; and files they may read."""

from __future__ import annotations

import uuid
import zoneinfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from helpdesk.files import services as files
from helpdesk.people.models import User
from helpdesk.people.services import set_status
from helpdesk.web.console import colleague, is_fragment

from ...access import get_attachment_for
from ...models import Notification
from ...services.notify import mark_read

SHOWN = 20


@colleague("POST")
def status(request: HttpRequest, actor: User) -> HttpResponse:
    set_status(actor=actor, user=actor, status=request.POST.get("status", ""))
    return HttpResponse(status=204) if is_fragment(request) else redirect("console-inbox")


@colleague("GET")
def notifications(request: HttpRequest, actor: User) -> HttpResponse:
    """What `actor` was told lately, the newest first."""
    return _told(request, actor)


@colleague("POST")
def read(request: HttpRequest, actor: User) -> HttpResponse:
    mark_read(actor=actor)
    return _told(request, actor)


def _told(request: HttpRequest, actor: User) -> HttpResponse:
    rows = Notification.objects.filter(user=actor).select_related("ticket")
    template = "console/_notifications.html" if is_fragment(request) else "console/notifications.html"
    return render(request, template, {"told": rows[:SHOWN]})


@colleague("GET")
def profile(request: HttpRequest, actor: User) -> HttpResponse:
    zones = sorted(z for z in zoneinfo.available_timezones() if "/" in z or z == "UTC")
    memberships = actor.memberships.select_related("department")
    return render(request, "console/profile.html", {"zones": zones, "memberships": memberships})


@colleague("GET")
def file(request: HttpRequest, actor: User, uid: uuid.UUID) -> HttpResponse:
    """An attachment, for whoever may read the entry it hangs on."""
    return files.response(get_attachment_for(actor, uid).file)  # type: ignore[return-value]
