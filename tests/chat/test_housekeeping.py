"""The beat's part and races with it: what nobody can use any more goes, what somebody said stays."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from chat import services, tasks
from chat.models import Chat, Visitor, WidgetRequest, WidgetSession
from chat.services import talk
from tests.cast import Cast
from tickets import services as tickets
from tickets import tasks as ticket_tasks
from tickets.models import PortalLink

from .test_routing import new_chat

pytestmark = pytest.mark.django_db


def test_old_tokens_and_silent_visitors_go_and_talkers_stay(cast: Cast) -> None:
    old = timezone.now() - tasks.KEEP_TOKENS - dt.timedelta(days=1)
    talker = new_chat().visitor
    silent, here = (services.start_session()[0].visitor for _ in range(2))
    services.leave_request(name="N", email="n@mail.example", subject="", text="later", key=uuid.uuid4())
    WidgetSession.objects.filter(visitor__in=[talker, silent]).update(expires_at=old)
    Visitor.objects.filter(pk__in=[talker.pk, silent.pk]).update(last_seen_at=old)
    WidgetRequest.objects.update(created_at=old)
    assert tasks.tidy() >= 4
    assert tasks.tidy() == 0
    assert set(Visitor.objects.filter(pk__in=[talker.pk, silent.pk, here.pk])) == {talker, here}
    assert Chat.objects.filter(visitor=talker).exists()
    assert WidgetSession.objects.filter(visitor=here).exists()
    assert not WidgetRequest.objects.exists()


def test_links_into_the_portal_go_after_a_week() -> None:
    now = timezone.now()
    for n, end in enumerate((now, now - dt.timedelta(days=8))):
        PortalLink.objects.create(email="l@mail.example", token_hash=f"{n}{uuid.uuid4().hex}", expires_at=end)
    assert ticket_tasks.tidy() == 1
    assert PortalLink.objects.get(email="l@mail.example").expires_at == now


def test_a_chat_in_which_somebody_spoke_meanwhile_is_not_ended_as_silent(cast: Cast) -> None:
    chat = new_chat()
    seen = Chat.objects.select_related("ticket").get(pk=chat.pk)  # as the sweep read it
    before = services.handling.last_word(seen, seen.ticket)
    services.visitor_send(visitor=chat.visitor, uid=uuid.uuid4(), text="still here")
    assert services.leave(chat=seen, reason="idle", silent_since=before) is False
    chat.refresh_from_db()
    assert chat.state == "waiting"


def test_a_word_on_its_way_while_the_ticket_is_closed_opens_the_next_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = new_chat()
    looked = [chat]  # as it was when we looked, just before a colleague closed it
    for status in ("solved", "closed"):
        tickets.set_status(actor=cast.sara, ticket=chat.ticket, status=status)
    now = talk._live_of
    monkeypatch.setattr(talk, "_live_of", lambda visitor: looked.pop() if looked else now(visitor))
    said = services.visitor_send(visitor=chat.visitor, uid=uuid.uuid4(), text="one more thing")
    assert said.opened
    assert said.ticket_id != chat.ticket_id
