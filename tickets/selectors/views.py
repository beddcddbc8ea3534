"""The built-in views of the inbox: which tickets, in which order, and how many."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.people.models import Department, User

from ..access import tickets_for
from ..filters import matching
from ..models import Ticket

BREACH_HOURS = 4  # "soon" for the view of promises about to break
SOLVED_DAYS = 14
RECENT = ("-updated_at", "-pk")
DONE = (Ticket.Status.SOLVED, Ticket.Status.CLOSED)


@dataclass(frozen=True)
class View:
    """One entry of the list at the left. `where` narrows what the actor may see; `count` is of open tickets."""

    key: str
    label: str
    where: Q
    empty: str
    order: tuple[str, str] = RECENT
    counted: bool = True
    count: int | None = None
    active: bool = False
    url: str = ""
    search: str = field(default="", compare=False)


def built_in(actor: User, now: dt.datetime) -> list[View]:
    """Every view of `actor`, in order (one query, for their departments)."""
    is_open = ~Q(status__in=DONE)
    soon = Q(sla_due_at__lte=now + dt.timedelta(hours=BREACH_HOURS))
    recently = Q(solved_at__gte=now - dt.timedelta(days=SOLVED_DAYS))
    views = [
        View("mine", _("Mine"), is_open & Q(assignee=actor), _("You have no open tickets.")),
        View("unassigned", _("Unassigned"), is_open & Q(assignee=None), _("Somebody has every open ticket.")),
        View(
            "waiting", _("Waiting for us"), is_open & Q(waiting_since__isnull=False), _("Nobody waits for an answer.")
        ),
        View("breaching", _("Due soon"), is_open & soon, _("No promise is about to break."), ("sla_due_at", "pk")),
        View("new", pgettext("view", "New"), Q(status=Ticket.Status.NEW), _("No new tickets.")),
        View("pending", pgettext("view", "Pending"), Q(status=Ticket.Status.PENDING), _("We wait for no customer.")),
    ]
    for department in Department.objects.filter(memberships__user=actor, is_active=True):
        where = is_open & Q(department=department)
        views.append(View(f"dept-{department.pk}", department.name_in(), where, _("Nothing open in this team.")))
    return [
        *views,
        View("solved", _("Recently solved"), recently, _("Nothing was solved lately."), counted=False),
        View("all", _("All tickets"), Q(), _("Nothing here. New requests appear by themselves."), counted=False),
    ]


@dataclass(frozen=True)
class Inbox:
    """The chosen view beside all of them."""

    views: list[View]
    chosen: View
    search: str

    @property
    def query(self) -> str:
        """What an address carries so that it leads back to this list ("?view=mine")."""
        return "?" + urlencode({"search": self.search} if self.search else {"view": self.chosen.key})

    def tickets(self, actor: User) -> QuerySet[Ticket]:
        """The tickets of the chosen view, or those that the search finds, in order."""
        seen: QuerySet[Ticket] = tickets_for(actor)
        found = matching(seen, self.search) if self.search else seen.filter(self.chosen.where)
        return found.order_by(*self.chosen.order)


def inbox(actor: User, *, view: str = "", search: str = "", counts: bool = True) -> Inbox:
    """The views of `actor` with their counts: two queries, one of them for all counts. An unknown view is the first."""
    found = built_in(actor, timezone.now())
    numbers = _counts(actor, found) if counts else {}
    chosen = next((v for v in found if v.key == view), found[0])
    views = [
        View(
            key=v.key, label=v.label, where=v.where, empty=v.empty, order=v.order, counted=v.counted,
            count=numbers.get(v.key), active=not search and v.key == chosen.key,
            url="/console/?" + urlencode({"view": v.key}),
        )
        for v in found
    ]  # fmt: skip
    if search:
        return Inbox(views, View("search", _("Search"), Q(), _("Nothing matches your search.")), search)
    return Inbox(views, next(v for v in views if v.key == chosen.key), "")


def _counts(actor: User, views: list[View]) -> dict[str, int]:
    wanted = {f"n{i}": v for i, v in enumerate(views) if v.counted}
    sums = tickets_for(actor).open().aggregate(**{name: Count("pk", filter=v.where) for name, v in wanted.items()})
    return {v.key: sums[name] for name, v in wanted.items()}
