"""A line that breaks without a goodbye: what was said into it goes by mail, and nothing else does."""

from __future__ import annotations

import datetime as dt
import socket
import uuid

import pytest
from django.utils import timezone

from chat import rules, services, tasks
from chat.models import Chat, Visitor
from helpdesk.outbox.models import OutboxMail
from helpdesk.people.models import User
from helpdesk.people.services import set_status
from helpdesk.realtime import presence
from tests.cast import Cast
from tickets import services as tickets

from .desk import Desk, uid, wait_until
from .test_routing import new_chat

pytestmark = pytest.mark.django_db(transaction=True)
LATER = dt.timedelta(seconds=1)


def taken(agent: User, email: str = "lost@mail.example") -> Chat:
    """A conversation with a visitor whose tab is open, as far as anybody knows."""
    set_status(actor=agent, user=agent, status="online")
    chat = services.accept(actor=agent, chat_id=new_chat().pk)
    services.claim(visitor=chat.visitor, email=email)
    presence.touch("visitor", chat.visitor_id, "tab")
    presence.touch("agent", agent.pk, "test")
    services.visitor_send(visitor=chat.visitor, uid=uuid.uuid4(), text="Are you there?")
    return chat


def answer(agent: User, chat: Chat, text: str) -> None:
    services.agent_send(actor=agent, number=chat.ticket.number, uid=uuid.uuid4(), text=text)


def mailed(chat: Chat) -> list[str]:
    rows = OutboxMail.objects.filter(order_key__startswith=f"ticket:{chat.ticket_id}:", kind="reply").order_by("id")
    return [next(word for word in ("first", "second", "third") if word in row.text) for row in rows]


def sweep_after(chat: Chat, *moments: dt.timedelta) -> None:
    """The visitor is missed now, and looked for again at `moments` from now."""
    now = timezone.now()
    for wait in (dt.timedelta(), *moments):
        tasks.sweep(now + wait)
        presence.touch("agent", chat.agent_id or 0, "test")


def test_an_answer_into_a_broken_line_is_mailed_when_nobody_comes_back(desk: Desk, cast: Cast) -> None:
    with desk.agent(cast.ana) as agent, desk.visitor(email="lost@mail.example") as visitor:
        visitor.say(type="send", id=uid(), text="hello")
        number = visitor.hear("ack")["ticket"]
        agent.say(type="accept", chat=agent.hear("chat_waiting")["chat"])
        visitor.hear("accepted")
        agent.say(type="send", ticket=number, id=uid(), text="the first answer")
        visitor.hear("message", text="the first answer")
        chat = Chat.objects.select_related("ticket").get(ticket__number=number)
        assert mailed(chat) == []
        visitor.ws.socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: not presence.present("visitor", chat.visitor_id))
        sweep_after(chat, rules.UNREAD_GRACE - LATER)
        assert mailed(chat) == []
        sweep_after(chat, rules.UNREAD_GRACE, rules.UNREAD_GRACE + LATER, rules.VISITOR_GRACE)
        assert mailed(chat) == ["first"]
    chat.refresh_from_db()
    assert (chat.state, chat.end_reason) == ("ended", "visitor_left")


def test_after_a_goodbye_only_what_was_said_later_is_mailed(cast: Cast) -> None:
    chat = taken(cast.ana)
    answer(cast.ana, chat, "first")
    services.visitor_disconnected(visitor_id=chat.visitor_id, socket="tab")
    answer(cast.ana, chat, "second")
    sweep_after(chat, rules.UNREAD_GRACE, rules.VISITOR_GRACE)
    assert mailed(chat) == ["second"]


def test_answers_before_the_visitors_own_last_word_were_read(cast: Cast) -> None:
    chat = taken(cast.ana)
    answer(cast.ana, chat, "first")
    services.visitor_send(visitor=chat.visitor, uid=uuid.uuid4(), text="Thanks, and then?")
    answer(cast.ana, chat, "second")
    presence.leave("visitor", chat.visitor_id, "tab")  # as it expires when their process died
    sweep_after(chat, rules.UNREAD_GRACE)
    answer(cast.ana, chat, "third")
    sweep_after(chat, rules.VISITOR_GRACE)
    assert mailed(chat) == ["second", "third"]


def test_a_long_silence_before_the_break_is_no_loss(cast: Cast) -> None:
    chat = taken(cast.ana)
    answer(cast.ana, chat, "first")
    chat.ticket.messages.filter(author_kind="agent").update(created_at=timezone.now() - rules.SILENT_LOSS - LATER)
    chat.ticket.messages.filter(author_kind="customer").update(created_at=timezone.now() - 3 * rules.SILENT_LOSS)
    Chat.objects.filter(pk=chat.pk).update(requested_at=timezone.now() - 3 * rules.SILENT_LOSS)
    Visitor.objects.filter(pk=chat.visitor_id).update(last_seen_at=timezone.now() - 3 * rules.SILENT_LOSS)
    services.visitor_disconnected(visitor_id=chat.visitor_id, socket="tab", lost=True)
    sweep_after(chat, rules.UNREAD_GRACE, rules.VISITOR_GRACE)
    assert mailed(chat) == []


def test_who_comes_back_is_not_mailed(cast: Cast) -> None:
    chat = taken(cast.ana)
    answer(cast.ana, chat, "first")
    services.visitor_disconnected(visitor_id=chat.visitor_id, socket="tab", lost=True)
    sweep_after(chat)
    services.visitor_connected(visitor_id=chat.visitor_id, socket="another")
    sweep_after(chat, rules.UNREAD_GRACE, rules.VISITOR_GRACE)
    assert mailed(chat) == []


@pytest.mark.parametrize("email", ["lost@mail.example", ""])
def test_a_session_that_the_agent_ended_before_the_loss_was_noticed(cast: Cast, email: str) -> None:
    chat = taken(cast.ana, email)
    answer(cast.ana, chat, "first")
    services.end(actor=cast.ana, number=chat.ticket.number)
    assert mailed(chat) == []
    services.visitor_disconnected(visitor_id=chat.visitor_id, socket="tab", lost=True)
    assert mailed(chat) == (["first"] if email else [])


def test_an_answer_that_solves_goes_out_once_with_what_was_missed(cast: Cast) -> None:
    chat = taken(cast.ana)
    answer(cast.ana, chat, "first")
    presence.leave("visitor", chat.visitor_id, "tab")
    sweep_after(chat)
    tickets.reply(actor=cast.ana, ticket=chat.ticket, text="second", then="solved")
    assert mailed(chat) == ["first", "second"]
