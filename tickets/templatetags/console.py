"""What the console's frame shows on every page."""

from __future__ import annotations

from typing import Any

from django import template

from helpdesk.people.models import User

from ..models import Notification

register = template.Library()
MOST_COUNTED = 99


@register.inclusion_tag("console/_bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """How many things the colleague was told and has not seen; one query."""
    user = context["request"].user
    unread = 0
    if isinstance(user, User):
        unread = Notification.objects.filter(user=user, read_at=None)[: MOST_COUNTED + 1].count()
    return {"unread": unread, "shown": f"{MOST_COUNTED}+" if unread > MOST_COUNTED else str(unread)}
