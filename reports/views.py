"""Pages of the reports. Agents get 403; figures come from the selectors that the API uses."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from helpdesk.lib.errors import Invalid
from helpdesk.people.models import User

from . import forms, scope, tables, words
from .cards import cards, wall
from .rules import staffing
from .selectors import rows as row_pages
from .selectors.metrics import first_reply_median, metrics
from .selectors.monitor import monitor

View = Callable[..., HttpResponse]


def supervisors(view: View) -> View:
    """Only GET, only signed in, only supervisors and administrators."""

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not _user(request).is_supervisor:
            raise PermissionDenied
        return view(request)

    return require_safe(login_required(guarded))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _read(request: HttpRequest) -> forms.Filter:
    return forms.read(request.GET.dict(), zone=scope.zone_of(_user(request)), now=timezone.now())


def _filter(request: HttpRequest) -> tuple[forms.Filter, Invalid | None]:
    """What was asked for; or, when it cannot be read, the usual four weeks and the reason."""
    try:
        return _read(request), None
    except Invalid as refusal:
        return forms.read({}, zone=scope.zone_of(_user(request)), now=timezone.now()), refusal


def _page(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"reports/{name}.html", {"nav_active": "reports", **context}, status=status)


@supervisors
def overview(request: HttpRequest) -> HttpResponse:
    asked, refusal = _filter(request)
    found = metrics(asked.scope)
    context = {
        "tab": "overview",
        "asked": asked,
        "refusal": refusal,
        "sentence": _sentence(asked),
        "found": found,
        "cards": cards(found, asked),
        "empty": not any([*found["volume"].values(), found["chats"]["requested"], found["satisfaction"]["percent"]]),
        "link_query": asked.query(),
    }
    return _page(request, "overview", context, status=400 if refusal else 200)


def _sentence(asked: forms.Filter) -> str:
    """Today against yesterday, whatever span the page shows, with its filters."""
    now = timezone.now()
    kept = {k: v for k, v in asked.raw.items() if k in ("department", "channel", "agent")}

    def median(period: str) -> float | None:
        return first_reply_median(forms.read({"period": period, **kept}, zone=asked.scope.zone, now=now).scope)

    return words.first_reply_sentence(median("today"), median("yesterday"))


@supervisors
def export(request: HttpRequest) -> HttpResponse:
    """One table as CSV; `table` is one of `tables.TABLES`, the rest is the page's own filter."""
    table = request.GET.get("table", "days")
    if table not in tables.TABLES:
        raise Invalid("table", str(row_pages.unknown()))
    text = tables.as_csv(metrics(_read(request).scope), table)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return answer


@supervisors
def rows(request: HttpRequest) -> HttpResponse:
    """The tickets behind a figure, as many as the figure says."""
    asked, kind = _read(request), request.GET.get("of", "")
    before = request.GET.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) <= 18 else None
    reason = request.GET.get("reason")
    found = row_pages.page(kind, asked.scope, before=key, reason=reason)
    context = {
        "tab": "overview",
        "title": row_pages.KINDS[kind][0],
        "of_now": kind in row_pages.OF_NOW,
        "asked": asked,
        "page": found,
        "next_query": asked.query(of=kind, before=found.next, **_kept(reason)) if found.next else "",
        "reason": reason,
        "link_query": asked.query(),
    }
    return _page(request, "rows", context)


def _kept(reason: str | None) -> dict[str, str]:
    return {} if reason is None else {"reason": reason}


@supervisors
def monitor_page(request: HttpRequest) -> HttpResponse:
    """The whole page, or with htmx its live part only."""
    found = monitor(timezone.now())
    context = {"tab": "monitor", "found": found, "wall": wall(found), "now": timezone.now()}
    return _page(request, "_wall" if getattr(request, "htmx", False) else "monitor", context)


@supervisors
def staffing_page(request: HttpRequest) -> HttpResponse:
    raw = request.GET.dict()
    context: dict[str, Any] = {"tab": "staffing", "raw": {**EXAMPLE, **raw}, "answer": None, "errors": {}}
    if raw:
        _answer(context, {name: raw.get(name, "") for name in staffing.PARAMETERS})
    else:
        _answer(context, EXAMPLE)
    _answer_email(context, {**EMAIL, **{k: v for k, v in raw.items() if k in EMAIL and v}})
    return _page(request, "staffing", context, status=400 if context["errors"] else 200)


# What the form begins with: a middling shop's chat.
EXAMPLE = {
    "arrivals_per_hour": "30",
    "aht_seconds": "600",
    "concurrency": "3",
    "target_percent": "80",
    "target_seconds": "30",
    "patience_seconds": "120",
    "shrinkage": "30",
}
EMAIL = {"email_per_day": "240", "email_minutes": "6", "email_hours": "8", "email_utilisation": "85"}


def _answer(context: dict[str, Any], raw: dict[str, str]) -> None:
    try:
        context["answer"] = staffing.answer(staffing.parse(raw))
    except Invalid as refusal:
        context["errors"] = {refusal.field: refusal.message}


def _answer_email(context: dict[str, Any], raw: dict[str, str]) -> None:
    context["email"] = raw
    try:
        context["email_exact"], context["email_agents"] = staffing.email_backlog(**staffing.parse_email(raw))
    except Invalid as refusal:
        context["errors"] = {**context["errors"], refusal.field: refusal.message}
