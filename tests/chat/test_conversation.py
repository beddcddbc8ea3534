"""A conversation through real sockets: opened, accepted, led, left, taken up again; nothing lost or doubled."""

from __future__ import annotations

import threading

import redis
from django.conf import settings

from chat.models import Chat
from helpdesk.people.models import Customer, Identity
from tests.cast import Cast
from tickets import services as tickets
from tickets.models import Event, Message, Ticket

from .desk import Desk, uid, wait_until


def test_the_whole_path(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.agent(cast.ana) as agent, desk.visitor(token, name="Lucía", email="lucia@mail.example") as visitor:
        first = uid()
        visitor.say(type="send", id=first, text="Hola, no puedo entrar")
        ack = visitor.hear("ack", id=first)
        assert ack["seq"] == 1
        waiting = agent.hear("chat_waiting", ticket=ack["ticket"])
        own = [f for f in visitor.drain() if f["type"] in ("message", "queue")]
        assert {f["type"] for f in own} == {"message", "queue"}
        assert next(f for f in own if f["type"] == "message")["from"] == "visitor"
        assert next(f for f in own if f["type"] == "queue")["position"] == 1

        agent.say(type="accept", chat=waiting["chat"])
        accepted = agent.hear("chat_accepted", chat=waiting["chat"])
        assert accepted["agent"] == cast.ana.pk
        assert visitor.hear("accepted")["agent"]["name"] == cast.ana.name

        agent.say(type="typing", ticket=ack["ticket"])
        assert visitor.hear("typing")["name"] == cast.ana.name
        visitor.say(type="typing")
        agent.hear("typing", **{"from": "customer"})

        reply = uid()
        agent.say(type="send", ticket=ack["ticket"], id=reply, text="Hola, lo miro")
        assert agent.hear("ack", id=reply)["ticket"] == ack["ticket"]
        heard = visitor.hear("message", id=reply)
        assert (heard["from"], heard["seq"], heard["text"]) == ("agent", 2, "Hola, lo miro")

        visitor.say(type="end")
        assert visitor.hear("ended")["reason"] == "visitor"
        agent.hear("chat_ended", ticket=ack["ticket"])

    ticket = Ticket.objects.get(number=ack["ticket"])
    assert (ticket.channel, ticket.assignee, ticket.department) == ("chat", cast.ana, cast.support)
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert [k for k in kinds if k.startswith("chat")] == ["chat_started", "chat_accepted", "chat_ended"]
    assert Customer.objects.get(pk=ticket.customer_id).name == "Lucía"
    assert Identity.objects.get(customer=ticket.customer).verified_at is None

    # The token outlives the end; a new word comes back to the same ticket and waits again.
    with desk.visitor(token, after=2) as visitor:
        assert not [f for f in visitor.drain() if f["type"] == "message"]
        visitor.say(type="send", id=uid(), text="Una cosa más")
        again = visitor.hear("ack")
        assert (again["ticket"], again["seq"]) == (ack["ticket"], 3)
    assert ticket.chats.count() == 2
    assert ticket.chats.filter(state="waiting").count() == 1


def test_the_same_word_twice_is_stored_once(desk: Desk, cast: Cast) -> None:
    token, first, second = desk.token(), uid(), uid()
    with desk.visitor(token) as one, desk.visitor(token) as two:
        for word in (first, second):
            for line in (one, two):
                line.say(type="send", id=word, text="hello")
        acks = [line.hear("ack", id=word) for line in (one, two) for word in (first, second)]
    assert len({a["ticket"] for a in acks}) == 1
    assert Ticket.objects.filter(chats__visitor__sessions__isnull=False).distinct().count() == 1
    stored = Message.objects.filter(uid__in=[first, second])
    assert sorted(stored.values_list("public_seq", flat=True)) == [1, 2]


def test_a_resend_after_the_end_opens_nothing(desk: Desk, cast: Cast) -> None:
    word = uid()
    with desk.visitor() as visitor:
        visitor.say(type="send", id=word, text="hello")
        ack = visitor.hear("ack")
        visitor.say(type="end")
        visitor.hear("ended")
        visitor.say(type="send", id=word, text="hello")
        assert visitor.hear("ack", id=word) == ack
    assert Chat.objects.filter(ticket__number=ack["ticket"]).count() == 1


def test_resume_gives_exactly_what_is_lacked_and_notes_leave_no_gap(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.visitor(token) as visitor:
        visitor.say(type="send", id=uid(), text="one")
        ticket = Ticket.objects.get(number=visitor.hear("ack")["ticket"])
    for n in range(2, 6):
        tickets.note(actor=cast.ana, ticket=ticket, text=f"secret {n}")
        tickets.reply(actor=cast.ana, ticket=ticket, text=f"answer {n}")
    with desk.visitor(token, after=2) as visitor:
        seqs = [f["seq"] for f in visitor.drain() if f["type"] == "message"]
        assert seqs == [3, 4, 5]
        assert not [f for f in visitor.heard if "secret" in str(f)]
        visitor.heard.clear()
        visitor.say(type="sync", after=0)
        visitor.hear("message", seq=5)
        assert [f["seq"] for f in visitor.drain() if f["type"] == "message"] == [1, 2, 3, 4, 5]
    assert Event.objects.filter(ticket=ticket).exists()


def test_pages_of_a_long_conversation_join_without_seam(desk: Desk, cast: Cast) -> None:
    token = desk.token()
    with desk.visitor(token) as visitor:
        visitor.say(type="send", id=uid(), text="one")
        ticket = Ticket.objects.get(number=visitor.hear("ack")["ticket"])
    Message.objects.bulk_create(
        Message(
            ticket=ticket, seq=1000 + n, public_seq=n, author_kind="agent", channel="chat", body_text=str(n),
            author_name="Ana",
        )
        for n in range(2, 451)
    )  # fmt: skip
    Ticket.objects.filter(pk=ticket.pk).update(last_seq=2000, last_public_seq=450)
    with desk.visitor(token) as visitor:
        visitor.hear("message", seq=450)
        assert [f["seq"] for f in visitor.heard if f["type"] == "message"] == list(range(1, 451))


def test_a_closed_ticket_is_left_alone_and_a_new_one_opened(desk: Desk, cast: Cast) -> None:
    with desk.visitor() as visitor:
        visitor.say(type="send", id=uid(), text="one")
        number = visitor.hear("ack")["ticket"]
        ticket = Ticket.objects.get(number=number)
        tickets.solve(actor=cast.ana, ticket=ticket)
        assert visitor.hear("ended")["reason"] == "agent"
        tickets.set_status(actor=cast.ana, ticket=ticket, status="closed")
        visitor.say(type="send", id=uid(), text="two")
        ack = visitor.hear("ack")
    assert ack["ticket"] != number
    assert ack["seq"] == 1
    assert Ticket.objects.get(number=ack["ticket"]).related == ticket


def test_a_flush_of_valkey_in_mid_chat_loses_nothing(desk: Desk, cast: Cast) -> None:
    words = [uid() for _ in range(12)]
    with desk.agent(cast.ana), desk.visitor() as visitor:
        for n, word in enumerate(words):
            if n == 6:
                redis.Redis.from_url(settings.REDIS_URL).flushdb()
            visitor.say(type="send", id=word, text=f"word {n}")
        for word in words:
            visitor.hear("ack", id=word)
        visitor.heard.clear()
        visitor.say(type="sync", after=0)
        visitor.hear("message", seq=12)
    assert list(Message.objects.filter(uid__in=words).order_by("public_seq").values_list("public_seq", flat=True)) == [
        *range(1, 13)
    ]


def test_when_the_tab_is_closed_an_answer_is_for_the_post(desk: Desk, cast: Cast) -> None:
    from tickets.signals import delivers_live

    def live(ticket: Ticket) -> bool:
        return any(answer for _r, answer in delivers_live.send(sender=Ticket, ticket=ticket))

    with desk.agent(cast.ana) as agent:
        with desk.visitor() as visitor:
            visitor.say(type="send", id=uid(), text="one")
            number = visitor.hear("ack")["ticket"]
            agent.say(type="accept", chat=agent.hear("chat_waiting")["chat"])
            visitor.hear("accepted")
            assert live(Ticket.objects.get(number=number))
        wait_until(lambda: not live(Ticket.objects.get(number=number)))
    assert Chat.objects.get(ticket__number=number).state == "active"  # two minutes of grace


def test_words_by_mail_come_back_into_the_widget(desk: Desk, cast: Cast) -> None:
    with desk.visitor() as visitor:
        visitor.say(type="send", id=uid(), text="one")
        ticket = Ticket.objects.get(number=visitor.hear("ack")["ticket"])
        tickets.customer_message(actor=ticket.customer, ticket=ticket, text="by mail", channel="email")
        heard = visitor.hear("message", seq=2)
    assert (heard["from"], heard["text"]) == ("visitor", "by mail")


def test_an_agents_chats_do_not_wait_for_each_other(desk: Desk, cast: Cast) -> None:
    """While one ticket's row is locked, the answer on another goes through; order on each is kept."""
    from django.db import connection, transaction

    with desk.agent(cast.ana) as agent, desk.visitor() as one, desk.visitor() as two:
        numbers = []
        for line in (one, two):
            line.say(type="send", id=uid(), text="hello")
            numbers.append(line.hear("ack")["ticket"])
        locked, let_go = threading.Event(), threading.Event()

        def hold() -> None:
            with transaction.atomic():
                Ticket.objects.select_for_update().get(number=numbers[0])
                locked.set()
                let_go.wait(10)
            connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        locked.wait(5)
        slow = [uid() for _ in range(3)]
        for n, word in enumerate(slow):
            agent.say(type="send", ticket=numbers[0], id=word, text=str(n))
        fast = uid()
        agent.say(type="send", ticket=numbers[1], id=fast, text="at once")
        agent.hear("ack", id=fast)
        assert not [f for f in agent.heard if f["type"] == "ack" and f["id"] in slow]
        let_go.set()
        holder.join()
        for word in slow:
            agent.hear("ack", id=word)
        stored = Message.objects.filter(uid__in=slow).order_by("seq").values_list("body_text", flat=True)
        assert list(stored) == ["0", "1", "2"]
