"""What stands beside a conversation: who asks, what was promised, who is next; and what its verbs offer."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.people.models import LANGUAGES, Customer, Department, Membership, User
from knowledgebase.selectors import Hit, search

from .. import signals
from ..access import tickets_for
from ..models import Message, SlaClock, Ticket
from ..rules.status import ALLOWED, next_tier
from .chips import Chip, of_clock
from .event_words import REASONS
from .sla import METRIC_ORDER, latest_clocks

RELATED = 6
ARTICLES = 3
NAMES = 4  # of a tier's people are named, the rest are counted


@dataclass(frozen=True)
class Card:
    """The customer, as an agent needs to know them. `verified`: whether it is they who are talking here."""

    name: str
    email: str
    initials: str
    url: str
    verified: bool
    since: dt.datetime
    language_name: str
    local_time: dt.datetime | None
    organization: str
    contacts: list[dict[str, Any]]


@dataclass(frozen=True)
class Rung:
    """One tier of the department that has the ticket."""

    tier: int
    label: str
    who: str
    current: bool
    at: dt.datetime | None


@dataclass(frozen=True)
class Verb:
    key: str
    label: str
    hotkey: str = ""


@dataclass(frozen=True)
class Composer:
    """`to` says in words where an answer goes; `why_not` why none can be written."""

    to: str
    can_reply: bool
    why_not: str = ""
    max_chars: int = field(default_factory=lambda: settings.MAX_MESSAGE_CHARS)


def is_live(ticket: Ticket) -> bool:
    """Whether the customer reads along right now: the apps above know."""
    return any(answer for _receiver, answer in signals.delivers_live.send(sender=Ticket, ticket=ticket))


# --- beside the conversation --------------------------------------------------------------------------


def card(actor: User, ticket: Ticket) -> Card:
    """Three queries: who is talking, organization, last contact by channel."""
    customer = ticket.customer
    last = tickets_for(actor).filter(customer=customer).order_by().values("channel").annotate(at=Max("last_message_at"))
    try:
        local = timezone.now().astimezone(zoneinfo.ZoneInfo(customer.time_zone)) if customer.time_zone else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        local = None
    return Card(
        name=customer.display_name, email=customer.email, initials=customer.initials,
        url=f"/console/customers/{customer.uid}/",
        verified=_is_them(ticket), since=customer.created_at,
        language_name=str(dict(LANGUAGES).get(customer.language, "")), local_time=local,
        organization=customer.organization.name if customer.organization else "",
        contacts=[dict(row) for row in last if row["at"]],
    )  # fmt: skip


def _is_them(ticket: Ticket) -> bool:
    """Whether the customer's latest words on this ticket are proved to be theirs.

    Who once proved an address is not known by it wherever it is typed. Before any word: whether they ever did.
    """
    said = Message.objects.filter(ticket=ticket, customer=ticket.customer_id).order_by("-seq")
    latest = said.values_list("verified", flat=True).first()
    return _ever_proved(ticket.customer) if latest is None else latest


def _ever_proved(customer: Customer) -> bool:
    return customer.identities.filter(verified_at__isnull=False).exists()


def promises(ticket: Ticket) -> list[Chip]:
    """The clocks that promise something, the latest cycle of each; one query."""
    now = timezone.now()
    rows = latest_clocks().filter(ticket=ticket).select_related("version")
    promised = [c for c in rows if c.target_seconds is not None]
    promised.sort(key=lambda c: METRIC_ORDER[c.metric])
    return [of_clock(c, now, why=_why(c)) for c in promised]


def _why(clock: SlaClock) -> str:
    if clock.version is None or clock.target_seconds is None:
        return ""
    words = {"policy": clock.version.name, "time": span(clock.target_seconds)}
    if clock.business:
        return _("“%(policy)s” promises it within %(time)s of opening hours.") % words
    return _("“%(policy)s” promises it within %(time)s, day and night.") % words


def span(seconds: int) -> str:
    """Seconds in the unit that says it shortest: "30 minutes", "4 hours", "2 days"."""
    if seconds % 86400 == 0:
        return ngettext("%(n)s day", "%(n)s days", seconds // 86400) % {"n": seconds // 86400}
    if seconds % 3600 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    minutes = max(1, round(seconds / 60))
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def ladder(ticket: Ticket) -> list[Rung]:
    """The tiers of the ticket's department with their people; one query."""
    labels = {1: _("Front line"), 2: _("Specialists"), 3: _("Managers")}
    people: dict[int, list[str]] = {1: [], 2: [], 3: []}
    if ticket.department_id is not None:
        rows = Membership.objects.filter(department=ticket.department_id, user__is_active=True)
        for tier, name in rows.order_by("user__name").values_list("tier", "user__name"):
            people[tier].append(name)
    return [
        Rung(tier, labels[tier], _named(people[tier]), tier == ticket.tier,
             ticket.held_since if tier == ticket.tier else None)
        for tier in (1, 2, 3)
    ]  # fmt: skip


