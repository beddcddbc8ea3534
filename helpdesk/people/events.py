"""What open sockets hear about people."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.realtime.emit import RealtimeEvent


@dataclass(frozen=True, kw_only=True)
class Presence(RealtimeEvent):
    """A colleague's status changed, or a socket of theirs opened or closed."""

    type = "presence"
    agent: int
    name: str
    status: str  # online | away | transfers_only | offline
    connected: bool


@dataclass(frozen=True, kw_only=True)
class RightsChanged(RealtimeEvent):
    """Role, departments or account changed: sockets check their rights again. Never sent to a browser."""

    type = "rights_changed"
    agent: int
