"""Where the embedded engines of one data directory listen: ports chosen once, kept in `engines.json`."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpdesk.engines import secrets
from helpdesk.engines.errors import EnginesError
from helpdesk.engines.files import read_json, write_json

HOST = "127.0.0.1"
DATABASE = "helpdesk"
USER = "helpdesk"
ENGINES = ("postgres", "valkey")
# Below what Linux (32768) and macOS (49152) hand out to outgoing connections, so that the port is still
# free at the next start.
_PORTS = range(20000, 32000)


def port_is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the last run in TIME_WAIT do not count as a taken port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(*, avoid: tuple[int, ...] = ()) -> int:
    choice = random.SystemRandom()
    for _ in range(200):
        port = choice.choice(_PORTS)
        if port not in avoid and port_is_free(port):
            return port
    raise EnginesError("No free port between 20000 and 32000 on 127.0.0.1: stop what listens there.")


@dataclass(frozen=True)
class State:
    """Ports and passwords of one data directory."""

    data_dir: Path
    postgres_port: int
    valkey_port: int
    postgres_password: str
    valkey_password: str

    @property
    def database_url(self) -> str:
        return f"postgres://{USER}:{self.postgres_password}@{HOST}:{self.postgres_port}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{self.valkey_password}@{HOST}:{self.valkey_port}/0"


def load(data_dir: Path) -> State:
    """The state of `data_dir`, made on first use. Starts nothing."""
    path = data_dir / "engines.json"
    ports = read_json(path)
    if ports is None:
        first = free_port()
        fresh = {"postgres_port": first, "valkey_port": free_port(avoid=(first,))}
        ports = fresh if write_json(path, fresh, exclusive=True) else read_json(path) or fresh
    return _state(data_dir, ports)


def move(data_dir: Path, engine: str) -> State:
    """Give `engine` ("postgres" or "valkey") a new port, as somebody else took its own."""
    ports = read_json(data_dir / "engines.json") or {}
    ports[f"{engine}_port"] = free_port(avoid=tuple(int(p) for p in ports.values()))
    write_json(data_dir / "engines.json", ports)
    return load(data_dir)


def _state(data_dir: Path, ports: dict[str, Any]) -> State:
    known = secrets.load(data_dir)
    try:
        return State(
            data_dir,
            int(ports["postgres_port"]),
            int(ports["valkey_port"]),
            known["POSTGRES_PASSWORD"],
            known["VALKEY_PASSWORD"],
        )
    except (KeyError, ValueError):
        raise EnginesError(f"{data_dir / 'engines.json'} is damaged: delete it, new ports will be chosen.") from None
