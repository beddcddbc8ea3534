"""One IMAP folder, read without touching it: no flag is set, nothing is moved, nothing is deleted."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from imapclient import IMAPClient, SocketTimeout
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS, wrap_socket

from helpdesk.lib import net

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0


class BadUrl(ValueError):
    """Not an address of a mailbox; the words never repeat the password."""


@dataclass(frozen=True)
class Place:
    """Where a folder is: `imap(s)://user:password@host:port/folder`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: bool
    trusted: bool = False

    @property
    def shown(self) -> str:
        """For people: without the password."""
        scheme = "imaps" if self.tls else "imap"
        return f"{scheme}://{self.user}@{self.host}:{self.port}/{self.folder}"


def parse_url(url: str, *, trusted: bool = False) -> Place:
    """The place that `url` names; BadUrl with one line that says what is wrong."""
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUrl("this is not an address of a mailbox") from None
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise BadUrl("write imaps://user:password@host:port/folder")
    tls = parts.scheme == "imaps"
    return Place(
        host=parts.hostname, port=port or (993 if tls else 143), user=unquote(parts.username),
        password=unquote(parts.password or ""), folder=unquote(parts.path.strip("/")) or "INBOX", tls=tls,
        trusted=trusted,
    )  # fmt: skip


class _Plain(IMAP4WithTimeout):  # type: ignore[misc]
    """Connects through the guard."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(place.host, place.port, CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return _socket(self.place)


class _Secure(IMAP4_TLS):  # type: ignore[misc]
    """Connects through the guard; the certificate is checked against the name that was given."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(place.host, place.port, ssl.create_default_context(), CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        secured: socket.socket = wrap_socket(_socket(self.place), self.ssl_context, self.place.host)
        return secured


def _socket(place: Place) -> socket.socket:
    allow = [] if place.trusted else net.networks(settings.EGRESS_ALLOW)
    return net.connect(place.host, place.port, timeout=CONNECT_SECONDS, allow=allow, trusted=place.trusted)


class _Client(IMAPClient):  # type: ignore[misc]
    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(
            place.host, place.port, ssl=place.tls, use_uid=True,
            timeout=SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )  # fmt: skip

    def _create_IMAP4(self) -> Any:
        return _Secure(self.place) if self.place.tls else _Plain(self.place)


@dataclass(frozen=True)
class Fetched:
    """One mail of the folder. `cut`: only its first bytes, the whole is over the limit."""

    uid: int
    raw: bytes
    arrived_at: dt.datetime | None
    cut: bool = False


class Folder:
    """An open folder. `uidvalidity` says whether old UIDs still mean the same mails (RFC 3501 §2.3.1.1)."""

    def __init__(self, client: IMAPClient, uidvalidity: int) -> None:
        self._client = client
        self.uidvalidity = uidvalidity

    def after(self, uid: int) -> list[int]:
        """UIDs above `uid`, ascending. `n:*` always names the last mail too, so it is filtered again."""
        return sorted(u for u in self._client.search(["UID", f"{uid + 1}:*"]) if u > uid)

    def fetch(self, uid: int, limit: int) -> Fetched | None:
        """One mail, or None when it has gone meanwhile. BODY.PEEK leaves \\Seen as it is."""
        facts = self._client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if facts is None:
            return None
        size, arrived = int(facts[b"RFC822.SIZE"]), facts.get(b"INTERNALDATE")
        cut = size > limit
        item = f"BODY.PEEK[]<0.{limit}>" if cut else "BODY.PEEK[]"
        answer = self._client.fetch([uid], [item]).get(uid)
        raw = next((v for k, v in (answer or {}).items() if k.startswith(b"BODY[")), None)
        if raw is None:
            return None
        moment = arrived.astimezone(dt.UTC) if arrived is not None else None  # naive means local to this machine
        return Fetched(uid, bytes(raw), moment, cut)


@contextlib.contextmanager
def open_folder(place: Place) -> Iterator[Folder]:
    """Sign in and open the folder read-only. OSError, Blocked, imapclient.exceptions.IMAPClientError."""
    with _Client(place) as client:
        client.login(place.user, place.password)
        answer = client.select_folder(place.folder, readonly=True)
        yield Folder(client, int(answer[b"UIDVALIDITY"]))
