"""The live part of a past chat: a visitor, a session, and its three entries on the timeline."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from chat.models import Chat, Visitor
from helpdesk.people.actors import CHAT, Actor
from helpdesk.people.models import User
from tickets.models import Event, Ticket
from tickets.services.timeline import COUNTERS, append_event, lock

PAGES = ("/widget/demo/", "/widget/demo/#lamps", "/widget/demo/#care")


class LiveChat:
    """A session that is over. Its row says so from the start, so that the live queue never sees it."""

    def __init__(self, ticket: Ticket, at: dt.datetime) -> None:
        self.agent: User | None = None
        customer = ticket.customer
        visitor = Visitor.objects.create(
            customer=customer, name=customer.name, email=customer.email, language=ticket.language,
            page=PAGES[ticket.number % len(PAGES)], last_seen_at=at,
        )  # fmt: skip
        Visitor.objects.filter(pk=visitor.pk).update(created_at=at)
        self.chat = Chat.objects.create(
            ticket=ticket, visitor=visitor, department=ticket.department, state=Chat.State.ENDED, requested_at=at,
            queued_at=at, ended_at=at, end_reason=Chat.EndReason.VISITOR,
        )  # fmt: skip
        self._record(CHAT, Event.Kind.CHAT_STARTED, at, page=visitor.page)

    def accept(self, agent: User, at: dt.datetime) -> None:
        """`agent` answers at `at`: the first one accepts the chat, a later one was handed it."""
        if self.agent is None:
            self.chat.accepted_at = at
            self._record(agent, Event.Kind.CHAT_ACCEPTED, at)
        if self.agent != agent:
            self.agent = self.chat.agent = agent
            self.chat.save(update_fields=["agent", "accepted_at"])

    def end(self, at: dt.datetime, reason: str) -> None:
        self.chat.ended_at, self.chat.end_reason = at, reason
        self.chat.save(update_fields=["ended_at", "end_reason"])
        Visitor.objects.filter(pk=self.chat.visitor_id).update(last_seen_at=at)
        actors: dict[str, Actor | None] = {"agent": self.agent, "visitor": self.chat.ticket.customer}
        self._record(actors.get(reason) or CHAT, Event.Kind.CHAT_ENDED, at, reason=reason)

    @transaction.atomic
    def _record(self, actor: Actor, kind: str, at: dt.datetime, **data: str) -> None:
        ticket = lock(self.chat.ticket_id)
        append_event(actor=actor, ticket=ticket, kind=kind, at=at, data={"chat": self.chat.pk, **data})
        ticket.save(update_fields=COUNTERS)
