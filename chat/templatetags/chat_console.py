"""Live chats in the console's frame. A tag, so that pages of lower apps can hold it without knowing this app."""

from __future__ import annotations

from typing import Any

from django import template

from ..console import tray

register = template.Library()


@register.inclusion_tag("console/_tray.html", takes_context=True)
def chat_tray(context: dict[str, Any]) -> dict[str, Any]:
    """Who waits, and whom the colleague is talking to."""
    return tray(context["request"].user)
