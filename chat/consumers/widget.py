"""The visitors' socket: `/ws/widget/`. Frames are documented in docs/events.md."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from helpdesk.lib.errors import Invalid, RuleViolation
from helpdesk.realtime import limits
from helpdesk.realtime.emit import visitor as visitor_audience

from .. import rules, selectors, services
from ..events import Accepted, Resync, Token
from ..models import Chat, Visitor, WidgetSession
from ..services.live import face, message_frame
from ..services.queue import position_of, queued_event
from ..services.sessions import still_valid
from . import frames
from .base import FrameSocket
from .frames import FrameError

REFUSED_AT_THE_DOOR = frozenset({"token_invalid", "token_expired", "session_of_another"})


@dataclass(slots=True)
class Greeting:
    """What hello found out, on a thread."""

    session: WidgetSession
    visitor: Visitor
    notices: list[str] = field(default_factory=list)  # error codes that do not keep the visitor out
    renewed: Token | None = None


def greet(given: dict[str, Any]) -> Greeting:
    """Authenticate, note the claims, check a signed identity, renew a token past half its life."""
    session = services.authenticate(given["token"])
    found = Greeting(session=session, visitor=session.visitor)
    claims = {k: given.get(k) for k in ("name", "email", "page", "language")}
    try:
        found.visitor = services.claim(visitor=found.visitor, **claims)
    except Invalid:
        found.notices.append("email_invalid")
        found.visitor = services.claim(visitor=found.visitor, **(claims | {"email": None}))
    if given.get("identity"):
        try:
            found.visitor = services.identify(visitor=found.visitor, token=given["identity"])
        except RuleViolation as refusal:
            if refusal.code != "identity_invalid":
                raise
            found.notices.append(refusal.code)
    found.renewed, found.session = renew_if_due(session)
    return found


def renew_if_due(session: WidgetSession) -> tuple[Token | None, WidgetSession]:
    if not rules.renew_due(session.created_at, session.expires_at, timezone.now()):
        return None, session
    made = services.renew(session=session)
    if made is None:
        return None, session
    fresh, token = made
    return Token(token=token, expires_at=fresh.expires_at.isoformat()), fresh


def live_frame(chat: Chat | None) -> dict[str, Any] | None:
    """How a live session stands: the agent who is there, or the place in line."""
    if chat is None:
        return None
    if chat.state == Chat.State.ACTIVE and chat.agent is not None:
        return Accepted(agent=face(chat.agent)).payload()
    return queued_event(chat.department_id, position_of(chat)).payload()


class WidgetSocket(FrameSocket):
    table = frames.WIDGET
    surface = "widget"
    FRAMES = (20, 80)

    session: WidgetSession
    visitor: Visitor
    ticket: int | None = None  # number of the ticket whose seq is counted
    last_seq = 0

    def lane_of(self, name: str, fields: dict[str, Any]) -> Hashable:
        return name if name == "typing" else "words"

    async def on_hello(self, **given: Any) -> None:
        """1. who is it 2. join 3. read what they lack 4. tell, then let go of what came meanwhile."""
        try:
            greeting = await self.db(greet, given)
        except RuleViolation as refusal:
            if refusal.code in REFUSED_AT_THE_DOOR:
                await self.fail(refusal.code)
                await self.shut(frames.CLOSE_SIGNED_OUT)
                return
            raise
        if self.welcomed and greeting.visitor.pk != self.visitor.pk:
            raise FrameError("hello_again")
        self.session, self.visitor = greeting.session, greeting.visitor
        self.language = self.visitor.language or self.language
        self.held = [] if self.held is None else self.held
        try:
            await self._welcome(greeting, given.get("after", 0))
        finally:
            await self.release()

    async def _welcome(self, greeting: Greeting, after: int) -> None:
        await self.join(visitor_audience(self.visitor.pk).groups - self.joined)
        await self.db(self._here)
        status, talk, standing = await self.db(self._standing)
        self.ticket, self.last_seq = talk.number, talk.last_seq
        await self.put({"type": "welcome", "seq": talk.last_seq, "ticket": talk.number, "status": status})
        if not self.welcomed:
            self.welcomed = True
            self.start_beat()
        for code in greeting.notices:
            await self.fail(code, bad=False)
        if greeting.renewed is not None:
            await self.put(greeting.renewed.payload())
        # A count beyond ours is of another ticket (an earlier one, closed since): all of this one is new.
        await self._send_after(talk, after if after <= talk.last_seq else 0)
        if standing is not None:
            await self.put(standing)

    def _standing(self) -> tuple[dict[str, Any], selectors.Conversation, dict[str, Any] | None]:
        talk = selectors.conversation_of(self.visitor.pk)
        return selectors.status(), talk, live_frame(talk.chat)

    async def _send_after(self, talk: selectors.Conversation, after: int) -> None:
        """All public entries after `after`, a page at a time."""
        while talk.ticket_id is not None and talk.number is not None:
            page = await self.db(selectors.public_entries, talk.ticket_id, after)
            for message, attachments in page:
                await self.deliver(message_frame(message, talk.number, attachments).payload())
            if len(page) < selectors.PAGE:
                return
            after = page[-1][0].public_seq

    def _hello_first(self) -> None:
        if not self.welcomed:
            raise FrameError("hello_first")

    async def on_send(self, id: uuid.UUID, text: str) -> None:
        self._hello_first()
        said = await self.db(self._store, id, text)
        await self.put({"type": "ack", "id": str(id), "seq": said.seq, "ticket": said.ticket})

    def _store(self, uid: uuid.UUID, text: str) -> Any:
        check_flood(self.visitor.pk)
        return services.visitor_send(visitor=self.visitor, uid=uid, text=text)

    async def on_sync(self, after: int) -> None:
        self._hello_first()
        talk = await self.db(selectors.conversation_of, self.visitor.pk)
        await self._send_after(talk, after)

    async def on_typing(self) -> None:
        self._hello_first()
        await self.db(services.visitor_typing, visitor=self.visitor)

    async def on_end(self) -> None:
        self._hello_first()
        if await self.db(services.visitor_end, visitor=self.visitor) is None:
            raise FrameError("no_chat")

    # --- the beat ---

    def seen(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "message":
            return
        if frame["ticket"] != self.ticket:
            self.ticket, self.last_seq = frame["ticket"], 0
        self.last_seq = max(self.last_seq, frame["seq"])

    async def beat(self, check: bool) -> None:
        valid, talk, renewed = await self.db(self._check, check)
        if not valid:
            await self.fail("token_expired")
            await self.shut(frames.CLOSE_SIGNED_OUT)
            return
        if renewed is not None:
            await self.put(renewed.payload())
        if talk is not None and talk.number == self.ticket and talk.last_seq > self.last_seq:
            await self.put(Resync().payload())  # a hint was lost, and no later one told of it

    def _check(self, check: bool) -> tuple[bool, selectors.Conversation | None, Token | None]:
        self._here()
        renewed, self.session = renew_if_due(self.session)
        if not check:
            return True, None, renewed
        return still_valid(self.visitor.pk), selectors.conversation_of(self.visitor.pk), renewed

    async def gone(self) -> None:
        if self.welcomed:
            await self.db(self._not_here)

    def _here(self) -> None:
        services.visitor_connected(visitor_id=self.visitor.pk, socket=self.channel_name)
        if self.closed:  # while we were at it: what `gone` took back must not stay behind
            self._not_here()

    def _not_here(self) -> None:
        services.visitor_disconnected(visitor_id=self.visitor.pk, socket=self.channel_name, lost=self.lost)


def check_flood(visitor_id: int) -> None:
    """FrameError("rate_limited") over CHAT_MESSAGES_PER_SECOND; counted for all tabs of the visitor together."""
    wait = limits.wait_for(
        f"visitor:{visitor_id}", per_second=settings.CHAT_MESSAGES_PER_SECOND, burst=settings.CHAT_BURST
    )
    if wait:
        raise FrameError("rate_limited")
