"""The verbs. Each: transaction → lock the ticket → ask the rule → save → record the Event → emit → outbox."""

from .conversation import customer_message, note, open_ticket, post_line, rate, reply
from .handling import assign, escalate, reopen, set_status, solve, solve_by_customer, transfer, update_ticket

__all__ = [
    "assign",
    "customer_message",
    "escalate",
    "note",
    "open_ticket",
    "post_line",
    "rate",
    "reopen",
    "reply",
    "set_status",
    "solve",
    "solve_by_customer",
    "transfer",
    "update_ticket",
]
