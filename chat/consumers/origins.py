"""Which pages may open a socket. Browsers say where a socket comes from; cookies alone prove nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def header(scope: dict[str, Any], name: bytes) -> str:
    """The one value of a header; empty when missing or doubled."""
    found = [value for key, value in scope.get("headers", []) if key == name]
    return found[0].decode("latin-1").strip() if len(found) == 1 else ""


def is_own(origin: str, host: str) -> bool:
    """Whether `origin` is a page of ours: PUBLIC_URL, or the very host that was asked, if we answer to it."""
    if origin == settings.PUBLIC_URL:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:  # an address that is none, such as `http://[`
        return False
    domain, _port = split_domain_port(host)
    return (
        parts.scheme in ("http", "https")
        and bool(host)
        and parts.netloc == host.lower()
        and bool(domain)
        and validate_host(domain, settings.ALLOWED_HOSTS)
    )


def may_embed(origin: str, host: str) -> bool:
    """Whether pages of `origin` may hold the widget: ours, and those of WIDGET_ORIGINS ("*": any)."""
    return bool(origin) and (
        "*" in settings.WIDGET_ORIGINS or origin in settings.WIDGET_ORIGINS or is_own(origin, host)
    )


class OriginGate:
    """Refuses handshakes from foreign pages.

    - A widget socket needs an Origin that may embed the widget.
    - A console socket needs our own; without any Origin it is let in as nobody (`scope["trusted_origin"]` False:
      its cookies count for nothing) and has to say hello with an API token.
    """

    def __init__(self, inner: App) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        origin, host = header(scope, b"origin"), header(scope, b"host").lower()
        missing = not any(key == b"origin" for key, _value in scope.get("headers", []))
        if scope["path"].startswith("/ws/widget/"):
            allowed = may_embed(origin, host)
        else:
            cookies = header(scope, b"cookie")
            allowed = is_own(origin, host) or (missing and f"{settings.SESSION_COOKIE_NAME}=" not in cookies)
        if not allowed:
            await _refuse(receive, send)
            return
        await self.inner({**scope, "trusted_origin": not missing}, receive, send)


async def _refuse(receive: Any, send: Any) -> None:
    """Close before accepting: the handshake gets 403."""
    await receive()
    await send({"type": "websocket.close", "code": 4403})
