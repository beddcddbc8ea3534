"""The verbs. Each: transaction → lock the ticket → ask the rule → save → record the Event → emit → outbox."""

from .conversation import customer_message, note, open_ticket, post_line, rate, reply
from .erasing import erase_customer
from .handling import assign, escalate, reopen, set_status, solve, solve_by_customer, transfer, update_ticket
from .merging import merge, survivor

__all__ = [
    "assign",
    "customer_message",
    "erase_customer",
    "escalate",
    "merge",
    "note",
    "open_ticket",
    "post_line",
    "rate",
    "reopen",
    "reply",
    "set_status",
    "solve",
    "solve_by_customer",
    "survivor",
    "transfer",
    "update_ticket",
]
