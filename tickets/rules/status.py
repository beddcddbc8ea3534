"""How a ticket's status moves. Pure."""

from __future__ import annotations

NEW, OPEN, PENDING, ON_HOLD, SOLVED, CLOSED = "new", "open", "pending", "on_hold", "solved", "closed"
DONE = frozenset({SOLVED, CLOSED})

# What a person may set by hand. A closed ticket stays closed: a new word opens a linked one.
ALLOWED: dict[str, frozenset[str]] = {
    NEW: frozenset({OPEN, PENDING, ON_HOLD, SOLVED}),
    OPEN: frozenset({PENDING, ON_HOLD, SOLVED}),
    PENDING: frozenset({OPEN, ON_HOLD, SOLVED}),
    ON_HOLD: frozenset({OPEN, PENDING, SOLVED}),
    SOLVED: frozenset({OPEN, CLOSED}),
    CLOSED: frozenset(),
}


def may_move(old: str, new: str) -> bool:
    """Whether a person may set `new` on a ticket that is `old`."""
    return new in ALLOWED[old]


def after_customer_message(status: str) -> str:
    """A word of the customer wakes whatever waited for it; a closed ticket is not written to."""
    return OPEN if status in (PENDING, ON_HOLD, SOLVED) else status


def after_agent_reply(status: str) -> str:
    """The first answer takes a ticket out of `new`; an answer to a solved ticket leaves it solved."""
    return OPEN if status == NEW else status


def next_tier(tier: int) -> int | None:
    """The tier above, or None at the top."""
    return tier + 1 if tier < 3 else None
