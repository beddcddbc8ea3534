"""Figures over a span, straight from the rows: no rollups, so they are right to the second and never late.

Every figure is one aggregate in SQL; the number of queries does not depend on the data. Cost grows with the rows of
the span. Rollups (a row per day, department, channel and agent) would be due when four weeks hold more than
some 300,000 tickets: percentiles then need sketches, which is why they are not here before they are needed.

A merged ticket counts once, as the one that it was merged into.
"""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Avg,
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from chat.models import Chat
from tickets.models import Event, Message, Rating, SlaClock, Ticket

from ..scope import Scope
from .aggregates import Percentile, Seconds
from .shapes import Attainment, Chats, Escalation, Spread

FIRST_REPLY = Seconds("first_replied_at", "created_at")
RESOLUTION = Seconds("solved_at", "created_at")
CHAT_WAIT = Seconds("accepted_at", "requested_at")
MOST_REASONS = 20


# --- which rows ----------------------------------------------------------------------------------------


def _where(scope: Scope, *, agent: str, department: str = "department", channel: str = "channel") -> Q:
    """The filters, on columns of these names; a key of 0 asks for rows that point at nothing."""
    found = Q()
    for column, key in ((department, scope.department), (agent, scope.agent)):
        if key is not None:
            found &= Q(**{column: key or None})
    return found & Q(**{channel: scope.channel}) if scope.channel else found


def of_ticket(scope: Scope, *, agent: str) -> Q:
    columns = {"department": "ticket__department", "channel": "ticket__channel"}
    return _where(scope, agent=agent, **columns) & Q(ticket__merged_into=None)


def tickets(scope: Scope) -> QuerySet[Ticket]:
    return Ticket.objects.filter(_where(scope, agent="assignee"), merged_into=None)


def created(scope: Scope) -> QuerySet[Ticket]:
    """Tickets opened in the span."""
    return tickets(scope).filter(created_at__gte=scope.start, created_at__lt=scope.end)


def solved(scope: Scope) -> QuerySet[Ticket]:
    """Tickets solved in the span and not woken since."""
    return tickets(scope).filter(solved_at__gte=scope.start, solved_at__lt=scope.end)


def ratings(scope: Scope) -> QuerySet[Rating]:
    """Verdicts given in the span; the last one of each ticket counts."""
    return Rating.objects.filter(of_ticket(scope, agent="agent"), updated_at__gte=scope.start, updated_at__lt=scope.end)


# --- single figures ------------------------------------------------------------------------------------


def percent(part: int, whole: int) -> float | None:
    """To one decimal; None when there is nothing to divide by."""
    return round(100 * part / whole, 1) if whole else None


