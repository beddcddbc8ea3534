"""The whole product as an operator runs it: `manage.py up` on a data directory of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpdesk.engines import state
from helpdesk.engines.files import ROOT

READY_SECONDS = 300.0  # a first start on a busy machine; the bench says how long it took
# What a caller's own environment must not lend to the stack: it is to be as on a bare machine.
_OURS = (
    "DATABASE_URL", "REDIS_URL", "HELPDESK_", "PORT", "PYTEST_", "DJANGO_SETTINGS", "CHANNEL_PREFIX", "EMAIL_URL",
    "MAILBOX_URL", "PUBLIC_URL",
)  # fmt: skip


class StackError(RuntimeError):
    """The stack did not start, or a command on it failed; the message carries its output."""


def bare_environment(**changes: str) -> dict[str, str]:
    """This process's environment without what a test run or a developer's shell sets for the product."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | changes


def wait_for(condition: Callable[[], object], seconds: float = 30.0, what: str = "the condition") -> Any:
    """The first true value of `condition`; StackError when there is none within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise StackError(f"{what} did not come true within {seconds:g} s")
        time.sleep(0.02)
    return value


def is_ready(url: str) -> bool:
    """Whether `url`/readyz answers 200."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:  # noqa: S310 — our own loopback address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


class Stack:
    """`manage.py up`, started by `start()` and stopped by `stop()`. `environment` is added to a bare one."""

    def __init__(self, directory: Path, *, demo: bool = False, **environment: str) -> None:
        self.data_dir = directory / "var"
        self.port = state.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.demo = demo
        self.environment = bare_environment(
            HELPDESK_DATA_DIR=str(self.data_dir), PORT=str(self.port), DJANGO_SETTINGS_MODULE="helpdesk.settings",
            **environment,
        )  # fmt: skip
        self.output = directory / "up.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start and wait until ready. Returns the seconds that took; StackError with the output otherwise."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        command = [sys.executable, "manage.py", "up", f"--port={self.port}", f"--data-dir={self.data_dir}"]
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [*command, *([] if self.demo else ["--no-demo"])],
                cwd=ROOT, env=self.environment, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        while not is_ready(self.url):
            if self.process.poll() is not None or time.monotonic() - began > READY_SECONDS:
                text = self.output.read_text("utf-8", "replace")
                self.stop()
                raise StackError(f"`manage.py up` did not become ready:\n{text}{self.logs()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(45)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)

    def logs(self, lines: int = 15) -> str:
        """The last lines of every part's log."""
        found = sorted((self.data_dir / "logs").glob("*.log"))
        tails = ("\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:]) for log in found)
        return "".join(f"\n--- {log.name}\n{tail}" for log, tail in zip(found, tails, strict=True))

    def manage(self, *arguments: str, stdin: bytes = b"", code: int = 0) -> str:
        """`manage.py` with `arguments` on this stack; its stdout. StackError when it exits otherwise than `code`."""
        return self._run([sys.executable, "manage.py", *arguments], stdin, code)

    def script(self, module: str, *arguments: str) -> Any:
        """The JSON on the last line that `python -m module` prints, with the stack's settings."""
        return json.loads(self._run([sys.executable, "-m", module, *arguments], b"", 0).splitlines()[-1])

    def _run(self, command: list[str], stdin: bytes, code: int) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=stdin, capture_output=True, timeout=300, check=False
        )
        if done.returncode != code:
            words = (done.stdout + done.stderr).decode("utf-8", "replace")
            raise StackError(f"{' '.join(command[1:4])}: exit code {done.returncode}\n{words[-4000:]}")
        return done.stdout.decode()


@contextlib.contextmanager
def running_stack(*, demo: bool = False, **environment: str) -> Iterator[Stack]:
    """A started stack in a temporary directory, stopped and deleted at the end."""
    directory = Path(tempfile.mkdtemp(prefix="helpdesk-stack-"))
    stack = Stack(directory, demo=demo, **environment)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(directory, ignore_errors=True)
