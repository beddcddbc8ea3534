"""Who has a chat: accepting, handing over, giving back, ending."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Forbidden, RuleViolation
from helpdesk.people.actors import CHAT, Actor, require_staff
from helpdesk.people.models import User
from helpdesk.realtime.emit import department_staff, emit
from helpdesk.realtime.emit import visitor as visitor_audience
from tickets import services as tickets
from tickets.access import get_ticket_for
from tickets.models import Event, Message, Ticket
from tickets.services.timeline import COUNTERS, append_event, audience, changed, lock

from .. import duty, rules
from ..access import get_chat_for
from ..events import Accepted, ChatAccepted, ChatEnded, ChatWaiting, Ended, Transferred
from ..models import Chat, Visitor
from . import unread
from .live import face, live_chat
from .queue import queue_changed


def _refusal(code: str) -> RuleViolation:
    words = {
        "chat_taken": _("A colleague took this chat a moment ago."),
        "chat_ended": _("This chat has ended."),
        "at_capacity": _("You have as many chats as you can take. End one first."),
        "not_online": _("Set yourself online first."),
    }
    return RuleViolation(code, words[code])


@transaction.atomic
def accept(*, actor: User, chat_id: int) -> Chat:
    """Take a waiting chat. Of any number who try at once, one wins; nobody gets more than their capacity.

    Locks: ticket, then the agent (their chats are counted under it), then the chat by a conditional update.
    Raises Http404, Forbidden, RuleViolation("chat_taken" | "chat_ended" | "at_capacity" | "not_online").
    """
    require_staff(actor)
    chat = get_chat_for(actor, chat_id)
    ticket = lock(chat.ticket_id)
    me = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    chat.refresh_from_db()
    if chat.state == Chat.State.ACTIVE and chat.agent_id == me.pk:
        return chat
    if chat.state != Chat.State.WAITING:
        raise _refusal("chat_taken" if chat.state == Chat.State.ACTIVE else "chat_ended")
    mine = ticket.assignee_id == me.pk
    if not (mine or duty.serves(me, chat.department_id)):
        raise Forbidden(_("You do not take chats of this department."))
    active = Chat.objects.filter(agent=me, state=Chat.State.ACTIVE).count()
    if code := rules.may_accept(status=me.status, active=active, capacity=me.chat_capacity, handed_to_me=mine):
        raise _refusal(code)
    if not _seat(chat, me, timezone.now()):
        raise _refusal("chat_taken")
    ticket = tickets.assign(actor=me, ticket=ticket, assignee=me, reason="chat_accepted")
    _record(Event.Kind.CHAT_ACCEPTED, me, ticket, chat)
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    return chat


def _seat(chat: Chat, user: User, now: dt.datetime) -> bool:
    """Give a waiting chat to `user` and tell both sides; False when somebody else was faster."""
    won = Chat.objects.filter(pk=chat.pk, state=Chat.State.WAITING).update(
        state=Chat.State.ACTIVE, agent=user, accepted_at=Coalesce(F("accepted_at"), now), agent_missing_since=None
    )
    if not won:
        return False
    chat.refresh_from_db()
    _tell_seated(chat, user)
    queue_changed(chat.department_id)
    return True


def _tell_seated(chat: Chat, user: User) -> None:
    number = chat.ticket.number
    emit(Accepted(agent=face(user)), to=visitor_audience(chat.visitor_id))
    told = audience(chat.ticket) | department_staff(chat.department_id)
    emit(ChatAccepted(chat=chat.pk, ticket=number, agent=user.pk), to=told)


def _record(kind: str, actor: Actor, ticket: Ticket, chat: Chat, **data: object) -> None:
    append_event(actor=actor, ticket=ticket, kind=kind, data={"chat": chat.pk, **data})


# --- ending -------------------------------------------------------------------------------------------


@transaction.atomic
def end(*, actor: User, number: int) -> Chat | None:
    """An agent ends the live session on a ticket they may see; None when there is none."""
    require_staff(actor)
    ticket = lock(get_ticket_for(actor, number))
    return _end_live(actor, ticket, Chat.EndReason.AGENT)


@transaction.atomic
def visitor_end(*, visitor: Visitor) -> Chat | None:
    """The visitor says goodbye. Their token lives on; a new word comes back to the same ticket."""
    live = Chat.objects.filter(visitor=visitor).exclude(state=Chat.State.ENDED).first()
    if live is None:
        return None
    ticket = lock(live.ticket_id)
    return _end_live(ticket.customer, ticket, Chat.EndReason.VISITOR)


@transaction.atomic
def leave(
    *, chat: Chat, reason: str, unless: dt.datetime | None = None, silent_since: dt.datetime | None = None
) -> bool:
    """The sweep ends a chat: the visitor left, nobody answered, or both were silent.

    `unless`: the `visitor_missing_since` on which the decision stands; another value now means that they are back.
    `silent_since`: the last word on which it stands; a later one means that they talk.
    """
    ticket = lock(chat.ticket_id)
    fresh = live_chat(ticket)
    if fresh is None or fresh.pk != chat.pk or (unless is not None and fresh.visitor_missing_since != unless):
        return False
    if silent_since is not None and last_word(fresh, ticket) != silent_since:
        return False
    return _end_live(CHAT, ticket, reason) is not None


def last_word(chat: Chat, ticket: Ticket) -> dt.datetime:
    """When somebody last spoke in the session, or took it."""
    return max(filter(None, (ticket.last_message_at, chat.accepted_at, chat.queued_at)))


def _end_live(actor: Actor, ticket: Ticket, reason: str) -> Chat | None:
    chat = live_chat(ticket)
    if chat is None or not finish(actor, ticket, chat, reason):
        return None
    ticket.save(update_fields=COUNTERS)
    changed(ticket)
    return chat


def finish(actor: Actor, ticket: Ticket, chat: Chat, reason: str) -> bool:
    """End `chat` on the locked `ticket` (the caller saves COUNTERS). False when it had ended already."""
    ended = (
        Chat.objects.filter(pk=chat.pk)
        .exclude(state=Chat.State.ENDED)
        .update(state=Chat.State.ENDED, ended_at=timezone.now(), end_reason=reason)
    )
    ticket._live_chat = None  # type: ignore[attr-defined]
    if not ended:
        return False
    if chat.visitor_missing_since is not None and reason != Chat.EndReason.VISITOR:
        unread.mail_locked(ticket, chat)
    _record(Event.Kind.CHAT_ENDED, actor, ticket, chat, reason=str(reason))
    emit(Ended(reason=str(reason)), to=visitor_audience(chat.visitor_id))
    emit(ChatEnded(chat=chat.pk, ticket=ticket.number, reason=str(reason)), to=audience(ticket))
    if chat.state == Chat.State.WAITING:
        queue_changed(chat.department_id)
    return True


# --- back in line -------------------------------------------------------------------------------------


@transaction.atomic
def give_back(*, chat: Chat, missing_since: dt.datetime) -> bool:
    """The agent's sockets are gone: the visitor waits again, ahead of those who came later."""
    ticket = lock(chat.ticket_id)
    mine = Chat.objects.filter(pk=chat.pk, state=Chat.State.ACTIVE, agent=chat.agent_id)
    if not _to_queue(mine.filter(agent_missing_since=missing_since), chat.department_id):
        return False
    if ticket.assignee_id == chat.agent_id and not ticket.is_done:
        ticket = tickets.assign(actor=CHAT, ticket=ticket, assignee=None, reason="agent_gone")
    _tell_waiting(chat, ticket)
    return True


