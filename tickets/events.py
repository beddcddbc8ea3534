"""What open console sockets hear about tickets."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.realtime.emit import RealtimeEvent


@dataclass(frozen=True, kw_only=True)
class MessageAdded(RealtimeEvent):
    """A public message joined the timeline. `seq` is the ticket's own; `sender` is `from` on the wire."""

    type = "message"
    ticket: int  # number
    seq: int
    id: str
    sender: str  # customer | agent | system | bot
    name: str
    text: str
    at: str

    def payload(self) -> dict[str, object]:
        frame = super().payload()
        frame["from"] = frame.pop("sender")
        return frame


@dataclass(frozen=True, kw_only=True)
class TicketChanged(RealtimeEvent):
    """Anything about the ticket changed; `seq` is its last entry. Lists and panes fetch what they show."""

    type = "ticket_changed"
    ticket: int
    seq: int


@dataclass(frozen=True, kw_only=True)
class Notified(RealtimeEvent):
    """This colleague was told something; the bell counts one more."""

    type = "notification"
    ticket: int
    kind: str
    text: str
