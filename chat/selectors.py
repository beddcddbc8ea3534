"""What pages, sockets and monitors need to know of live chats; each with a bounded number of queries."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from helpdesk.hours import clock
from helpdesk.people.actors import Actor
from helpdesk.people.models import Department, User
from helpdesk.realtime import presence
from tickets.models import Attachment, Message

from . import duty, rules
from .access import chats_for
from .models import Chat

STATUS_SECONDS = 3.0  # how old the house's status may be: it is asked by every page view of a host site
WAITING_SHOWN = 50
PAGE = 200  # entries sent at a time

# --- is somebody there? -------------------------------------------------------------------------------


def desks(now: dt.datetime) -> list[tuple[Department, rules.Desk]]:
    """Departments offered to customers, as visitors meet them now, in their order."""
    rows = list(Department.objects.filter(is_public=True, is_active=True).select_related("calendar"))
    there = duty.seats([d.pk for d in rows])
    found = []
    for row in rows:
        spec = row.calendar.spec if row.calendar else None
        is_open = clock.is_open(spec, now)
        reason = "" if is_open else clock.closed_reason(spec, now)
        found.append(
            (
                row,
                rules.Desk(
                    id=row.pk, open_hours=is_open, staffed=bool(rules.on_duty(there.get(row.pk, []))),
                    closed_reason="closed_hours" if reason in (None, "", "outside_hours") else str(reason),
                    opens_at=None if is_open else clock.next_opening(spec, now),
                ),
            )
        )  # fmt: skip
    return found


def desk_for_new_chat() -> Department | None:
    """The department that a new chat goes to."""
    found = desks(timezone.now())
    desk = rules.choose_desk([d for _row, d in found])
    return next((row for row, d in found if d is desk), None)


_status: dict[str, tuple[float, dict[str, Any]]] = {}


def status(*, fresh: bool = False) -> dict[str, Any]:
    """{"open","reason","opens_at","brand":{"name","color"},"departments":[{"id","name","open"}]}.

    `reason` when closed: "closed_hours", a holiday's name, or "no_agents". Remembered for STATUS_SECONDS in each
    process, by language.
    """
    language = get_language() or "en"
    kept = _status.get(language)
    if kept is not None and not fresh and kept[0] > time.monotonic():
        return kept[1]
    found = desks(timezone.now())
    is_open, reason, opens_at = rules.overall([d for _row, d in found])
    if not found and duty.anyone_on_duty():
        is_open, reason = True, None
    answer = {
        "open": is_open,
        "reason": reason,
        "opens_at": opens_at.isoformat() if opens_at else None,
        "brand": {"name": settings.BRAND_NAME, "color": settings.BRAND_COLOR},
        "departments": [
            {"id": row.pk, "name": row.name_in(language), "open": desk.open_hours and desk.staffed}
            for row, desk in found
        ],
    }
    _status[language] = (time.monotonic() + STATUS_SECONDS, answer)
    return answer


# --- a visitor's conversation -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a visitor stands: the ticket they talk on, its last public seq, and the live session."""

    ticket_id: int | None = None
    number: int | None = None
    last_seq: int = 0
    chat: Chat | None = None  # waiting or active


def conversation_of(visitor_id: int) -> Conversation:
    """The latest conversation of the visitor. One query."""
    chat = Chat.objects.filter(visitor=visitor_id).select_related("ticket", "agent").order_by("-id").first()
    if chat is None:
        return Conversation()
    ticket = chat.ticket
    return Conversation(
        ticket_id=ticket.pk, number=ticket.number, last_seq=ticket.last_public_seq,
        chat=chat if chat.state != Chat.State.ENDED else None,
    )  # fmt: skip


def public_entries(ticket_id: int, after: int, limit: int = PAGE) -> list[tuple[Message, list[Attachment]]]:
    """Public messages after `after`, in order, at most `limit`. Two queries."""
    rows = (
        Message.objects.filter(ticket=ticket_id, public_seq__gt=after)
        .defer("search", "body_html")
        .prefetch_related("attachments__file")
        .order_by("public_seq")[:limit]
    )
    return [(row, list(row.attachments.all())) for row in rows]


def staff_entries(ticket_id: int, after: int, limit: int = PAGE) -> list[Message]:
    """Messages with a seq after `after`, for a colleague who may see the ticket."""
    rows = Message.objects.filter(ticket=ticket_id, seq__gt=after).defer("search", "body_html")
    return list(rows.order_by("seq")[:limit])


# --- the console's tray -------------------------------------------------------------------------------


def _with_words(chats: QuerySet[Chat]) -> QuerySet[Chat]:
    return chats.select_related("ticket__customer", "visitor", "department")


def waiting_chats(actor: Actor, limit: int = WAITING_SHOWN) -> list[dict[str, Any]]:
    """Who waits, longest first, of the departments that `actor` sees.

    Each {"chat_id","ticket","name","page","language","department","text","waiting_since","seconds","returning"}.
    """
    now = timezone.now()
    rows = _with_words(chats_for(actor).filter(state=Chat.State.WAITING)).order_by("queued_at", "id")[:limit]
    return [
        {
            **_common(chat),
            "page": chat.visitor.page,
            "language": chat.ticket.language,
            "department": chat.department.name_in() if chat.department else "",
            "waiting_since": chat.queued_at,
            "seconds": max(0, int((now - chat.queued_at).total_seconds())),
            "returning": "",
        }
        for chat in rows
    ]


def my_chats(actor: User) -> list[dict[str, Any]]:
    """The agent's own live chats, oldest first.

    Each {"chat_id","ticket","name","url","text","unanswered_since","connected"}.
    """
    rows = list(_with_words(Chat.objects.filter(agent=actor, state=Chat.State.ACTIVE)).order_by("accepted_at", "id"))
    there = presence.present_among("visitor", [c.visitor_id for c in rows])
    return [
        {
            **_common(chat),
            "url": f"/console/tickets/{chat.ticket.number}/",
            "unanswered_since": chat.ticket.waiting_since,
            "connected": chat.visitor_id in there,
        }
        for chat in rows
    ]


def _common(chat: Chat) -> dict[str, Any]:
    return {
        "chat_id": chat.pk,
        "ticket": chat.ticket.number,
        "name": chat.visitor.name or chat.ticket.customer.display_name,
        "text": chat.ticket.snippet,
    }


# --- the monitor --------------------------------------------------------------------------------------


def live_counts(actor: Actor) -> dict[str, Any]:
    """{"queue","longest_wait_seconds","active","agents_online","agents_connected"} as far as `actor` sees."""
    now = timezone.now()
    counts = (
        chats_for(actor)
        .exclude(state=Chat.State.ENDED)
        .aggregate(
            queue=Count("pk", filter=Q(state=Chat.State.WAITING)),
            oldest=Min("queued_at", filter=Q(state=Chat.State.WAITING)),
            active=Count("pk", filter=Q(state=Chat.State.ACTIVE)),
        )
    )
    online = list(User.objects.filter(is_active=True, status=User.Status.ONLINE).values_list("pk", flat=True))
    return {
        "queue": counts["queue"],
        "longest_wait_seconds": int((now - counts["oldest"]).total_seconds()) if counts["oldest"] else 0,
        "active": counts["active"],
        "agents_online": len(online),
        "agents_connected": len(presence.present_among("agent", online)),
    }
