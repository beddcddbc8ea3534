"""Views · list · conversation · context: one page, and the fragments by which it stays true."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.people.models import User
from helpdesk.web.console import colleague, is_fragment

from ...access import get_ticket_for
from ...models import Ticket
from ...selectors import context, conversation
from ...selectors import inbox as rows
from ...selectors.views import Inbox
from ...selectors.views import inbox as choose
from ...services.notify import mark_read

HERE = frozenset({"view", "search"})  # what leads back to the list that one came from
MAX_SEARCH = 200


def chosen(request: HttpRequest, actor: User, *, counts: bool = True) -> Inbox:
    """The view or search that the address names."""
    search = request.GET.get("search", "").strip()[:MAX_SEARCH]
    return choose(actor, view=request.GET.get("view", ""), search=search, counts=counts)


def whole(name: str, value: str | None) -> int:
    """A sequence number from an address or a form; Invalid for anything else."""
    text = value or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid(name, _("A whole number."))
    return int(text)


def panes(actor: User, ticket: Ticket, timeline: conversation.Timeline | None = None) -> dict[str, Any]:
    """What conversation and context show."""
    shown = timeline or conversation.latest(ticket)
    return {"entries": shown.entries, "earlier_url": shown.earlier_url, **context.pane(actor, ticket)}


@colleague("GET", query=HERE | {"ticket", "after"})
def inbox(request: HttpRequest, actor: User) -> HttpResponse:
    after = request.GET.get("after", "")
    if after and is_fragment(request):
        here = chosen(request, actor, counts=False)
        page = rows.page(actor, here, after=after)
        return render(request, "console/_rows.html", {"rows": page.rows, "next_url": page.next_url, "more": True})
    number = request.GET.get("ticket", "")
    return _page(request, actor, get_ticket_for(actor, number) if number else None)


@colleague("GET", query=HERE)
def ticket(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    """A ticket's own address: the whole page, or its two panes."""
    found = get_ticket_for(actor, number)
    mark_read(actor=actor, ticket=found)
    if is_fragment(request):
        here = chosen(request, actor, counts=False)
        context = {"back_url": f"/console/{here.query}", **panes(actor, found)}
        return render(request, "console/_panes.html", context)
    return _page(request, actor, found)


def _page(request: HttpRequest, actor: User, found: Ticket | None) -> HttpResponse:
    here = chosen(request, actor)
    page = rows.page(actor, here, selected=found.number if found else None)
    context = {
        "nav_active": "inbox",
        "views": here.views,
        "view": here.chosen,
        "query": here.search,
        "back_url": f"/console/{here.query}",
        "rows": page.rows,
        "next_url": page.next_url,
        "ticket": None,
        **(panes(actor, found) if found else {}),
    }
    return render(request, "console/inbox.html", context)


@colleague("GET", query=frozenset({"q"}))
def search(request: HttpRequest, actor: User) -> HttpResponse:
    """The short address of a search."""
    answer = redirect("console-inbox")
    words = request.GET.get("q", "").strip()[:MAX_SEARCH]
    answer["Location"] += choose(actor, search=words, counts=False).query if words else ""
    return answer


# --- fragments ----------------------------------------------------------------------------------------


@colleague("GET", query=HERE | {"ticket", "after"})
def views(request: HttpRequest, actor: User) -> HttpResponse:
    return render(request, "console/_views.html", {"views": chosen(request, actor).views})


@colleague("GET", query=HERE | {"ticket", "after"})
def row(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    """One row of the list that the address names; 204 when the ticket does not stand in it (any more)."""
    found = rows.row_for(actor, chosen(request, actor, counts=False), number)
    if found is None:
        return HttpResponse(status=204)
    return render(request, "console/_ticket_row.html", {"row": found})


@colleague("GET", query=frozenset({"after"}))
def update(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    """What changed in an open conversation since the entry `after`."""
    return changed(request, actor, number, after=whole("after", request.GET.get("after")))


def changed(request: HttpRequest, actor: User, number: int, *, after: int) -> HttpResponse:
    found = get_ticket_for(actor, number)
    mark_read(actor=actor, ticket=found)
    return render(request, "console/_update.html", panes(actor, found, conversation.news(found, after)))


@colleague("GET", query=frozenset({"before"}))
def entries(request: HttpRequest, actor: User, number: int) -> HttpResponse:
    """Older entries, before `before`, with a link to still older ones."""
    found = get_ticket_for(actor, number)
    timeline = conversation.earlier(found, whole("before", request.GET.get("before")))
    shown = {"ticket": found, "entries": timeline.entries, "earlier_url": timeline.earlier_url}
    return render(request, "console/_earlier.html", shown)
