"""The verbs of live chat."""

from .handling import accept, end, give_back, leave, visitor_end
from .presence import agent_connected, agent_disconnected, set_status, visitor_connected, visitor_disconnected
from .queue import push_positions, queue_changed
from .requests import leave_request
from .sessions import authenticate, claim, identify, renew, start_session
from .talk import agent_send, agent_typing, visitor_send, visitor_typing

__all__ = [
    "accept",
    "agent_connected",
    "agent_disconnected",
    "agent_send",
    "agent_typing",
    "authenticate",
    "claim",
    "end",
    "give_back",
    "identify",
    "leave",
    "leave_request",
    "push_positions",
    "queue_changed",
    "renew",
    "set_status",
    "start_session",
    "visitor_connected",
    "visitor_disconnected",
    "visitor_end",
    "visitor_send",
    "visitor_typing",
]
