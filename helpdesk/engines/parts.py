"""The parts that the supervisor keeps running: what starts each, and when it may start again."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpdesk.engines import processes
from helpdesk.engines.files import ROOT
from helpdesk.engines.postgres import Postgres
from helpdesk.engines.valkey import Valkey

FIRST_DELAY = 0.5  # seconds; doubled at each end, up to
LAST_DELAY = 30.0
CALM = 60.0  # a part that ran this long starts from the first delay again


@dataclass
class Part:
    """One child process. `launch` returns once it runs."""

    name: str
    log: Path
    launch: Callable[[], subprocess.Popen[bytes]]
    patience: float = 8.0
    first_signal: int = signal.SIGTERM
    last_signal: int = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = None
    delay: float = 0.0
    _since: float = field(default=0.0, repr=False)
    _due: float | None = field(default=None, repr=False)

    def start(self) -> None:
        self.process = self.launch()
        self._since, self._due = time.monotonic(), None

    def ended(self) -> str:
        """How the process ended, told once; "" while it runs. Sets when it may start again."""
        if self.process is None or self._due is not None or (code := self.process.poll()) is None:
            return ""
        self.postpone(calm=time.monotonic() - self._since > CALM)
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def postpone(self, *, calm: bool = False) -> float:
        """Set the next start; returns the delay in seconds."""
        self.delay = FIRST_DELAY if calm or not self.delay else min(self.delay * 2, LAST_DELAY)
        self._due = time.monotonic() + self.delay
        return self.delay

    def due_in(self) -> float:
        """Seconds until the next start; infinite while it runs."""
        return float("inf") if self._due is None else max(0.0, self._due - time.monotonic())

    def stop(self) -> None:
        if self.process is not None:
            processes.stop_child(self.process, first=self.first_signal, patience=self.patience)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(self.last_signal)


def embedded_part(engine: Postgres | Valkey) -> Part:
    """SIGINT is PostgreSQL's fast shutdown; SIGQUIT its immediate one, after which it recovers by itself."""
    if isinstance(engine, Postgres):
        return Part(engine.name, engine.log, engine.start, 30.0, signal.SIGINT, signal.SIGQUIT)
    return Part(engine.name, engine.log, engine.start)


def python_part(
    name: str,
    tool: Sequence[str],
    environment: Mapping[str, str],
    data_dir: Path,
    *,
    stdout: int | None = None,
) -> Part:
    """A child that runs `tool` as helpdesk.engines.part does, with its output in `logs/<name>.log`."""
    log_path = data_dir / "logs" / f"{name}.log"
    argv = [sys.executable, "-m", "helpdesk.engines.part", name, f"--data-dir={data_dir}", *tool]

    def launch() -> subprocess.Popen[bytes]:
        with processes.open_log(log_path) as log:
            return processes.spawn(argv, log=log, stdout=stdout, cwd=ROOT, env=environment)

    return Part(name, log_path, launch)
