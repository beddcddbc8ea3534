"""Hints through Valkey: what is published arrives through the installed channel layer; limits and presence hold."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from helpdesk.realtime import limits, presence
from helpdesk.realtime.emit import VOCABULARY, Audience, RealtimeEvent, agent, emit
from tickets.events import TicketChanged


@pytest.mark.django_db(transaction=True)
def test_what_emit_publishes_arrives_through_the_channel_layer() -> None:
    user = uuid.uuid4().int % 10**9

    async def listen() -> dict[str, object]:
        from asgiref.sync import sync_to_async

        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(f"agent.{user}", channel)
        await sync_to_async(emit)(TicketChanged(ticket=7, seq=3), to=agent(user))
        return await layer.receive(channel)

    received = async_to_sync(listen)()
    assert received["via"] == f"agent.{user}"
    assert received["items"] == [
        {
            "surface": "console",
            "frame": {"type": "ticket_changed", "ticket": 7, "seq": 3},
            "to": [f"agent.{user}"],
        }
    ]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_tells_each_group_in_one_message_and_a_lost_savepoint_tells_nothing() -> None:
    heard: list[Any] = []
    listener = redis.Redis.from_url(settings.REDIS_URL).pubsub()
    group = f"agent.{uuid.uuid4().int % 10**9}"
    listener.subscribe(**{f"{settings.CHANNEL_PREFIX}__group__{group}": heard.append})
    listener.get_message(timeout=2)
    to = Audience(frozenset({group}))

    class Boom(Exception):
        pass

    def lost() -> None:
        with transaction.atomic():
            emit(TicketChanged(ticket=1, seq=9), to=to)
            raise Boom

    with transaction.atomic():
        emit(TicketChanged(ticket=1, seq=1), to=to)
        with pytest.raises(Boom):
            lost()
        emit(TicketChanged(ticket=1, seq=2), to=to)
    emit(TicketChanged(ticket=1, seq=3), to=to)
    for _ in range(2):
        listener.get_message(timeout=5)
    listener.close()
    told = [get_channel_layer().deserialize(message["data"]) for message in heard]
    assert [[item["frame"]["seq"] for item in message["items"]] for message in told] == [[1, 2], [3]]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_of_a_transaction_that_fails() -> None:
    heard: list[object] = []
    listener = redis.Redis.from_url(settings.REDIS_URL).pubsub()  # bytes: the layer's serializer is binary
    name = f"{settings.CHANNEL_PREFIX}__group__rolled-back"
    listener.subscribe(**{name: heard.append})
    listener.get_message(timeout=2)

    class Boom(Exception):
        pass

    def failing() -> None:
        with transaction.atomic():
            emit(TicketChanged(ticket=1, seq=1), to=Audience(frozenset({"rolled-back"})))
            raise Boom

    with pytest.raises(Boom):
        failing()
    emit(TicketChanged(ticket=2, seq=2), to=Audience(frozenset({"rolled-back"})))
    listener.get_message(timeout=5)
    listener.close()
    assert len(heard) == 1


def test_unknown_and_missing_fields_are_refused() -> None:
    assert TicketChanged.parse({"type": "ticket_changed", "ticket": 1, "seq": 2}).seq == 2
    for frame in ({"ticket": 1}, {"ticket": 1, "seq": 2, "admin": True}):
        with pytest.raises(ValueError, match=r"ticket_changed|seq"):
            TicketChanged.parse(frame)


def test_two_events_cannot_share_a_type() -> None:
    with pytest.raises(TypeError):

        @dataclass(frozen=True, kw_only=True)
        class Impostor(RealtimeEvent):
            type = "ticket_changed"

    assert VOCABULARY["console", "ticket_changed"] is TicketChanged


def test_a_limit_holds_when_everybody_asks_at_once() -> None:
    key, allowed = uuid.uuid4().hex, []
    start = threading.Barrier(20)

    def ask() -> None:
        start.wait(timeout=10)
        if not limits.wait_for(key, per_second=0.01, burst=5):
            allowed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(allowed) == 5


def test_a_limit_says_how_long_and_lets_through_again_in_time() -> None:
    key = uuid.uuid4().hex
    assert limits.wait_for(key, per_second=2, burst=1, now=1000.0) == 0
    assert limits.wait_for(key, per_second=2, burst=1, now=1000.1) == pytest.approx(0.4, abs=0.01)
    assert limits.wait_for(key, per_second=2, burst=1, now=1000.6) == 0


def test_presence_counts_sockets_and_ends_with_the_last() -> None:
    who = uuid.uuid4().int % 10**9
    presence.touch("agent", who, "one")
    presence.touch("agent", who, "two")
    presence.leave("agent", who, "one")
    assert presence.present_among("agent", [who, who + 1]) == {who}
    presence.leave("agent", who, "two")
    assert not presence.present("agent", who)
