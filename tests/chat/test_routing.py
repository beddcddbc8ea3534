"""Who gets a chat: one winner, never more than one can carry; back in line when somebody goes."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from chat import services, tasks
from chat.models import Chat
from chat.selectors import live_counts, my_chats, waiting_chats
from helpdesk.lib.errors import RuleViolation
from helpdesk.people.models import User
from helpdesk.people.services import set_status, update_agent
from helpdesk.realtime import presence
from tests.cast import SETUP, Cast
from tickets import services as tickets
from tickets.models import Event, Ticket

from .desk import Desk, uid

pytestmark = pytest.mark.django_db(transaction=True)


def new_chat(text: str = "hello") -> Chat:
    session, _token = services.start_session(language="en")
    import uuid

    said = services.visitor_send(visitor=session.visitor, uid=uuid.uuid4(), text=text)
    return Chat.objects.get(ticket__number=said.ticket)


def online(*people: User) -> None:
    for person in people:
        set_status(actor=person, user=person, status="online")
        presence.touch("agent", person.pk, "test")


def race(attempts: list[tuple[User, Chat]]) -> list[str]:
    """All at once; for each "won" or the code of the refusal."""
    results: list[str] = []
    gate = threading.Barrier(len(attempts))

    def attempt(user: User, chat: Chat) -> None:
        gate.wait()
        try:
            services.accept(actor=user, chat_id=chat.pk)
            results.append("won")
        except RuleViolation as refusal:
            results.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=pair) for pair in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_thirty_races_have_thirty_winners(cast: Cast) -> None:
    people = [cast.ana, cast.bruno, cast.carmen]
    online(*people)
    User.objects.filter(pk__in=[p.pk for p in people]).update(chat_capacity=50)
    for _ in range(30):
        chat = new_chat()
        results = race([(person, chat) for person in people])
        assert sorted(results) == ["chat_taken", "chat_taken", "won"]
        chat.refresh_from_db()
        assert chat.ticket.assignee == chat.agent
        assert chat.ticket.events.filter(kind=Event.Kind.CHAT_ACCEPTED).count() == 1


def test_capacity_holds_however_many_are_accepted_at_once(cast: Cast) -> None:
    online(cast.ana)
    User.objects.filter(pk=cast.ana.pk).update(chat_capacity=3)
    chats = [new_chat(str(n)) for n in range(8)]
    results = race([(cast.ana, chat) for chat in chats])
    assert sorted(results) == ["at_capacity"] * 5 + ["won"] * 3
    assert Chat.objects.filter(agent=cast.ana, state="active").count() == 3
    assert Ticket.objects.filter(assignee=cast.ana).count() == 3


@pytest.mark.parametrize(
    ("status", "code"), [("offline", "not_online"), ("away", "not_online"), ("transfers_only", "not_online")]
)
def test_who_is_not_online_takes_none(cast: Cast, status: str, code: str) -> None:
    set_status(actor=cast.ana, user=cast.ana, status=status)
    chat = new_chat()
    with pytest.raises(RuleViolation) as refused:
        services.accept(actor=cast.ana, chat_id=chat.pk)
    assert refused.value.code == code
    chat.refresh_from_db()
    assert (chat.state, chat.agent, chat.ticket.assignee) == ("waiting", None, None)


def test_a_chat_that_ended_is_not_taken(cast: Cast) -> None:
    online(cast.ana)
    chat = new_chat()
    services.visitor_end(visitor=chat.visitor)
    with pytest.raises(RuleViolation) as refused:
        services.accept(actor=cast.ana, chat_id=chat.pk)
    assert refused.value.code == "chat_ended"


def test_going_offline_keeps_the_chats_one_has(cast: Cast) -> None:
    online(cast.ana)
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    services.set_status(actor=cast.ana, user=cast.ana, status="offline")
    chat.refresh_from_db()
    assert (chat.state, chat.agent) == ("active", cast.ana)


def test_an_agent_who_is_gone_gives_chats_back_in_their_place(cast: Cast) -> None:
    online(cast.ana)
    first, later = new_chat("first"), new_chat("later")
    services.accept(actor=cast.ana, chat_id=first.pk)
    for chat in (first, later):
        presence.touch("visitor", chat.visitor_id, "tab")
    presence.leave("agent", cast.ana.pk, "test")
    now = timezone.now()
    tasks.sweep(now)
    tasks.sweep(now + dt.timedelta(seconds=59))
    assert Chat.objects.get(pk=first.pk).state == "active"
    tasks.sweep(now + dt.timedelta(seconds=61))
    tasks.sweep(now + dt.timedelta(seconds=62))  # again: nothing more happens
    back = Chat.objects.get(pk=first.pk)
    assert (back.state, back.agent, back.requeues, back.ticket.assignee) == ("waiting", None, 1, None)
    assert [w["chat_id"] for w in waiting_chats(cast.bruno)] == [first.pk, later.pk]


def test_an_agent_who_comes_back_in_time_keeps_them(cast: Cast) -> None:
    online(cast.ana)
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    presence.touch("visitor", chat.visitor_id, "tab")
    presence.leave("agent", cast.ana.pk, "test")
    now = timezone.now()
    tasks.sweep(now)
    presence.touch("agent", cast.ana.pk, "test")
    tasks.sweep(now + dt.timedelta(seconds=61))
    chat.refresh_from_db()
    assert (chat.state, chat.agent_missing_since) == ("active", None)


@pytest.mark.parametrize(("accepted", "reason"), [(True, "visitor_left"), (False, "missed")])
def test_a_visitor_who_left_ends_the_chat_once(cast: Cast, accepted: bool, reason: str) -> None:
    online(cast.ana)
    chat = new_chat()
    if accepted:
        services.accept(actor=cast.ana, chat_id=chat.pk)
    now = timezone.now()
    tasks.sweep(now)
    tasks.sweep(now + dt.timedelta(seconds=119))
    assert Chat.objects.get(pk=chat.pk).state != "ended"
    for seconds in (121, 122):
        tasks.sweep(now + dt.timedelta(seconds=seconds))
    chat.refresh_from_db()
    assert (chat.state, chat.end_reason) == ("ended", reason)
    assert chat.ticket.events.filter(kind=Event.Kind.CHAT_ENDED).count() == 1
    assert chat.ticket.status != "closed"


def test_silence_ends_a_chat(cast: Cast) -> None:
    online(cast.ana)
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    presence.touch("visitor", chat.visitor_id, "tab")
    tasks.sweep(timezone.now() + dt.timedelta(seconds=3599))
    assert Chat.objects.get(pk=chat.pk).state == "active"
    tasks.sweep(timezone.now() + dt.timedelta(seconds=3601))
    assert Chat.objects.get(pk=chat.pk).end_reason == "idle"


def test_a_transfer_to_another_team_queues_the_visitor_there(cast: Cast) -> None:
    online(cast.ana, cast.olga)
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    queued_at = chat.queued_at
    tickets.transfer(actor=cast.ana, ticket=chat.ticket, department=cast.billing, reason="an invoice", brief="see it")
    chat.refresh_from_db()
    assert (chat.state, chat.agent, chat.department, chat.queued_at) == ("waiting", None, cast.billing, queued_at)
    assert services.accept(actor=cast.olga, chat_id=chat.pk).agent == cast.olga


def test_a_transfer_to_a_colleague_moves_the_live_chat(desk: Desk, cast: Cast) -> None:
    online(cast.bruno)
    with desk.agent(cast.ana) as agent, desk.visitor() as visitor:
        visitor.say(type="send", id=uid(), text="hello")
        agent.say(type="accept", chat=agent.hear("chat_waiting")["chat"])
        visitor.hear("accepted")
        ticket = Ticket.objects.get(chats__state="active")
        tickets.transfer(actor=cast.ana, ticket=ticket, assignee=cast.bruno, reason="knows more", brief="see it")
        assert visitor.hear("transferred")["agent"]["name"] == cast.bruno.name
    assert ticket.chats.get().agent == cast.bruno


def test_an_answer_from_the_inbox_takes_a_waiting_chat(desk: Desk, cast: Cast) -> None:
    with desk.visitor() as visitor:
        visitor.say(type="send", id=uid(), text="hello")
        ticket = Ticket.objects.get(number=visitor.hear("ack")["ticket"])
        tickets.reply(actor=cast.bruno, ticket=ticket, text="from the inbox")
        assert visitor.hear("accepted")["agent"]["name"] == cast.bruno.name
    chat = ticket.chats.get()
    assert (chat.state, chat.agent) == ("active", cast.bruno)
    ticket.refresh_from_db()
    seqs = sorted([*ticket.messages.values_list("seq", flat=True), *ticket.events.values_list("seq", flat=True)])
    assert seqs == list(range(1, ticket.last_seq + 1))


def test_positions_move_up(desk: Desk, cast: Cast) -> None:
    with desk.agent(cast.ana) as agent, desk.visitor() as one, desk.visitor() as two:
        one.say(type="send", id=uid(), text="first")
        first = agent.hear("chat_waiting")["chat"]
        two.say(type="send", id=uid(), text="second")
        assert two.hear("queue")["position"] == 2
        agent.say(type="accept", chat=first)
        two.hear("queue", position=1)


def test_the_tray_and_the_counts(cast: Cast) -> None:
    online(cast.ana)
    waiting, mine = new_chat("waiting words"), services.accept(actor=cast.ana, chat_id=new_chat("my words").pk)
    rows = waiting_chats(cast.ana)
    assert [(r["chat_id"], r["text"]) for r in rows] == [(waiting.pk, "waiting words")]
    assert [r["chat_id"] for r in my_chats(cast.ana)] == [mine.pk]
    assert waiting_chats(cast.olga) == []
    counts = live_counts(cast.sara)
    assert (counts["queue"], counts["active"], counts["agents_online"]) == (1, 1, 1)
    update_agent(actor=SETUP, user=cast.ana, is_active=False)
    assert waiting_chats(User.objects.get(pk=cast.ana.pk)) == []
