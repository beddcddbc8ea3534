"""`manage.py up`: engines, web, worker and beat under one small supervisor, which imports no Django."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from helpdesk.engines import postgres, processes, state, valkey, welcome
from helpdesk.engines.errors import EnginesError
from helpdesk.engines.files import ROOT, default_data_dir, ensure_data_dir
from helpdesk.engines.locks import Lock, engines_lock, up_lock, users_lock
from helpdesk.engines.output import done, now_line, say
from helpdesk.engines.parts import Part, embedded_part, python_part
from helpdesk.engines.sessions import embedded

READY_SECONDS = 90.0
# Threads: tasks wait for the database and the network, and a process each would cost 80 MB.
WORKER_OPTIONS = [
    "--pool=threads",
    "--concurrency=4",
    "--without-gossip",
    "--without-mingle",
    "--loglevel=INFO",
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `up`, for this module's own parser and for `manage.py help up`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=None, help="port to listen on (default: $PORT, else 8000)")
    parser.add_argument("--data-dir", type=Path, default=None, help="default: $HELPDESK_DATA_DIR, else var/")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo data")


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is between 1 and 65535")
    return number


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run the whole helpdesk; Ctrl-C stops it.")
    add_arguments(parser)
    options = parser.parse_args(argv)
    return run(options.host, options.port, options.data_dir, demo=not options.no_demo)


def run(host: str, port: int | None, data_dir: Path | None, *, demo: bool) -> int:
    """Supervise until told to stop. Exit code 1, with one line, when it cannot start."""
    supervisor = None
    try:
        port = port or _port(os.environ.get("PORT", "").strip() or "8000")
        supervisor = Supervisor(host, port, (data_dir or default_data_dir()).resolve(), demo=demo)
        supervisor.start()
        supervisor.watch()
    except (ValueError, argparse.ArgumentTypeError):
        sys.stderr.write("PORT must be a number between 1 and 65535.\n")
        return 1
    except EnginesError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Stopped:
        pass
    finally:
        if supervisor is not None:
            supervisor.stop()
    return 0


class Stopped(Exception):
    """SIGINT, SIGTERM or SIGHUP arrived."""


class Supervisor:
    """Starts the parts in order, keeps them running, stops them in the opposite order."""

    def __init__(self, host: str, port: int, data_dir: Path, *, demo: bool) -> None:
        self.host, self.port, self.data_dir, self.demo = host, port, data_dir, demo
        self.began = time.monotonic()
        self.parts: list[Part] = []
        self._lock: Lock = up_lock(data_dir)
        self._asked_to_stop = 0
        # A signal writes one byte here and so ends a wait at once.
        self._bell, bell = os.pipe()
        os.set_blocking(bell, False)
        os.set_blocking(self._bell, False)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler is needed for the byte to be written

    # --- starting ---------------------------------------------------------------------------------

    def start(self) -> None:
        """1. Clear orphans. 2. Refuse what cannot work. 3. Engines. 4. Schema and data. 5. The rest."""
        ensure_data_dir(self.data_dir)
        self._take_lock()
        say(f"Helpdesk · data in {_short(self.data_dir)}")
        if orphans := processes.stop_found(("-m helpdesk.engines.part", f"--data-dir={self.data_dir}")):
            say(f"  · stopped {orphans} part(s) that an earlier run left behind")
        if not state.port_is_free(self.port, self.host):
            raise EnginesError(
                f"Port {self.port} on {self.host} is taken: choose another with --port (or make run PORT=…)."
            )
        self._check_own_servers()
        self._start_engines()
        self._prepare()
        for part in self._python_parts():
            self._launch(part)
        self._wait_until_ready()

    def _take_lock(self) -> None:
        if not self._lock.take(wait=False):
            where = (self.data_dir / "up.lock").read_text().strip()
            raise EnginesError(
                f"A helpdesk already runs on {_short(self.data_dir)}{f' ({where})' if where else ''}: "
                "stop it with Ctrl-C there, or choose another --data-dir."
            )
        (self.data_dir / "up.lock").write_text(f"http://{self.host}:{self.port}/, process {os.getpid()}\n")

    def _check_own_servers(self) -> None:
        checks: list[tuple[str, str, Callable[[str], str]]] = [
            ("DATABASE_URL", "PostgreSQL", postgres.unreachable),
            ("REDIS_URL", "Valkey", valkey.unreachable),
        ]
        for variable, what, unreachable in checks:
            url = os.environ.get(variable, "").strip()
            if url and (why := unreachable(url)):
                raise EnginesError(
                    f"{variable} is not reachable ({why}): start that server, correct the address, "
                    f"or unset {variable} to use the embedded {what}."
                )

    def _start_engines(self) -> None:
        engines = embedded(self.data_dir)
        if not engines:
            return
        deadline = time.monotonic() + 30
        users, told = users_lock(self.data_dir), False
        while not users.take(wait=False):  # a command runs with engines of its own starting
            if time.monotonic() > deadline:
                raise EnginesError(
                    "Another manage.py command uses the engines: let it finish, or stop it, and try again."
                )
            if not told:
                say("  · waiting for another manage.py command to finish")
                told = True
            self._pause(0.2)
        try:
            with engines_lock(self.data_dir):
                for engine in engines:
                    began = time.monotonic()
                    part = embedded_part(engine)
                    self._launch(part)
                    done({"postgres": "PostgreSQL", "valkey": "Valkey"}[part.name], began)
        finally:
            users.release()

    def _prepare(self) -> None:
        first = not (self.data_dir / "static").exists()
        if first:
            say("  · first run: making the database and the demo, this takes a moment")
        arguments = ["prepare", *([] if self.demo else ["--no-demo"])]
        part = python_part("prepare", arguments, self._environment(), self.data_dir, stdout=sys.stdout.fileno())
        self._launch(part)
        assert part.process is not None
        while part.process.poll() is None:
            self._pause(0.5)
        self.parts.remove(part)
        if part.process.returncode:
            why = processes.last_line(part.log).removeprefix("django.db.utils.")
            raise EnginesError(f"Preparing the database failed: {why} (see {_short(part.log)})")

    def _python_parts(self) -> list[Part]:
        environment = self._environment()
        celery = ["celery", "-A", "helpdesk"]
        tools = {
            "web": [
                "daphne",
                "-v",
                "0",
                "-b",
                self.host,
                "-p",
                str(self.port),
                "--no-server-name",
                # A line that broke without a goodbye is noticed within 25 s: until then answers go to nobody.
                "--ping-interval",
                "10",
                "--ping-timeout",
                "15",
                "helpdesk.asgi:application",
            ],
            "worker": [*celery, "worker", *WORKER_OPTIONS],
            "beat": [
                *celery,
                "beat",
                f"--schedule={self.data_dir / 'beat-schedule'}",
                "--pidfile=",
                "-l",
                "WARNING",
            ],
        }
        return [python_part(name, tool, environment, self.data_dir) for name, tool in tools.items()]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HELPDESK_DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc keeps a heap per thread otherwise: tens of MB in web and worker
        }

    def _launch(self, part: Part) -> None:
        self.parts.append(part)
        part.start()
        self._pause(0)  # a start may take a while: stop now if we were told to meanwhile

    def _wait_until_ready(self) -> None:
        began, deadline = time.monotonic(), time.monotonic() + READY_SECONDS
        answer = "no answer yet"
        while time.monotonic() < deadline:
            ready, answer = welcome.ready(self.host, self.port)
            if ready:
                done("web, worker and beat", began)
                welcome.greet(self.host, self.port, self.data_dir, time.monotonic() - self.began)
                return
            self._tend()
            self._pause(0.1)
        now_line(f"Not ready after {READY_SECONDS:.0f} s ({answer}); going on. `manage.py doctor` says more.")

    # --- running ----------------------------------------------------------------------------------

    def watch(self) -> None:
        """Restart what stops, until we are told to stop."""
        while True:
            self._tend()
            self._pause(min([60.0, *(part.due_in() for part in self.parts)]))

    def _tend(self) -> None:
        for part in self.parts:
            if ended := part.ended():
                why = "" if ended.startswith("signal") else f": {processes.last_line(part.log)[:160]}"
                now_line(f"{part.name} stopped ({ended}{why}); starting it again in {part.delay:g} s")
            if part.due_in() <= 0:
                try:
                    with engines_lock(self.data_dir):
                        part.start()
                except EnginesError as error:
                    now_line(f"{error}; trying again in {part.postpone():g} s")
                else:
                    now_line(f"{part.name} runs again")

    def _pause(self, seconds: float) -> None:
        """Wait, or less: until a child ends or somebody asks us to stop (then `Stopped` is raised)."""
        if not self._asked_to_stop:
            select.select([self._bell], [], [], max(0.0, seconds))
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell, 4096)
        if self._asked_to_stop:
            raise Stopped

    # --- stopping ---------------------------------------------------------------------------------

    def _on_stop(self, *_: object) -> None:
        self._asked_to_stop += 1
        if self._asked_to_stop > 1:  # somebody is impatient
            for part in self.parts:
                part.kill()

    def stop(self) -> None:
        """Beat, worker, web, then the engines: nobody loses what it still needs."""
        running = [part for part in reversed(self.parts) if part.process is not None]
        if running and self._asked_to_stop:
            say("\nStopping …")
        for part in running:
            part.stop()
        self._lock.release()
        if running and self._asked_to_stop:
            say("Stopped. Everything is kept in " + _short(self.data_dir))


def _short(path: Path) -> str:
    """Relative to the project where it can be."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