def _named(names: list[str]) -> str:
    rest = len(names) - NAMES
    shown = ", ".join(names[:NAMES])
    return shown if rest <= 0 else ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", rest) % {
        "names": shown, "n": rest,
    }  # fmt: skip


def related(actor: User, ticket: Ticket) -> list[dict[str, Any]]:
    """Other tickets of the customer that `actor` may know of, the latest first; one query."""
    rows = tickets_for(actor).filter(Q(customer=ticket.customer_id) | Q(pk=ticket.related_id)).exclude(pk=ticket.pk)
    return [
        {"number": t.number, "subject": t.subject, "status": t.status, "url": f"/console/tickets/{t.number}/"}
        for t in rows.order_by("-updated_at")[:RELATED]
    ]


def articles(actor: User, ticket: Ticket) -> list[Hit]:
    return search(ticket.subject, language=ticket.language or actor.language, actor=actor, limit=ARTICLES)


def fields(ticket: Ticket) -> list[dict[str, Any]]:
    return [{"label": str(k), "value": v} for k, v in ticket.custom_fields.items() if v not in (None, "")]


# --- what can be done ---------------------------------------------------------------------------------


def verbs(ticket: Ticket) -> list[Verb]:
    """What the rules would allow now, with the key that does it."""
    edit = Verb("edit", _("Edit details"), "d")
    if ticket.status == Ticket.Status.CLOSED:
        return []
    if ticket.is_done:
        return [Verb("reopen", _("Reopen"), "o"), edit]
    escalate = [Verb("escalate", _("Escalate"), "e")] if next_tier(ticket.tier) else []
    return [Verb("assign", _("Assign"), "a"), Verb("transfer", _("Transfer"), "t"), *escalate,
            Verb("solve", _("Solve"), "s"), edit]  # fmt: skip


def composer(ticket: Ticket, *, live: bool) -> Composer:
    name, address = ticket.customer.display_name, ticket.customer.email
    if ticket.status == Ticket.Status.CLOSED:
        why = _("This ticket is closed. Open a linked one instead.")
        return Composer(why, can_reply=False, why_not=why)
    if live:
        return Composer(_("To %(name)s, who is in the chat now") % {"name": name}, can_reply=True)
    if address:
        return Composer(_("By email to %(address)s") % {"address": address}, can_reply=True)
    return Composer(_("%(name)s left no address: they read it when they come back") % {"name": name}, can_reply=True)


def assignable(ticket: Ticket) -> QuerySet[User]:
    """Who may have the ticket: the department's people and supervisors."""
    active = User.objects.filter(is_active=True)
    if ticket.department_id is None:
        return active
    serving = Membership.objects.filter(department=ticket.department_id).values("user")
    return active.filter(Q(pk__in=serving) | Q(role__in=[User.Role.SUPERVISOR, User.Role.ADMIN]))


def dialogs(ticket: Ticket) -> dict[str, Any]:
    """What the dialogs of the verbs offer; two queries."""
    return {
        "agents": list(assignable(ticket)),
        "departments": list(Department.objects.filter(is_active=True)),
        "escalate_reasons": [{"key": key, "label": label} for key, label in REASONS.items()],
        "statuses": [(s, label) for s, label in Ticket.Status.choices
                     if s == ticket.status or s in ALLOWED[ticket.status]],
        "priorities": Ticket.Priority.choices,
    }  # fmt: skip


def pane(actor: User, ticket: Ticket) -> dict[str, Any]:
    """Everything that head, composer, dialogs and context of one ticket show: a fixed number of queries."""
    live, rungs = is_live(ticket), ladder(ticket)
    upper = next_tier(ticket.tier)
    return {
        "ticket": ticket,
        "department_name": ticket.department.name_in() if ticket.department else _("No department yet"),
        "live": live,
        "verbs": verbs(ticket),
        "composer": composer(ticket, live=live),
        "customer": card(actor, ticket),
        "clocks": promises(ticket),
        "ladder": rungs,
        "related": related(actor, ticket),
        "articles": articles(actor, ticket),
        "fields": fields(ticket),
        "next_tier": _next_words(rungs, upper) if upper else "",
        **dialogs(ticket),
    }


def _next_words(rungs: list[Rung], upper: int) -> str:
    rung = rungs[upper - 1]
    who = rung.who or _("nobody stands there yet")
    return _("Goes to tier %(tier)s, %(label)s: %(who)s.") % {"tier": upper, "label": rung.label, "who": who}
