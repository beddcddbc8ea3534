"""What customers open: help centre, portal, widget. Staff are strangers here, like everybody else."""

from __future__ import annotations

from ..table import row

P = "/portal/{ticket}/"
OWN = "302 200 302 302 302 302 302 302"  # whoever is not signed in at the portal is sent to its door

ROWS = [
    row("GET", "/help/", "200"),
    row("GET", "/help/search/?q=parcel", "200"),
    row("GET", "/help/c/{category_slug}/", "200"),
    row("GET", "/help/{article_slug}/", "200"),
    row("POST", "/help/{article_slug}/vote/", "200", {"helpful": "1"}),
    row("GET", "/portal/", "200"),
    row("POST", "/portal/link/", "200", {"email": "lucia@mail.example"}),
    row("GET", "/portal/enter/", "200"),
    row("POST", "/portal/leave/", "302"),
    row("GET", "/portal/new/", "200"),
    row("GET", P, OWN),
    row("POST", P + "reply/", "302", {"body": "Thank you."}),
    row("POST", P + "solve/", "302"),
    row("POST", P + "reopen/", "302"),
    row("POST", P + "rate/", "302", {"score": "good"}),
    row("GET", "/portal/files/{attachment}/", OWN),
    row("GET", "/portal/files/{note_attachment}/", "302 404 302 302 302 302 302 302"),
    # Without the key of an installation, or the token of a visit, the widget knows nobody.
    row("GET", "/widget/loader.js", "200"),
    row("GET", "/widget/demo/", "200"),
    row("GET", "/widget/panel/", "404"),
    row("GET", "/widget/status/", "404"),
    row("GET", "/widget/search/", "404"),
    row("POST", "/widget/session/", "400"),
    row("POST", "/widget/request/", "400"),
    row("POST", "/widget/upload/", "401"),
    row("GET", "/widget/file/{attachment}/", "401"),
    row("GET", "/widget/face/00000000-0000-4000-8000-000000000000/", "404"),
]
