"""`/console/`: colleagues who are signed in. Tokens open no page; customers are strangers."""

from __future__ import annotations

from typing import Any

from ..table import row

# anonymous, customer, outsider, agent, supervisor, admin, read token, write token
TEAM = "302 302 200 200 200 200 302 302"
READ = "302 302 404 200 200 200 302 302"  # who sees the ticket
DO = "302 302 404 302 302 302 302 302"  # … and is led back to it
ADMINS = "302 302 403 403 403 200 302 302"
T = "/console/tickets/{ticket}/"
HAND = {"reason": "knowledge", "brief": "Reset mail never arrives; checked the spam folder."}
COLLEAGUE = {
    "name": "Noa", "email": "noa@desk.example", "password": "correct horse battery", "role": "agent", "language": "en",
    "chat_capacity": "3", "ticket_capacity": "30", "is_active": "on",
}  # fmt: skip

ROWS = [
    row("GET", "/console/", TEAM),
    row("GET", "/console/search/?q=parcel", "302"),
    row("GET", "/console/views/", TEAM),
    row("GET", "/console/?ticket={ticket}", READ),
    row("GET", T, READ),
    row("GET", T + "row/?view=all", "302 302 204 200 200 200 302 302"),
    row("GET", T + "update/", READ),
    row("GET", T + "entries/", READ),
    row("POST", T + "reply/", DO, {"body": "On it."}),
    row("POST", T + "note/", DO, {"body": "Called the depot."}),
    row("POST", T + "assign/", DO, {"assignee": "{ana}"}),
    row("POST", T + "transfer/", DO, {**HAND, "department": "{billing}"}),
    row("POST", T + "escalate/", DO, HAND),
    row("POST", T + "solve/", DO),
    row("POST", T + "reopen/", DO),
    row("POST", T + "status/", DO, {"status": "on_hold"}),
    row("POST", T + "edit/", DO, {"priority": "high"}),
    row("GET", "/console/files/{attachment}/", READ),
    row("GET", "/console/files/{note_attachment}/", READ),
    row("GET", "/console/chats/", TEAM),
    row("GET", "/console/tray/", TEAM),
    row("POST", "/console/status/", "302", {"status": "away"}),
    row("GET", "/console/notifications/", TEAM),
    row("POST", "/console/notifications/read/", TEAM),
    row("GET", "/console/profile/", TEAM),
    row("GET", "/console/customers/", TEAM),
    row("GET", "/console/customers/{lucia_uid}/", TEAM),
    row("POST", "/console/customers/{lucia_uid}/", "302", {"name": "Lucía P."}),
    row("GET", "/console/settings/", ADMINS),
    row("GET", "/console/settings/departments/new/", ADMINS),
    row("POST", "/console/settings/departments/new/", "302 302 403 403 403 302 302 302", {"name": "Returns"}),
    row("GET", "/console/settings/departments/{support}/", ADMINS),
    row("POST", "/console/settings/departments/{support}/", "302 302 403 403 403 302 302 302", {"name": "Help"}),
    row("GET", "/console/settings/people/new/", ADMINS),
    row("POST", "/console/settings/people/new/", "302 302 403 403 403 302 302 302", COLLEAGUE),
    row("GET", "/console/settings/people/{ana}/", ADMINS),
    row(
        "POST", "/console/settings/people/{ana}/", "302 302 403 403 403 302 302 302",
        {k: v for k, v in COLLEAGUE.items() if k not in ("email", "password")},
    ),
]  # fmt: skip


def things(cast: Any) -> dict[str, Any]:
    return {"lucia_uid": cast.lucia.uid}
