"""A real SMTP server in a thread that keeps what it is given, and refuses what it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from helpdesk.engines.state import free_port


@dataclass
class Letter:
    sender: str
    recipient: str
    raw: bytes

    @property
    def mail(self) -> Any:
        return message_from_bytes(self.raw, policy=default)

    @property
    def plain(self) -> str:
        return str(self.mail.get_body(("plain",)).get_content())


@dataclass
class Sink:
    """`answer(recipient)` gives the reply to RCPT; `after_data` the one to DATA. "" accepts."""

    letters: list[Letter] = field(default_factory=list)
    answer: Callable[[str], str] = lambda recipient: ""
    after_data: Callable[[bytes], str] = lambda raw: ""
    port: int = 0
    connections: int = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> Any:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if refusal := self.answer(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if refusal := self.after_data(envelope.content):
            return refusal
        for recipient in envelope.rcpt_tos:
            self.letters.append(Letter(envelope.mail_from, recipient, envelope.content))
        return "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.recipient == address]


def start() -> tuple[Sink, Controller]:
    sink = Sink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    return sink, controller


def ids(mail: Mail, name: str) -> list[str]:
    """The Message-IDs in one header."""
    return str(mail[name] or "").split()
