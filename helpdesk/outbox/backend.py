"""Django's own `send_mail` (password resets) through the outbox: in the transaction, retried, one way out."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailAlternative, EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from helpdesk.lib.text import normalize_email

from . import services


class OutboxBackend(BaseEmailBackend):
    """Queues each message once per recipient. Attachments are not carried: nothing here sends any."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        queued = 0
        for message in email_messages:
            for recipient in message.recipients():
                services.queue(
                    recipient=normalize_email(recipient),
                    sender=str(message.from_email),
                    subject=str(message.subject),
                    text=str(message.body),
                    html=_html(message),
                    kind="notice",
                    headers={"Auto-Submitted": "auto-generated"},
                )
            queued += 1
        return queued


def _html(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    for alternative in message.alternatives:
        content, kind = (
            (alternative.content, alternative.mimetype) if isinstance(alternative, EmailAlternative) else alternative
        )
        if kind == "text/html":
            return str(content)
    return ""
