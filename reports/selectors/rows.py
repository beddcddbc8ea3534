"""The tickets behind a figure: the very rows that were counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.lib.errors import Invalid
from helpdesk.lib.text import clean
from tickets.models import Rating, Ticket

from ..scope import Scope
from . import figures
from .monitor import OPEN, late_clocks

PAGE = 50
Find = Callable[[Scope], QuerySet[Ticket]]


def _open(scope: Scope) -> QuerySet[Ticket]:
    return figures.open_rows(scope)


def _rated(score: str) -> Find:
    def find(scope: Scope) -> QuerySet[Ticket]:
        return Ticket.objects.filter(pk__in=figures.ratings(scope).filter(score=score).values("ticket"))

    return find


def _clocks(**state: object) -> Find:
    def find(scope: Scope) -> QuerySet[Ticket]:
        return Ticket.objects.filter(pk__in=figures.clocks(scope).filter(**state).values("ticket"))

    return find


def _chats(**state: object) -> Find:
    def find(scope: Scope) -> QuerySet[Ticket]:
        return Ticket.objects.filter(pk__in=figures.chat_rows(scope).filter(**state).values("ticket"))

    return find


def _escalated(scope: Scope) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk__in=figures.escalated(scope).values("ticket"))


def _late(scope: Scope) -> QuerySet[Ticket]:
    late, _soon = late_clocks(timezone.now())
    return Ticket.objects.filter(pk__in=late.values("ticket"))


def _soon(scope: Scope) -> QuerySet[Ticket]:
    _late_rows, soon = late_clocks(timezone.now())
    return Ticket.objects.filter(pk__in=soon.values("ticket"))


def _with_status(status: str) -> Find:
    def find(scope: Scope) -> QuerySet[Ticket]:
        return Ticket.objects.filter(status=status, merged_into=None)

    return find


# Every figure that links to its rows: name in the address → (words, rows).
KINDS: dict[str, tuple[object, Find]] = {
    "created": (_("Tickets opened"), figures.created),
    "solved": (_("Tickets solved"), figures.solved),
    "open_at_end": (_("Open at the end"), _open),
    "first_reply": (_("With a first reply"), lambda s: figures.created(s).filter(first_replied_at__isnull=False)),
    "reopened": (_("Reopened"), lambda s: figures.created(s).filter(reopened_count__gt=0)),
    "one_touch": (_("Solved with one reply"), figures.one_touch_rows),
    "good": (_("Rated good"), _rated(Rating.Score.GOOD)),
    "bad": (_("Rated bad"), _rated(Rating.Score.BAD)),
    "late_first_reply": (_("First reply too late"), _clocks(breached_at__isnull=False, metric="first_reply")),
    "escalated": (_("Tickets escalated"), _escalated),
    "chats": (_("Live chats"), _chats()),
    "served": (_("Chats answered"), _chats(accepted_at__isnull=False)),
    "missed": (_("Chats missed"), _chats(state="ended", accepted_at=None)),
    # of this moment, whatever the span
    "late_now": (_("Late now"), _late),
    "due_soon": (_("Due within the hour"), _soon),
    **{f"status_{s}": (Ticket.Status(s).label, _with_status(s)) for s in OPEN},
}


OF_NOW = frozenset({"late_now", "due_soon", *(f"status_{s}" for s in OPEN)})


@dataclass(frozen=True, slots=True)
class Page:
    tickets: list[Ticket]
    total: int
    next: int | None  # what `before` must be for the rows that follow


def page(kind: str, scope: Scope, *, before: int | None = None, reason: str | None = None) -> Page:
    """PAGE rows, the newest first, older than the row with key `before`. Raises Invalid("of").

    `reason` narrows escalations to those that gave exactly this one.
    """
    if kind not in KINDS:
        raise Invalid("of", unknown())
    rows = KINDS[kind][1](scope)
    if kind == "escalated" and reason is not None:
        rows = rows.filter(pk__in=figures.escalated(scope).filter(data__reason=clean(reason)).values("ticket"))
    total = rows.count()
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("customer", "assignee", "department").order_by("-pk")[: PAGE + 1])
    return Page(found[:PAGE], total, found[PAGE - 1].pk if len(found) > PAGE else None)


def unknown() -> str:
    return str(_("There is no such figure."))