def seconds(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _spread_of(expression: Any, counted: str) -> dict[str, Any]:
    return {
        "count": Count(counted),
        "median_seconds": Percentile(expression, 0.5),
        "average_seconds": Avg(expression),
        "p90_seconds": Percentile(expression, 0.9),
    }


def _spread(row: dict[str, Any]) -> Spread:
    return Spread(
        count=row["count"],
        median_seconds=seconds(row["median_seconds"]),
        average_seconds=seconds(row["average_seconds"]),
        p90_seconds=seconds(row["p90_seconds"]),
    )


def open_rows(scope: Scope) -> QuerySet[Ticket]:
    """Tickets opened before the end of the span that were neither solved nor closed then.

    Of a ticket solved, woken and solved again only the last solving is known: in between it counts as open.
    """
    rows = tickets(scope).filter(created_at__lt=scope.end)
    return rows.filter(Q(solved_at=None) | Q(solved_at__gte=scope.end), Q(closed_at=None) | Q(closed_at__gte=scope.end))


def first_reply(scope: Scope) -> tuple[int, int, Spread]:
    """(created, reopened, spread): of tickets opened in the span, from opening to the first reply of a colleague.

    Tickets without a reply yet are left out; so are automatic answers.
    """
    row = created(scope).aggregate(
        created=Count("pk"), reopened=Count("pk", filter=Q(reopened_count__gt=0)),
        **_spread_of(FIRST_REPLY, "first_replied_at"),
    )  # fmt: skip
    return row["created"], row["reopened"], _spread(row)


def resolution(scope: Scope) -> Spread:
    """Of tickets solved in the span: from opening to the solving that lasted, time spent waiting included."""
    return _spread(solved(scope).aggregate(**_spread_of(RESOLUTION, "pk")))


def one_touch_rows(scope: Scope) -> QuerySet[Ticket]:
    """Solved in the span with exactly one reply of a colleague, and never reopened."""
    replies = Message.objects.filter(ticket=OuterRef("pk"), author_kind=Message.Author.AGENT)
    first, second = replies.order_by("seq"), replies.order_by("seq").values("pk")[1:2]
    rows = solved(scope).filter(Exists(first), reopened_count=0)
    return rows.annotate(second=Subquery(second)).filter(second=None)


def clocks(scope: Scope) -> QuerySet[SlaClock]:
    """Promises with a target, of tickets opened in the span."""
    within = Q(ticket__created_at__gte=scope.start, ticket__created_at__lt=scope.end, target_seconds__isnull=False)
    return SlaClock.objects.filter(of_ticket(scope, agent="ticket__assignee") & within)


def attainment(scope: Scope) -> list[Attainment]:
    """Promises of tickets opened in the span: met ÷ (met + missed). What still runs, and no deadline, do not count."""
    counts = clocks(scope).order_by().values("metric").annotate(
        met=Count("pk", filter=Q(state=SlaClock.State.MET, breached_at=None)),
        breached=Count("pk", filter=Q(breached_at__isnull=False)),
    )  # fmt: skip
    return [
        Attainment(metric=r["metric"], met=r["met"], breached=r["breached"],
                   percent=percent(r["met"], r["met"] + r["breached"]))
        for r in counts.order_by("metric") if r["met"] + r["breached"]
    ]  # fmt: skip


def escalated(scope: Scope) -> QuerySet[Event]:
    """Escalations in the span; `agent` is who had the ticket until then."""
    return Event.objects.filter(
        of_ticket(scope, agent="data__from_assignee"), kind=Event.Kind.ESCALATED,
        created_at__gte=scope.start, created_at__lt=scope.end,
    )  # fmt: skip


def escalations(scope: Scope) -> list[Escalation]:
    """Escalations in the span by reason, the most frequent first."""
    counts = (
        escalated(scope).annotate(
            why=Coalesce(KT("data__reason"), Value(""), output_field=TextField()),
            automatic=ExpressionWrapper(~Q(rule=""), output_field=BooleanField()),
        )
        .values("why", "automatic").annotate(count=Count("pk")).order_by("-count", "why", "automatic")
    )  # fmt: skip
    return [Escalation(reason=r["why"], automatic=r["automatic"], count=r["count"]) for r in counts[:MOST_REASONS]]


def chat_rows(scope: Scope) -> QuerySet[Chat]:
    """Live chats asked for in the span."""
    return Chat.objects.filter(
        _where(scope, agent="agent", channel="ticket__channel"),
        requested_at__gte=scope.start, requested_at__lt=scope.end,
    )  # fmt: skip


def chats(scope: Scope) -> Chats:
    """Live chats asked for in the span; served: a colleague accepted; missed: ended before anybody did.

    The wait is from the visitor's request to the acceptance.
    """
    row = chat_rows(scope).aggregate(
        requested=Count("pk"),
        missed=Count("pk", filter=Q(state=Chat.State.ENDED, accepted_at=None)),
        **_spread_of(CHAT_WAIT, "accepted_at"),
    )
    return Chats(requested=row["requested"], served=row["count"], missed=row["missed"], wait=_spread(row))
