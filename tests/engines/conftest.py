"""Throwaway data directories, and `manage.py` run as an operator would run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpdesk.engines import processes, state
from helpdesk.engines.files import ROOT
from helpdesk.engines.postgres import query


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory with a space in its name; what still runs on it at the end is stopped."""
    with tempfile.TemporaryDirectory(prefix="helpdesk engines ") as name:
        directory = Path(name).resolve() / "var"
        yield directory
        for marks in (
            ("-m helpdesk.engines.part", f"--data-dir={directory}"),
            (f"-D {directory / 'pg'}",),
            (str(directory / "valkey" / "valkey.conf"),),
        ):
            processes.stop_found(marks, first=signal.SIGKILL)


class Up:
    """`manage.py up` on a data directory, with what it printed so far."""

    def __init__(self, data_dir: Path, *options: str, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = state.free_port()
        self.output = data_dir.parent / f"output-{self.port}.txt"
        command = [sys.executable, str(ROOT / "manage.py"), "up", f"--data-dir={data_dir}", "--no-demo"]
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [*command, f"--port={self.port}", *options],
                env=operator_environment(HELPDESK_TESTING="1", **environment),  # no static files to collect
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.output.read_text("utf-8")

    def pid(self, part: str) -> int:
        """The one process of "postgres", "valkey", "web", "worker" or "beat"; 0 while there is none."""
        marks = {
            "postgres": (f"-D {self.data_dir / 'pg'}",),
            "valkey": (str(self.data_dir / "valkey" / "valkey.conf"),),
        }.get(part, (f"helpdesk.engines.part {part}", f"--data-dir={self.data_dir}"))
        found = processes.find(*marks)
        return found[0] if len(found) == 1 else 0

    def until(self, text: str, seconds: float = 30) -> None:
        wait_for(lambda: text in self.text() or self.process.poll() is not None, seconds)
        assert text in self.text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


def operator_environment(**changes: str) -> dict[str, str]:
    """Ours without what the test run itself sets."""
    ours = ("DATABASE_URL", "REDIS_URL", "HELPDESK_DATA_DIR", "HELPDESK_TESTING", "PORT", "PYTEST_", "DJANGO_SETTINGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | changes


def manage(data_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=operator_environment(HELPDESK_DATA_DIR=str(data_dir), **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def sql(data_dir: Path, statement: str) -> str:
    return query(state.load(data_dir).database_url, statement).stdout.strip()


@pytest.fixture
def up(data_dir: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(*options: str, directory: Path = data_dir, **environment: str) -> Up:
        started.append(Up(directory, *options, **environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
