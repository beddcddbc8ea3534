"""`manage.py receive_email [--mailbox ADDRESS] < message.eml`: a mail server's pipe.

Prints one JSON line {"result","ticket","message","reason"}. Exit codes as sysexits.h has them, which mail servers
understand: 0 the mail is ours now, 75 keep it and try again, 65 this is no mail.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError

from helpdesk.engines import postgres
from helpdesk.lib.text import normalize_email
from tickets.mail.addresses import normalise
from tickets.services import incoming, mailboxes
from tickets.services.addresses import without_tag

_PIECE = 1024 * 1024
_MBOX_LINE = re.compile(rb"\AFrom [^\n]*\n")  # what some mail servers put before the header


class Command(BaseCommand):
    help = "Take over one mail from standard input."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--mailbox",
            default="",
            metavar="ADDRESS",
            help=f"the address it was delivered to, +tag and all (default: {settings.SUPPORT_ADDRESS})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw, too_large = read_capped(sys.stdin.buffer, settings.MAX_MAIL_BYTES)
        address = normalise(options["mailbox"] or settings.SUPPORT_ADDRESS)
        if address is None:
            self._say({"result": None, "ticket": None, "message": None, "reason": "unusable --mailbox"})
            sys.exit(os.EX_TEMPFAIL)  # the server's configuration is at fault, not the mail: nothing may bounce
        try:
            if why := postgres.unreachable(settings.DATABASE_URL):
                raise OperationalError(why)  # said at once; the connection pool would hope for a while
            mailbox = mailboxes.mailbox_for(address)
            outcome = incoming.receive(with_recipient(raw, address), mailbox, too_large=too_large)
        except (OperationalError, InterfaceError, OSError) as error:
            self.stderr.write(f"try again later: {type(error).__name__}: {str(error).splitlines()[:1]}")
            self._say({"result": None, "ticket": None, "message": None, "reason": "try_again_later"})
            sys.exit(os.EX_TEMPFAIL)
        self._say(
            {
                "result": outcome.result,
                "ticket": outcome.ticket,
                "message": outcome.message,
                "reason": outcome.reason,
            }
        )
        if outcome.reason == "not_mail":
            sys.exit(os.EX_DATAERR)

    def _say(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=True))


def read_capped(stream: IO[bytes], limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether there were more. The rest is read and dropped: the sender must not hang."""
    kept = bytearray()
    over = False
    while piece := stream.read(_PIECE):
        room = limit - len(kept)
        over = over or len(piece) > room
        kept += piece[:room]
    return bytes(kept), over


def with_recipient(raw: bytes, address: str) -> bytes:
    """`raw` with the envelope's recipient on top when it carries a +tag: that may be the secret of a reply."""
    if without_tag(address) == normalize_email(address) or not address.isascii():
        return raw
    head = _MBOX_LINE.match(raw)
    start = head.end() if head else 0
    return raw[:start] + f"X-Original-To: {address}\r\n".encode() + raw[start:]
