"""What this app adds to `/api/v1/`."""

from __future__ import annotations

from .entries import RatingApi
from .tickets import TicketApi

router_entries = [
    ("tickets", TicketApi, "ticket"),
    ("ratings", RatingApi, "rating"),
]