def _to_queue(rows: QuerySet[Chat], department_id: int | None) -> bool:
    return bool(
        rows.update(
            state=Chat.State.WAITING, agent=None, agent_missing_since=None, department=department_id,
            requeues=F("requeues") + 1,
        )
    )  # fmt: skip


def _tell_waiting(chat: Chat, ticket: Ticket) -> None:
    emit(Transferred(agent=None), to=visitor_audience(chat.visitor_id))
    emit(ChatWaiting(chat=chat.pk, ticket=ticket.number), to=audience(ticket))
    queue_changed(ticket.department_id)
    if chat.department_id != ticket.department_id:
        queue_changed(chat.department_id)


# --- what tickets tell us -----------------------------------------------------------------------------


def ticket_handed_over(ticket: Ticket, event: Event) -> None:
    """The ticket moved (in its verb's transaction, under its lock): the live session follows it."""
    chat = live_chat(ticket)
    if chat is None:
        return
    row = Chat.objects.filter(pk=chat.pk)
    moved = chat.department_id != ticket.department_id
    if chat.state == Chat.State.WAITING:
        if moved:
            row.update(department=ticket.department_id)
            _tell_waiting(chat, ticket)
        return
    if chat.agent_id == ticket.assignee_id and event.kind == Event.Kind.FIELD_CHANGED:
        row.update(department=ticket.department_id)  # a first department: same agent, now under its roof
        return
    if (chat.agent_id == ticket.assignee_id and not moved) or event.rule:
        return  # a timer's escalation takes no present agent away from a visitor
    if ticket.assignee is None or moved:
        _to_queue(row, ticket.department_id)
        _tell_waiting(chat, ticket)
        return
    row.update(agent=ticket.assignee, agent_missing_since=None)
    emit(Transferred(agent=face(ticket.assignee)), to=visitor_audience(chat.visitor_id))
    emit(
        ChatAccepted(chat=chat.pk, ticket=ticket.number, agent=ticket.assignee.pk),
        to=audience(ticket) | department_staff(chat.department_id),
    )


def agent_answered(ticket: Ticket, message: Message) -> None:
    """An answer from elsewhere (inbox, API) to a waiting chat takes it: who answers has it."""
    chat = live_chat(ticket)
    if chat is None or chat.state != Chat.State.WAITING or message.user is None:
        return
    if _seat(chat, message.user, timezone.now()):
        _record(Event.Kind.CHAT_ACCEPTED, message.user, ticket, chat, by="answer")


def ticket_done(ticket: Ticket) -> None:
    """Solved or closed while live: the session ends with it."""
    chat = live_chat(ticket)
    if chat is not None:
        finish(CHAT, ticket, chat, Chat.EndReason.AGENT)
