"""How the console's modules ask: for a fragment, and refusals as problem documents."""

from __future__ import annotations

FRAGMENT = {"HX-Request": "true", "Accept": "text/html, application/json;q=0.9"}
