"""One outbox row as the bytes that leave. Deterministic: a repeat is the same mail under the same Message-ID."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import charset as charsets
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from helpdesk.lib.text import clean_line

from .models import OutboxMail

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LINE = 76  # RFC 5322 §2.1.1 asks for at most 78 without the line end
# Identifiers and addresses are folded between tokens and never encoded: encoded, they identify nothing.
_TOKENS = frozenset({"references", "in-reply-to"})
# Words of a control header are for programs: one line as it is.
_PLAIN = frozenset({"auto-submitted", "x-auto-response-suppress", "precedence"})

_UTF8 = charsets.Charset("utf-8")
_UTF8.header_encoding = charsets.QP
_UTF8.body_encoding = charsets.QP


@dataclass(frozen=True)
class File:
    """An attachment: bytes with the name and type under which they leave."""

    filename: str
    content_type: str
    content: bytes


def split_sender(sender: str) -> tuple[str, str]:
    """(name, address) of `Name <address>` or of a bare address."""
    name, angle, address = sender.rpartition("<")
    return (name.strip(), address.rstrip("> ")) if angle else ("", sender.strip())


def ascii_address(address: str) -> str:
    """`address` with its domain in ASCII (IDNA). The part before the @ stays as it is. ValueError if impossible."""
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or re.search(r"[\s<>\x00-\x1f]", address):
        raise ValueError(f"not an address: {address!r}")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii') if not domain.isascii() else domain}"
    except UnicodeError:
        raise ValueError(f"not a domain: {domain!r}") from None


def checked_header(name: str, value: str) -> tuple[str, str]:
    """A header that can be written: a plain name, a value on one line. ValueError for a name that is none."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a header name: {name!r}")
    return name, clean_line(value, max_length=8_000)


def _folded(name: str, tokens: Iterable[str]) -> bytes:
    """A header of tokens, broken between them; one longer than a line keeps a line of its own."""
    lines, current = [], f"{name}:"
    for token in tokens:
        if len(current) + 1 + len(token) > _LINE and current.strip() != "":
            lines.append(current)
            current = ""
        current += f" {token}"
    lines.append(current)
    return "\r\n".join(lines).encode("ascii", "replace") + b"\r\n"


def _text(name: str, value: str) -> bytes:
    """A header of words: plain when that is possible, else in encoded words (RFC 2047)."""
    plain = value.isascii() and "=?" not in value and all(len(word) < 60 for word in value.split(" "))
    header = Header(value, "us-ascii" if plain else _UTF8, maxlinelen=_LINE, header_name=name)
    return f"{name}: {header.encode(linesep=chr(13) + chr(10))}\r\n".encode("ascii")


def _address(name: str, sender: str) -> bytes:
    shown, address = split_sender(sender)
    spec = f"<{ascii_address(address)}>"
    if not shown:
        return f"{name}: ".encode() + spec.encode("utf-8") + b"\r\n"
    if shown.isascii():
        quoted = shown if _ATOMS.fullmatch(shown) else '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'
    else:
        quoted = Header(shown, _UTF8, maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")
    last = quoted.rsplit("\n", 1)[-1]
    gap = "\r\n " if len(last) + len(spec) + len(name) + 3 > _LINE else " "
    return f"{name}: {quoted}{gap}".encode("ascii") + spec.encode("utf-8") + b"\r\n"


def _header(name: str, value: str) -> bytes:
    name, value = checked_header(name, value)
    if name.lower() in _TOKENS:
        return _folded(name, value.split())
    if name.lower() == "reply-to":
        return _address(name, value)
    if name.lower() in _PLAIN or name.lower().startswith("x-helpdesk-"):
        return f"{name}: ".encode() + value.encode("ascii", "replace")[:900] + b"\r\n"
    return _text(name, value)


def _body(mail: OutboxMail, files: Iterable[File]) -> bytes:
    """MIME-Version, Content-* and the parts: the text, its HTML twin, and the files."""
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in files:
        kind, _slash, subtype = file.content_type.partition("/")
        if kind in {"message", "multipart"}:  # their parts would be ours to vouch for
            kind, subtype = "application", "octet-stream"
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.filename)
    if message.is_multipart():
        # Random by default; a repeat shall be the same bytes.
        for n, part in enumerate(p for p in message.walk() if p.is_multipart()):
            part.set_boundary(f"=_{mail.uid.hex}_{n}")
    return message.as_bytes()


def compose(mail: OutboxMail, files: Iterable[File] = ()) -> bytes:
    """The whole mail with CRLF line ends. ValueError when its addresses or headers cannot be written."""
    head = [
        _address("From", mail.sender),
        _address("To", mail.recipient),
        _text("Subject", clean_line(mail.subject, max_length=400)),
        f"Date: {format_datetime(mail.created_at)}\r\n".encode(),
        f"Message-ID: {mail.message_id}\r\n".encode("ascii"),
        *(_header(name, value) for name, value in mail.headers.items()),
    ]
    return b"".join(head) + _body(mail, files)
