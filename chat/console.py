"""The console's doors to live chats: the tray at the foot of every page, and a page of its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from helpdesk.people.models import User
from helpdesk.web.console import colleague

from .selectors import my_chats, waiting_chats

UNANSWERED_SECONDS = 60  # from here on a chat head turns red


def tray(actor: User) -> dict[str, Any]:
    """What templates/console/_tray.html shows to `actor`: four queries at most."""
    active = [{**chat, "unanswered_limit": UNANSWERED_SECONDS} for chat in my_chats(actor)]
    return {"waiting": waiting_chats(actor), "active": active}


@colleague("GET")
def tray_fragment(request: HttpRequest, actor: User) -> HttpResponse:
    return render(request, "console/_tray.html", tray(actor))


@colleague("GET")
def chats(request: HttpRequest, actor: User) -> HttpResponse:
    return render(request, "console/chats.html", {"nav_active": "chats", **tray(actor)})
