"""Delivery by SMTP, or into files where no server is named. Nothing here touches the database."""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT = 20.0  # seconds for each answer of the server; a whole mail stays within its lease
Tls = Literal["implicit", "required", "auto", "off"]


class TryLater(Exception):
    """Not delivered for now. `server_is_out`: it is not about this mail, the others need not be tried."""

    def __init__(self, words: str, *, server_is_out: bool = False) -> None:
        super().__init__(words)
        self.server_is_out = server_is_out


class Refused(Exception):
    """The server will never take this mail (5yz)."""


class BadUrl(ValueError):
    """EMAIL_URL cannot be used; the words say why and never repeat the password."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed over. The host comes from the environment and is trusted."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: Tls = "auto"


def parse_url(url: str) -> Server:
    """`smtp://user:password@host:port?tls=required|auto|off`, `smtps://…` for TLS from the first byte."""
    parts = urlsplit(url)
    implicit = parts.scheme in {"smtps", "smtp+ssl"}
    if parts.scheme not in {"smtp", "smtps", "smtp+ssl", "smtp+tls"} or not parts.hostname:
        raise BadUrl("EMAIL_URL is written smtp://user:password@host:port or smtps://…")
    wanted = parse_qs(parts.query).get("tls", ["auto"])[0].lower()
    known: dict[str, Tls] = {
        "auto": "auto", "required": "required", "starttls": "required", "1": "required", "true": "required",
        "off": "off", "0": "off", "false": "off", "none": "off",
    }  # fmt: skip
    if wanted not in known:
        raise BadUrl(f"EMAIL_URL: tls={wanted[:20]} is not known; use required, auto or off")
    tls: Tls = "implicit" if implicit else "required" if parts.scheme == "smtp+tls" else known[wanted]
    try:
        port = parts.port or (465 if implicit else 25)
    except ValueError:
        raise BadUrl("EMAIL_URL names no usable port") from None
    return Server(parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""), tls)


class Delivery(Protocol):
    """What hands mails over. `send` raises TryLater or Refused."""

    def send(self, sender: str, recipient: str, content: bytes) -> None: ...
    def close(self) -> None: ...


class FileDelivery:
    """Writes each mail to `<directory>/<name>.eml`, for machines without a mail server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        marker = b"\r\nMessage-ID: <"
        start = content.index(marker) + len(marker)
        name = content[start : content.index(b"@", start)].decode("ascii", "replace").replace("/", "_")
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.directory / f".{name}.tmp"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
            draft.replace(self.directory / f"{name}.eml")
        except OSError as error:
            raise TryLater(f"cannot write to {self.directory}: {error.strerror}", server_is_out=True) from None

    def close(self) -> None:
        """Nothing is held open."""


class SmtpDelivery:
    """One connection, opened for the first mail and kept for the rest of the batch."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand one mail over. A connection that the server has closed meanwhile is opened again, once."""
        reused = self._connection is not None
        connection = self._connected()
        try:
            self._transact(connection, sender, recipient, content)
        except smtplib.SMTPServerDisconnected:
            self.close()
            if not reused:
                raise TryLater("the mail server closed the connection") from None
            self.send(sender, recipient, content)

    def _transact(self, connection: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> None:
        options = []
        if not (sender + recipient).isascii():
            if not connection.has_extn("smtputf8"):
                raise Refused("the mail server cannot write to addresses with such letters (SMTPUTF8)")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        try:
            connection.sendmail(sender, [recipient], content, mail_options=options)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise self._judged(code, words) from None
        except smtplib.SMTPResponseException as error:
            raise self._judged(error.smtp_code, error.smtp_error) from None
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise TryLater(f"the mail server fell silent ({error})") from None

    def _judged(self, code: int, words: bytes | str) -> TryLater | Refused:
        """RFC 5321 §4.2.1: 5yz is for good, all else is worth another try; 421 says that the server leaves."""
        text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        line = f"{code} {' '.join(text.split())}"[:400]
        if 500 <= code < 600:
            return Refused(line)
        if code == 421:
            self.close()
        return TryLater(line, server_is_out=code == 421)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except (OSError, smtplib.SMTPException) as error:
                # Also a refused login: that is about the server, and mails wait until it is mended.
                where = f"{self.server.host}:{self.server.port}"
                raise TryLater(f"mail server {where}: {_short(error)}", server_is_out=True) from None
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        try:
            connection.ehlo_or_helo_if_needed()
            if server.tls == "required" or (server.tls == "auto" and connection.has_extn("starttls")):
                connection.starttls(context=self._starttls_context())
                connection.ehlo()
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _starttls_context(self) -> ssl.SSLContext:
        """Certificates are checked whenever there is something to lose: a password, or a promise of TLS.

        Opportunistic TLS between mail servers (RFC 7435) protects from listeners only; a self-made certificate is
        better than none.
        """
        context = ssl.create_default_context()
        if self.server.tls == "auto" and not self.server.user:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()


def _short(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {' '.join(str(words).split())}"[:200]
    return (str(error) or type(error).__name__)[:200]
