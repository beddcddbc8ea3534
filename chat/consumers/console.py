"""The colleagues' socket: `/ws/console/`. Frames are documented in docs/events.md."""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from typing import Any

from helpdesk.people.events import RightsChanged
from helpdesk.people.models import User
from tickets.access import get_ticket_for
from tickets.events import MessageAdded, TicketChanged
from tickets.models import Message, Ticket

from .. import selectors, services
from . import frames, rights
from .base import FrameSocket
from .frames import FrameError
from .rights import Rights


class ConsoleSocket(FrameSocket):
    """Signed in by the session cookie of our own pages, else by hello with an API token."""

    table = frames.CONSOLE
    surface = "console"

    rights: Rights | None = None

    def lane_of(self, name: str, fields: dict[str, Any]) -> Hashable:
        """One lane a ticket: an agent's many chats do not wait for each other. Typing never waits for words."""
        if name == "typing":
            return (name, fields["ticket"])
        return fields.get("ticket") or (name, fields.get("chat"))

    # --- coming in ---

    async def connect(self) -> None:
        await super().connect()
        key = rights.session_key(self.scope)
        if not key:
            return
        found = await self.db(rights.by_session, key)
        if found is None:
            await self.fail("token_invalid")
            await self.shut(frames.CLOSE_SIGNED_OUT)
            return
        await self._welcome(found)

    async def on_hello(self, token: str) -> None:
        if self.rights is not None:
            raise FrameError("hello_again")
        found = await self.db(rights.by_token, token)
        if found is None:
            await self.fail("token_invalid")
            await self.shut(frames.CLOSE_SIGNED_OUT)
            return
        await self._welcome(found)

    async def _welcome(self, found: Rights) -> None:
        self.held = []
        self.rights = found
        user = found.user
        self.language = user.language
        await self.join(found.groups)
        await self.put(
            {"type": "welcome", "agent": {"id": user.pk, "name": user.name, "role": user.role, "status": user.status}}
        )
        self.welcomed = True
        self.start_beat()
        await self.release()
        await self.db(self._here, user)

    def _may(self, *, write: bool = True) -> Rights:
        if self.rights is None:
            raise FrameError("hello_first")
        if write and not self.rights.may_write:
            raise FrameError("scope")
        return self.rights

    # --- verbs ---

    async def on_status(self, value: str) -> None:
        me = self._may().user
        if value not in type(me).Status.values:
            raise FrameError("bad_fields")
        await self.db(services.set_status, actor=me, user=me, status=value)

    async def on_accept(self, chat: int) -> None:
        await self.db(services.accept, actor=self._may().user, chat_id=chat)

    async def on_send(self, ticket: int, id: uuid.UUID, text: str) -> None:
        seq = await self.db(self._reply, self._may(), ticket, id, text)
        await self.put({"type": "ack", "id": str(id), "ticket": ticket, "seq": seq})

    @staticmethod
    def _reply(me: Rights, ticket: int, uid: uuid.UUID, text: str) -> int:
        return services.agent_send(actor=me.user, number=ticket, uid=uid, text=text).seq

    async def on_sync(self, ticket: int, after: int) -> None:
        """Messages after `after`, a page at a time; then up to where the ticket's timeline reaches."""
        me = self._may(write=False).user
        found: Ticket = await self.db(get_ticket_for, me, ticket)
        while True:
            page = await self.db(selectors.staff_entries, found.pk, after)
            for message in page:
                await self.put(_frame(found.number, message))
            if len(page) < selectors.PAGE:
                break
            after = page[-1].seq
        await self.put(TicketChanged(ticket=found.number, seq=found.last_seq).payload())

    async def on_typing(self, ticket: int) -> None:
        await self.db(services.agent_typing, actor=self._may().user, number=ticket)

    async def on_end(self, ticket: int) -> None:
        if await self.db(services.end, actor=self._may().user, number=ticket) is None:
            raise FrameError("no_chat")

    # --- rights, while the socket is open ---

    async def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == RightsChanged.type:
            await self.check_rights()
        else:
            await super().hear(frame)

    async def check_rights(self) -> None:
        """Leave what is no longer theirs, hear what is newly theirs; closed when nothing is."""
        if self.rights is None:
            return
        found = await self.db(rights.again, self.rights)
        if found is None:
            await self.leave(list(self.joined))
            await self.fail("token_invalid")
            await self.shut(frames.CLOSE_SIGNED_OUT)
            return
        await self.leave(self.joined - found.groups)
        await self.join(found.groups - self.joined)
        self.rights, self.language = found, found.user.language

    async def beat(self, check: bool) -> None:
        if self.rights is None:
            return
        if check:
            await self.check_rights()
        if self.rights is not None and not self.closed:
            await self.db(self._here, self.rights.user)

    async def gone(self) -> None:
        if self.rights is not None:
            await self.db(services.agent_disconnected, user=self.rights.user, socket=self.channel_name)

    def _here(self, user: User) -> None:
        services.agent_connected(user=user, socket=self.channel_name)
        if self.closed:  # while we were at it: what `gone` took back must not stay behind
            services.agent_disconnected(user=user, socket=self.channel_name)


def _frame(number: int, message: Message) -> dict[str, Any]:
    return MessageAdded(
        ticket=number, seq=message.seq, id=str(message.uid), sender=message.author_kind, name=message.author_name,
        text=message.body_text, at=message.created_at.isoformat(),
    ).payload()  # fmt: skip
