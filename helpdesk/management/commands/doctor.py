"""`manage.py doctor`: what works and what does not, one line each, with what to do.

A check is a function without arguments that returns a detail to show, or raises `Trouble`. Add yours to `CHECKS`.
"""

from __future__ import annotations

import datetime as dt
import http.client
import imaplib
import os
import smtplib
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from helpdesk.engines import postgres, valkey, welcome
from helpdesk.engines.locks import address_of_up

TIMEOUT = 5.0  # seconds for each connection
START = "start everything with `make run`, or `python manage.py up`"


class Trouble(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class Command(BaseCommand):
    help = "Say what works and what does not; exit code 1 when anything is down."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for name, check in CHECKS:
            try:
                mark, text = self.style.SUCCESS("ok  "), check()
            except Trouble as trouble:
                failed += 1
                mark, text = self.style.ERROR("FAIL"), f"{trouble}. To do: {trouble.remedy}"
            self.stdout.write(f"{mark}  {name:<12}{' '.join(text.split())}")
        if failed:
            self.stdout.write(f"{failed} of {len(CHECKS)} checks failed.")
            raise SystemExit(1)


def check_postgres() -> str:
    if why := postgres.unreachable(settings.DATABASE_URL):
        remedy = "start that server, or correct DATABASE_URL" if os.environ.get("DATABASE_URL") else START
        raise Trouble(f"PostgreSQL does not answer ({why})", remedy)
    version = postgres.query(settings.DATABASE_URL, "show server_version").stdout.strip()
    if int(version.split(".")[0]) < 15:
        raise Trouble(f"PostgreSQL {version} is too old", "upgrade it to 15 or later")
    return f"PostgreSQL {version}"


def check_valkey() -> str:
    if why := valkey.unreachable(settings.REDIS_URL):
        remedy = "start that server, or correct REDIS_URL" if os.environ.get("REDIS_URL") else START
        raise Trouble(f"Valkey does not answer ({why})", remedy)
    with suppress(OSError, ValueError):
        about = valkey.call(settings.REDIS_URL, "INFO", "server").splitlines()
        facts = dict(line.split(":", 1) for line in about if ":" in line)
        if "valkey_version" in facts:
            return f"Valkey {facts['valkey_version']}"
        return f"Redis {facts.get('redis_version', '(version unknown)')}"
    return "answers"


def check_schema() -> str:
    _needs(postgres.unreachable(settings.DATABASE_URL), "the database")
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Trouble(f"{len(missing)} migration(s) not applied", "run `python manage.py migrate`")
    return "all migrations applied"


def check_worker() -> str:
    _needs(valkey.unreachable(settings.REDIS_URL), "Valkey")
    from helpdesk.celery import app

    began = time.monotonic()
    answers = app.control.ping(timeout=2.0, limit=1)
    if not answers:
        raise Trouble("no worker answers a ping", f"{START}, or `celery -A helpdesk worker`; see logs/worker.log")
    return f"answered a ping in {time.monotonic() - began:.1f} s"


def check_beat() -> str:
    _needs(valkey.unreachable(settings.REDIS_URL), "Valkey")
    from helpdesk.realtime.valkey import client, key
    from helpdesk.web.heartbeat import EXPIRE_SECONDS, alive

    if not alive("beat"):
        raise Trouble(
            f"beat gave no sign of life for {EXPIRE_SECONDS} s: no deadline is watched, no mail leaves",
            f"{START}, or `celery -A helpdesk beat`; see logs/beat.log",
        )
    left: Any = client().pttl(key("alive", "beat"))
    return f"last heartbeat {max(0.0, EXPIRE_SECONDS - left / 1000):.0f} s ago"


def check_mail_out() -> str:
    if not settings.EMAIL_URL:
        return "no EMAIL_URL: mails are written to files in mail/ of the data directory"
    url = urlsplit(settings.EMAIL_URL)
    if url.scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"}:
        raise Trouble(f"EMAIL_URL has the unknown scheme {url.scheme}", "write smtp://user:password@host:port")
    secure = url.scheme in {"smtps", "smtp+ssl"}
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    try:
        with kind(url.hostname or "", url.port or (465 if secure else 25), timeout=TIMEOUT) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise Trouble(f"SMTP server {_place(url)} is silent ({error})", "start it, or correct EMAIL_URL") from None
    if waiting := _overdue():
        raise Trouble(f"{_place(url)} answers, but {waiting} mail(s) wait for over ten minutes", "see logs/worker.log")
    return f"{_place(url)} answers; {_parked()} mail(s) parked after failing"


def _overdue() -> int:
    """Mails that were due ten minutes ago and still wait: nobody delivers."""
    from helpdesk.outbox.models import OutboxMail

    if postgres.unreachable(settings.DATABASE_URL):
        return 0
    late = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    return OutboxMail.objects.filter(state=OutboxMail.State.PENDING, next_attempt_at__lt=late).count()


def _parked() -> int:
    from helpdesk.outbox.models import OutboxMail

    if postgres.unreachable(settings.DATABASE_URL):
        return 0
    return OutboxMail.objects.filter(state=OutboxMail.State.FAILED).count()


def check_mail_in() -> str:
    urls = {settings.MAILBOX_URL} if settings.MAILBOX_URL else set()
    if not postgres.unreachable(settings.DATABASE_URL):
        from tickets.models.mail import Mailbox

        polled = Mailbox.objects.filter(is_active=True, from_environment=False).exclude(imap_url="")
        if sick := Mailbox.objects.filter(is_active=True).exclude(last_error="").first():
            raise Trouble(f"{sick.address} cannot be fetched: {sick.last_error}", "correct the mailbox or its server")
        urls.update(polled.values_list("imap_url", flat=True))
    for address in sorted(urls):
        url = urlsplit(address)
        try:
            _greet_imap(url)
        except (OSError, imaplib.IMAP4.error) as error:
            raise Trouble(
                f"IMAP server {_place(url)} does not answer ({error})", "start it, or correct the mailbox (MAILBOX_URL)"
            ) from None
    by = f"{len(urls)} IMAP mailbox(es) answer" if urls else "no IMAP mailbox: mail comes in by receive_email"
    return f"{by}; {_quarantined()} mail(s) in quarantine"


def _quarantined() -> int:
    from tickets.models.mail import InboundMail

    if postgres.unreachable(settings.DATABASE_URL):
        return 0
    return InboundMail.objects.filter(state=InboundMail.State.QUARANTINED).count()


def _greet_imap(url: SplitResult) -> None:
    host = url.hostname or ""
    if url.scheme == "imaps":
        secure = imaplib.IMAP4_SSL(host, url.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
        secure.logout()
    else:
        imaplib.IMAP4(host, url.port or 143, timeout=TIMEOUT).logout()


def check_web() -> str:
    url = _web()
    ready, answer = welcome.ready(url.hostname or "", url.port or 80)
    if not ready:
        raise Trouble(f"/readyz on {_place(url)} says: {answer}", f"{START}; see logs/web.log")
    return f"http://{_place(url)} is ready"


def check_sockets() -> str:
    """A WebSocket handshake (RFC 6455, 4.1) on the widget's address, as a page of ours would make it."""
    url = _web()
    headers = {
        "Host": _place(url),
        "Origin": settings.PUBLIC_URL,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
    }
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=TIMEOUT)
    try:
        connection.request("GET", "/ws/widget/", headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"no handshake on {_place(url)} ({error})", f"{START}; see logs/web.log") from None
    finally:
        connection.close()
    if status != http.client.SWITCHING_PROTOCOLS:
        raise Trouble(f"the handshake was answered {status}", "let the proxy pass Upgrade, and check PUBLIC_URL")
    return "handshake accepted"


def _web() -> SplitResult:
    """Where the web part listens: as the running supervisor wrote it, else by PORT."""
    url = urlsplit(address_of_up(settings.DATA_DIR) or f"http://127.0.0.1:{settings.PORT}")
    return url._replace(netloc=f"{welcome.address(url.hostname or '')}:{url.port or 80}")


def _needs(why: str, what: str) -> None:
    if why:
        raise Trouble(f"cannot be told without {what}", f"mend {what} first")


def _place(url: SplitResult) -> str:
    """host:port without credentials."""
    with suppress(ValueError):
        return f"{url.hostname}:{url.port}" if url.port else str(url.hostname)
    return str(url.hostname)


CHECKS: list[tuple[str, Callable[[], str]]] = [
    ("database", check_postgres),
    ("valkey", check_valkey),
    ("schema", check_schema),
    ("worker", check_worker),
    ("beat", check_beat),
    ("mail out", check_mail_out),
    ("mail in", check_mail_in),
    ("web", check_web),
    ("sockets", check_sockets),
]
