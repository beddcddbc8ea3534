"""The report: single figures, and the same figures by channel, by day and by colleague."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import TruncDate

from helpdesk.people.models import User
from tickets.models import Message, Rating, Ticket

from ..scope import Scope
from . import figures
from .aggregates import Percentile
from .shapes import AgentRow, ChannelRow, DayRow, Filters, Metrics, Satisfaction, Share, Volume

GOOD = Count("pk", filter=Q(score=Rating.Score.GOOD))
BAD = Count("pk", filter=Q(score=Rating.Score.BAD))
Rows = dict[Any, dict[str, Any]]
Grouped = Iterable[dict[str, Any]]


def metrics(scope: Scope) -> Metrics:
    """All figures of the span; a fixed number of queries."""
    n_created, n_reopened, first = figures.first_reply(scope)
    resolution = figures.resolution(scope)
    n_solved = resolution["count"]
    touched = figures.one_touch_rows(scope).count()
    verdicts = figures.ratings(scope).order_by().aggregate(good=GOOD, bad=BAD)
    return {
        "from": rfc3339(scope.start),
        "to": rfc3339(scope.end),
        "time_zone": scope.zone.key,
        "filters": Filters(department=scope.department, channel=scope.channel, agent=scope.agent),
        "volume": Volume(created=n_created, solved=n_solved, open_at_end=figures.open_rows(scope).count()),
        "first_reply": first,
        "resolution": resolution,
        "satisfaction": satisfaction(**verdicts),
        "service_levels": figures.attainment(scope),
        "reopened": Share(count=n_reopened, of=n_created, percent=figures.percent(n_reopened, n_created)),
        "one_touch": Share(count=touched, of=n_solved, percent=figures.percent(touched, n_solved)),
        "escalations": figures.escalations(scope),
        "chats": figures.chats(scope),
        "by_channel": by_channel(scope),
        "by_day": by_day(scope),
        "by_agent": by_agent(scope),
    }


def rfc3339(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def satisfaction(good: int, bad: int) -> Satisfaction:
    """good ÷ (good + bad); the unrated are not asked."""
    return Satisfaction(good=good, bad=bad, percent=figures.percent(good, good + bad))


def _merge(key: str, *parts: Grouped) -> Rows:
    """Rows of several queries, joined on `key`; what a query does not know of a key is 0."""
    merged: Rows = defaultdict(lambda: defaultdict(int))
    for part in parts:
        for row in part:
            merged[row[key]].update({k: v for k, v in row.items() if k != key})
    return merged


def _per(rows: QuerySet[Any], key: str, **counted: Any) -> Grouped:
    grouped: Grouped = rows.order_by().values(key).annotate(**counted)
    return grouped


def _created(rows: QuerySet[Ticket], key: str) -> Grouped:
    return _per(
        rows, key, created=Count("pk"), median=Percentile(figures.FIRST_REPLY, 0.5), average=Avg(figures.FIRST_REPLY)
    )


def _verdict(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "good": row["good"],
        "bad": row["bad"],
        "satisfaction_percent": figures.percent(row["good"], row["good"] + row["bad"]),
    }


def _median(row: Mapping[str, Any], name: str = "median") -> float | None:
    return figures.seconds(row[name]) if name in row else None


def by_channel(scope: Scope) -> list[ChannelRow]:
    """In the order in which the product names channels; those without any ticket are left out."""
    found = _merge(
        "channel",
        _created(figures.created(scope), "channel"),
        _per(figures.solved(scope), "channel", solved=Count("pk")),
        _per(figures.ratings(scope).annotate(channel=F("ticket__channel")), "channel", good=GOOD, bad=BAD),
    )
    return [
        ChannelRow(channel=name, created=row["created"], solved=row["solved"],
                   first_reply_median_seconds=_median(row), **_verdict(row))  # type: ignore[typeddict-item]
        for name in Ticket.Channel.values if (row := found.get(name)) is not None
    ]  # fmt: skip


def by_day(scope: Scope) -> list[DayRow]:
    """Every day of the span in the reader's time zone, empty ones too; a day may last 23 or 25 hours."""

    def day(column: str) -> TruncDate:
        return TruncDate(column, tzinfo=scope.zone)

    found = _merge(
        "day",
        _created(figures.created(scope).annotate(day=day("created_at")), "day"),
        _per(figures.solved(scope).annotate(day=day("solved_at")), "day", solved=Count("pk")),
        _per(figures.ratings(scope).annotate(day=day("updated_at")), "day", good=GOOD, bad=BAD),
    )
    return [
        DayRow(day=date.isoformat(), created=row["created"], solved=row["solved"],
               first_reply_median_seconds=_median(row), first_reply_average_seconds=_median(row, "average"),
               **_verdict(row))  # type: ignore[typeddict-item]
        for date in scope.days() for row in [found[date]]
    ]  # fmt: skip


def by_agent(scope: Scope) -> list[AgentRow]:
    """Who solved most comes first.

    Solved, and the first reply's time, count for whoever has the ticket now; replies for who wrote them; verdicts
    for who had the ticket when the customer gave them.
    """
    found = _merge(
        "agent",
        ({**r, "agent": r["assignee"]} for r in _created(figures.created(scope), "assignee")),
        ({**r, "agent": r["assignee"]} for r in _per(figures.solved(scope), "assignee", solved=Count("pk"))),
        _replies(scope),
        _per(figures.ratings(scope), "agent", good=GOOD, bad=BAD),
    )
    people = User.objects.filter(pk__in=[key for key in found if key])
    names: dict[int | None, str] = dict(people.values_list("pk", "name"))
    rows = [
        AgentRow(agent=key, name=names.get(key), solved=row["solved"], replies=row["replies"],
                 first_reply_median_seconds=_median(row), **_verdict(row))  # type: ignore[typeddict-item]
        for key, row in found.items() if key is not None or row["solved"] or row["good"] or row["bad"]
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (r["agent"] is None, -r["solved"], -r["replies"], r["name"] or ""))


def _replies(scope: Scope) -> Grouped:
    """Public words of colleagues in the span, by colleague."""
    rows = Message.objects.filter(
        figures.of_ticket(scope, agent="user"), author_kind=Message.Author.AGENT, user__isnull=False,
        created_at__gte=scope.start, created_at__lt=scope.end,
        # True of every ticket with a message in the span; lets the index on updated_at find them.
        ticket__updated_at__gte=scope.start,
    )  # fmt: skip
    return _per(rows.annotate(agent=F("user")), "agent", replies=Count("pk"))


def first_reply_median(scope: Scope) -> float | None:
    """Only that: what the first sentence of the page compares."""
    return figures.seconds(figures.created(scope).aggregate(m=Percentile(figures.FIRST_REPLY, 0.5))["m"])
