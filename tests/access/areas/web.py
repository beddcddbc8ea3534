"""What belongs to no app: health, sign-in, preferences, the operators' site."""

from __future__ import annotations

from ..table import row

AWAY = {"REMOTE_ADDR": "203.0.113.9"}  # not this machine

ROWS = [
    row("GET", "/", "302"),
    row("GET", "/healthz", "200"),
    row("GET", "/readyz", "503"),  # no worker and no beat beside these tests
    row("GET", "/metrics", "200"),
    row("GET", "/metrics", "401 401 200 200 200 200 200 403", **AWAY),
    row("GET", "/metrics", "401 401 200 200 200 200 200 403", HTTP_X_FORWARDED_FOR="203.0.113.9"),
    row("POST", "/language/", "302", {"language": "es"}),
    row("GET", "/login/", "200 200 302 302 302 302 200 200"),
    row("POST", "/logout/", "302"),
    row("GET", "/password/reset/", "200"),
    row("GET", "/password/reset/sent/", "200"),
    row("GET", "/password/reset/x/y/", "200"),
    row("GET", "/password/reset/done/", "200"),
    row("POST", "/console/preferences/", "302", {"theme": "dark"}),
    row("GET", "/admin/", "302 302 302 302 302 200 302 302"),
]
