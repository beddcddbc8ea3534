"""What one word costs: the number of statements, BEGIN and COMMIT included, is a reviewed fact."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import services
from helpdesk.people.services import set_status
from helpdesk.realtime import presence
from tests.cast import Cast

from .test_routing import new_chat

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 8
MOST_ANSWER = 9  # one more: whether the visitor reads along is asked before the ticket is locked


def cost(verb: Callable[..., Any], **fields: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        verb(uid=uuid.uuid4(), text="hello", **fields)
    return [query["sql"] for query in captured.captured_queries]


def test_a_word_of_either_side_takes_few_statements(cast: Cast) -> None:
    set_status(actor=cast.ana, user=cast.ana, status="online")
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    presence.touch("visitor", chat.visitor_id, "tab")  # reading along, so no mail is written
    said = {"visitor": chat.visitor}
    answered = {"actor": cast.ana, "number": chat.ticket.number}
    cost(services.visitor_send, **said)  # a first word in a row moves clocks; those after it do not
    assert len(statements := cost(services.visitor_send, **said)) <= MOST, statements
    cost(services.agent_send, **answered)
    assert len(statements := cost(services.agent_send, **answered)) <= MOST_ANSWER, statements


def test_no_verb_waits_for_valkey_while_it_holds_a_lock(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def watched(kind: str, ids: Iterable[int]) -> set[int]:
        asked.append(connection.in_atomic_block)
        return set(ids)

    monkeypatch.setattr(presence, "present_among", watched)
    set_status(actor=cast.ana, user=cast.ana, status="online")
    chat = services.accept(actor=cast.ana, chat_id=new_chat().pk)
    services.agent_send(actor=cast.ana, number=chat.ticket.number, uid=uuid.uuid4(), text="hello")
    services.leave_request(name="N", email="n@mail.example", subject="", text="later")
    assert asked
    assert not any(asked)
