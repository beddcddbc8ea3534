"""Mails as strangers and customers write them, and the helpdesk's two moves: take in, send out."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from email.policy import SMTP

from helpdesk.outbox.models import OutboxMail
from helpdesk.outbox.services import deliver_due
from tickets.models import Mailbox, Ticket
from tickets.services import incoming, outgoing

SUPPORT = "support@example.com"


def letter(
    sender: str,
    body: str = "Hello, the printer on the second floor is not working. Can you help me?",
    *,
    to: str = SUPPORT,
    subject: str = "Printer",
    name: str = "",
    files: tuple[tuple[str, bytes], ...] = (),
    **headers: str,
) -> bytes:
    """One mail; keywords become headers (`in_reply_to` → In-Reply-To). A Message-ID is made when none is given."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{name} <{sender}>" if name else sender
    mail["To"], mail["Subject"] = to, subject
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    mail["Message-ID"] = given.pop("message-id", f"<{uuid.uuid4().hex}@mail.example>")
    for key, value in given.items():
        mail[key] = value
    mail.set_content(body)
    for filename, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=filename)
    return mail.as_bytes()


def take(raw: bytes, mailbox: Mailbox) -> incoming.Outcome:
    return incoming.receive(raw, mailbox)


def send() -> int:
    """Deliver what is due; how many were settled."""
    return deliver_due(owner=outgoing.OWNER)


def queued(kind: str, address: str) -> list[OutboxMail]:
    return list(OutboxMail.objects.filter(kind=kind, recipient=address).order_by("pk"))


def reply_address(ticket: Ticket, address: str) -> str:
    """Where the last mail of this ticket to `address` wants its answer."""
    mail = OutboxMail.objects.filter(order_key=outgoing.order_key(ticket, address)).latest("pk")
    return str(mail.headers["Reply-To"])


def stranger(name: str = "stranger") -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}@mail.example"
