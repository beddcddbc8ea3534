"""Bad frames, foreign pages, foreign tickets: coded refusals on a socket that lives on."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.consumers import frames
from chat.consumers.frames import FrameError
from helpdesk.people.services import update_agent
from tests.cast import SETUP, Cast, open_ticket
from tickets.models import Message

from .desk import Desk, api_token, uid

GOOD = {"type": "send", "id": "6d1c5f3e-30a8-4b7e-9d5c-0f4a2f1b8a11", "text": "hi"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_json"),
        ("{", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ('{"type":"sync","after":NaN}', "bad_json"),
        ("[]", "bad_frame"),
        ('"send"', "bad_frame"),
        ("{}", "bad_frame"),
        ('{"type":7}', "bad_frame"),
        ('{"type":"SEND"}', "unknown_type"),
        (json.dumps({**GOOD, "admin": True}), "bad_fields"),
        (json.dumps({**GOOD, "id": "7"}), "bad_fields"),
        (json.dumps({**GOOD, "id": None}), "bad_fields"),
        (json.dumps({**GOOD, "text": ["hi"]}), "bad_fields"),
        (json.dumps({"type": "send", "text": "hi"}), "bad_fields"),
        ('{"type":"sync","after":-1}', "bad_fields"),
        ('{"type":"sync","after":true}', "bad_fields"),
        ('{"type":"sync","after":1e400}', "bad_fields"),
        ('{"type":"sync","after":99999999999999999999}', "bad_fields"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, code: str) -> None:
    with pytest.raises(FrameError) as refused:
        frames.parse(frames.WIDGET, text)
    assert refused.value.code == code
    assert code in frames.ERROR_CODES


def test_control_characters_are_gone_before_anything_sees_them() -> None:
    _name, fields = frames.parse(frames.WIDGET, json.dumps({**GOOD, "text": "a\x00b\u202ec\x1b[31m\ud800"}))
    assert fields["text"] == "abc[31m\ufffd"


def test_the_socket_lives_on_after_bad_frames_and_closes_after_many(desk: Desk, cast: Cast) -> None:
    with desk.visitor() as visitor:
        for raw, code in [
            ("{", "bad_json"),
            (b"\x00\x01", "bad_json"),
            ("x" * (settings.MAX_FRAME_BYTES + 1), "frame_too_large"),
            (json.dumps({**GOOD, "admin": 1}), "bad_fields"),
        ]:
            visitor.raw(raw)
            visitor.hear("error", code=code)
        assert visitor.heard[-1]["id"] == GOOD["id"]
        visitor.say(type="send", id=uid(), text="x" * (settings.MAX_MESSAGE_CHARS + 1))
        visitor.hear("error", code="too_long")
        visitor.say(type="send", id=uid(), text="still here")
        assert visitor.hear("ack")["seq"] == 1
        with suppress(ConnectionClosed):
            for _ in range(200):
                visitor.raw("{")
                visitor.hear("error")
        assert visitor.closed() == frames.CLOSE_ABUSE


def test_a_flood_is_refused_and_nothing_of_it_stored(desk: Desk, cast: Cast) -> None:
    with desk.visitor() as visitor:
        for n in range(40):
            visitor.say(type="send", id=uid(), text=str(n))
        answers: list[dict[str, Any]] = []
        while len(answers) < 40:
            frame = visitor.next()
            answers += [frame] if frame["type"] == "ack" or frame["type"] == "error" else []
        accepted = [f for f in answers if f["type"] == "ack"]
        assert all(f["code"] == "rate_limited" for f in answers if f["type"] == "error")
    assert settings.CHAT_BURST <= len(accepted) < 40
    assert Message.objects.filter(ticket__number=accepted[0]["ticket"]).count() == len(accepted)


def test_nothing_before_hello(desk: Desk, cast: Cast) -> None:
    with desk.line("/ws/widget/") as line:
        line.say(**GOOD)
        assert line.hear("error")["code"] == "hello_first"
        line.say(type="hello", token="hdw_no_such_token")
        assert line.hear("error")["code"] == "token_invalid"
        assert line.closed() == frames.CLOSE_SIGNED_OUT
    assert not Message.objects.exists()


@pytest.mark.parametrize("origin", ["https://evil.example", None, "null", "http://127.0.0.1.evil.example"])
def test_a_widget_socket_of_a_foreign_page_is_refused(desk: Desk, cast: Cast, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused, desk.line("/ws/widget/", origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_sites_that_may_embed_the_widget_may_open_its_socket(desk: Desk, cast: Cast) -> None:
    with desk.line("/ws/widget/", origin="https://shop.example") as line:
        line.say(type="hello", token=desk.token())
        line.hear("welcome")


@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example", None])
def test_a_cookie_from_a_foreign_page_opens_no_console(desk: Desk, cast: Cast, origin: str | None) -> None:
    client = Client()
    client.force_login(cast.ana, backend="django.contrib.auth.backends.ModelBackend")
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
    with pytest.raises(InvalidStatus), desk.line("/ws/console/", origin=origin, cookie=cookie):
        pass


def test_an_api_token_says_hello_without_an_origin(desk: Desk, cast: Cast) -> None:
    ticket = open_ticket(cast)
    with desk.line("/ws/console/", origin=None) as line:
        line.say(type="sync", ticket=ticket.number, after=0)
        assert line.hear("error")["code"] == "hello_first"
        line.say(type="hello", token=api_token(cast.ana, "read"))
        assert line.hear("welcome")["agent"]["id"] == cast.ana.pk
        line.say(type="sync", ticket=ticket.number, after=0)
        assert line.hear("message")["from"] == "customer"
        line.hear("ticket_changed")
        line.say(type="send", ticket=ticket.number, id=uid(), text="hi")
        assert line.hear("error")["code"] == "scope"
    assert ticket.messages.count() == 1


def test_a_dead_session_and_a_bad_token_are_shown_out(desk: Desk, cast: Cast) -> None:
    with desk.line("/ws/console/", cookie=f"{settings.SESSION_COOKIE_NAME}=nosuchsession") as line:
        assert line.closed() == frames.CLOSE_SIGNED_OUT
    with desk.line("/ws/console/", origin=None) as line:
        line.say(type="hello", token="hd_wrong")
        assert line.closed() == frames.CLOSE_SIGNED_OUT


def test_tickets_of_other_teams_are_not_there(desk: Desk, cast: Cast) -> None:
    foreign = open_ticket(cast, department=cast.billing)
    with desk.agent(cast.ana) as agent, desk.agent(cast.olga):
        for frame in (
            {"type": "send", "ticket": foreign.number, "id": uid(), "text": "hi"},
            {"type": "sync", "ticket": foreign.number, "after": 0},
            {"type": "typing", "ticket": foreign.number},
            {"type": "end", "ticket": foreign.number},
            {"type": "accept", "chat": 987654321},
            {"type": "sync", "ticket": 2**62, "after": 0},
        ):
            agent.say(**frame)
            assert agent.hear("error")["code"] == "not_found"
        assert not [f for f in agent.heard if f["type"] == "message"]
    assert foreign.messages.count() == 1


def test_what_is_taken_away_is_no_longer_heard(desk: Desk, cast: Cast) -> None:
    with desk.agent(cast.ana) as agent, desk.visitor() as visitor:
        visitor.say(type="send", id=uid(), text="one")
        number = visitor.hear("ack")["ticket"]
        agent.hear("chat_waiting", ticket=number)
        update_agent(actor=SETUP, user=cast.ana, memberships=[(cast.billing, 1)])
        # The socket has looked again when a ticket of the new team is heard.
        moved = open_ticket(cast, department=cast.billing)
        agent.say(type="sync", ticket=moved.number, after=0)
        agent.hear("ticket_changed", ticket=moved.number)
        agent.heard.clear()
        visitor.say(type="send", id=uid(), text="two")
        visitor.hear("ack")
        open_ticket(cast, department=cast.billing, text="a sign that all before it has passed")
        agent.hear("message", text="a sign that all before it has passed")
        assert not [f for f in agent.heard if f.get("ticket") == number]
        update_agent(actor=SETUP, user=cast.ana, is_active=False)
        assert agent.closed() == frames.CLOSE_SIGNED_OUT
