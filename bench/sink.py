"""A real SMTP server that keeps what it is given."""

from __future__ import annotations

import email
import email.policy
import threading
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from helpdesk.engines import state


class Sink:
    """Listens on a free loopback port; `url` goes into EMAIL_URL. `mails` holds what arrived, in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.times: list[float] = []  # time.monotonic() of each arrival
        self._changed = threading.Condition()
        self._controller = Controller(self, hostname="127.0.0.1", port=state.free_port())
        self.url = f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> Sink:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        with self._changed:
            self.mails.append(mail)
            self.times.append(time.monotonic())
            self._changed.notify_all()
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """What arrived for `address`, in order."""
        with self._changed:
            return [mail for mail in self.mails if address.lower() in str(mail["To"]).lower()]

    def wait(self, address: str, count: int = 1, seconds: float = 30.0) -> list[EmailMessage]:
        """The first `count` mails to `address` (all of them, if more came); AssertionError when fewer come."""
        deadline = time.monotonic() + seconds
        while len(found := self.to(address)) < count:
            with self._changed:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(found)} of {count} mails to {address}; {len(self.mails)} in all"
                self._changed.wait(min(left, 0.5))
        return found
