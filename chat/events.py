"""What open sockets hear about live chats. `docs/events.md` documents every frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from helpdesk.realtime.emit import RealtimeEvent

# --- to visitors --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VisitorMessage(RealtimeEvent):
    """A public message; `seq` is the ticket's public one. One's own too, in every tab."""

    type = "message"
    surface = "widget"
    seq: int
    id: str
    sender: str  # visitor | agent | system | bot; `from` on the wire
    name: str
    text: str
    at: str
    ticket: int  # number: the count of `seq` starts anew on another ticket
    attachments: list[dict[str, Any]] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        frame = super().payload()
        frame["from"] = frame.pop("sender")
        if not self.attachments:
            del frame["attachments"]
        return frame


@dataclass(frozen=True, kw_only=True)
class Queued(RealtimeEvent):
    """Place in the queue (1 is next), and the wait in seconds, or null when nothing is known."""

    type = "queue"
    surface = "widget"
    position: int
    wait_low: int | None
    wait_high: int | None


@dataclass(frozen=True, kw_only=True)
class Accepted(RealtimeEvent):
    """An agent is there: {"name","photo"}; photo is an address or null."""

    type = "accepted"
    surface = "widget"
    agent: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AgentTyping(RealtimeEvent):
    """The other side writes."""

    type = "typing"
    surface = "widget"
    name: str


@dataclass(frozen=True, kw_only=True)
class Transferred(RealtimeEvent):
    """Handed to another agent, or (agent null) back to a queue."""

    type = "transferred"
    surface = "widget"
    agent: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Ended(RealtimeEvent):
    """The live session is over; the conversation goes on by mail or with the next word."""

    type = "ended"
    surface = "widget"
    reason: str  # visitor | visitor_left | agent | missed | idle


@dataclass(frozen=True, kw_only=True)
class Token(RealtimeEvent):
    """A renewed token; the one before has ended. Sent to the one socket, never through a group."""

    type = "token"
    surface = "widget"
    token: str
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class Resync(RealtimeEvent):
    """Something may have been missed: ask with `sync`."""

    type = "resync"
    surface = "widget"


# --- to colleagues ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChatWaiting(RealtimeEvent):
    """A visitor waits; again after a re-queue."""

    type = "chat_waiting"
    chat: int
    ticket: int  # number


@dataclass(frozen=True, kw_only=True)
class ChatAccepted(RealtimeEvent):
    """A colleague has the chat now; `agent` is their id."""

    type = "chat_accepted"
    chat: int
    ticket: int
    agent: int


@dataclass(frozen=True, kw_only=True)
class ChatEnded(RealtimeEvent):
    """The live session is over."""

    type = "chat_ended"
    chat: int
    ticket: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Typing(RealtimeEvent):
    """Someone writes on this ticket: the customer, or a colleague."""

    type = "typing"
    ticket: int
    sender: str  # customer | agent; `from` on the wire
    name: str

    def payload(self) -> dict[str, Any]:
        frame = super().payload()
        frame["from"] = frame.pop("sender")
        return frame
