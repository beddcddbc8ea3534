"""A real Daphne on a free port, on the test database; and people who speak to it through real sockets."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from helpdesk.people.models import User
from helpdesk.people.services import create_api_token, set_status
from tests.cast import SETUP

ROOT = Path(settings.BASE_DIR)
PATIENCE = 8.0


def wait_until(condition: Any, timeout: float = PATIENCE) -> Any:
    """The first true answer of `condition`; fails after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        if answer := condition():
            return answer
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class Line:
    """One socket: frames in and out, all that was heard kept."""

    ws: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    def say(self, **frame: Any) -> None:
        self.ws.send(json.dumps(frame))

    def raw(self, data: str | bytes) -> None:
        self.ws.send(data)

    def next(self, timeout: float = PATIENCE) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.ws.recv(timeout=timeout))
        self.heard.append(frame)
        return frame

    def hear(self, type: str, timeout: float = PATIENCE, **wanted: Any) -> dict[str, Any]:
        """The next frame of this type with these values; others are kept in `heard`."""
        end = time.monotonic() + timeout
        while True:
            frame = json.loads(self.ws.recv(timeout=max(0.01, end - time.monotonic())))
            self.heard.append(frame)
            if frame["type"] == type and all(frame.get(k) == v for k, v in wanted.items()):
                return frame

    def drain(self) -> list[dict[str, Any]]:
        """A visitor's frames so far, after a round trip: an empty word's refusal comes when all before it is done."""
        word = uid()
        self.say(type="send", id=word, text=" ")
        self.hear("error", code="empty", id=word)
        return self.heard

    def closed(self, timeout: float = PATIENCE) -> int:
        """Waits for the end; the close code."""
        end = time.monotonic() + timeout
        with suppress(ConnectionClosed):
            while time.monotonic() < end:
                self.heard.append(json.loads(self.ws.recv(timeout=max(0.01, end - time.monotonic()))))
        assert self.ws.close_code is not None
        return self.ws.close_code

    def close(self) -> None:
        self.ws.close()


@dataclass
class Desk:
    """The running server, as its users reach it."""

    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, data: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.origin + path, data=body, headers={"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def token(self) -> str:
        status, data = self.post("/widget/session/", {"key": settings.WIDGET_KEY})
        assert status == 200, data
        return str(data["token"])

    @contextmanager
    def line(self, path: str, *, origin: str | None = "own", cookie: str = "") -> Iterator[Line]:
        headers = {"Cookie": cookie} if cookie else {}
        given = self.origin if origin == "own" else origin
        with connect(
            f"ws://127.0.0.1:{self.port}{path}",
            origin=given,
            additional_headers=headers,
            open_timeout=10,
            max_queue=None,
        ) as ws:
            yield Line(ws)

    @contextmanager
    def visitor(self, token: str = "", after: int = 0, **claims: Any) -> Iterator[Line]:
        with self.line("/ws/widget/") as line:
            line.say(type="hello", token=token or self.token(), after=after, **claims)
            line.hear("welcome")
            yield line

    @contextmanager
    def agent(self, user: User, *, status: str = "online") -> Iterator[Line]:
        """Signed in by cookie, as the console does it."""
        if status:
            set_status(actor=user, user=user, status=status)
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"
        with self.line("/ws/console/", cookie=cookie) as line:
            line.hear("welcome")
            line.hear("presence", agent=user.pk, connected=True)
            yield line


def api_token(user: User, *scopes: str) -> str:
    return create_api_token(actor=SETUP, user=user, scopes=list(scopes or ("read", "write")))[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[Desk]:
    """The server, on the database of the tests."""
    database = settings.DATABASES["default"]
    port = free_port()
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "helpdesk.asgi:application"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "WIDGET_IDENTITY_SECRET": IDENTITY_SECRET,
            "WIDGET_KEY": settings.WIDGET_KEY,
            "WIDGET_ORIGINS": "https://shop.example",
        },
    )
    desk = Desk(port)
    try:
        wait_until(lambda: _answers(desk, process), timeout=30)
        yield desk
    finally:
        process.terminate()
        process.wait(10)


def _answers(desk: Desk, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the server did not start"
    try:
        with urllib.request.urlopen(f"{desk.origin}/healthz", timeout=2) as answer:  # noqa: S310
            return answer.status == 200
    except OSError:
        return False


IDENTITY_SECRET = "a secret that the shop and the desk share, for tests"


def uid() -> str:
    return str(uuid.uuid4())
