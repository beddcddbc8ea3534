"""Tickets as lists show them: every related row in a fixed number of queries, however many tickets."""

from __future__ import annotations

from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When

from helpdesk.people.actors import Actor

from ..access import tickets_for
from ..models import Participant, Ticket
from .sla import with_clocks

# From the most urgent on, as people sort: the words themselves would sort by alphabet.
RANKS = {"low": 1, "normal": 2, "high": 3, "urgent": 4}


def with_related(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """`tickets` with customer, participants and clocks at hand (two queries more, for any number of rows)."""
    return tickets.select_related("customer", "department", "assignee").prefetch_related(
        Prefetch("participants", queryset=Participant.objects.order_by("id")),
        with_clocks(),
    )


def ticket_list(actor: Actor) -> QuerySet[Ticket]:
    """What `actor` may know of, ready to be filtered, ordered (also by `priority_rank`) and shown."""
    rank = Case(*(When(priority=name, then=Value(rank)) for name, rank in RANKS.items()), output_field=IntegerField())
    return with_related(tickets_for(actor)).annotate(priority_rank=rank)
