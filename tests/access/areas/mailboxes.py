"""`/api/v1/mailboxes/`: the team reads, administrators write."""

from __future__ import annotations

from typing import Any

from ..table import row

STAFF = "401 401 200 200 200 200 200 403"
ROWS = [
    row("GET", "/api/v1/mailboxes/", STAFF),
    row("POST", "/api/v1/mailboxes/", "401 401 403 403 403 201 403 403", {"address": "sales@example.com"}),
    row("GET", "/api/v1/mailboxes/{mailbox}/", STAFF),
    row("PATCH", "/api/v1/mailboxes/{mailbox}/", "401 401 403 403 403 200 403 403", {"name": "Front desk"}),
]


def things(cast: Any) -> dict[str, Any]:
    from tickets.services.mailboxes import default_mailbox

    return {"mailbox": default_mailbox().pk}
