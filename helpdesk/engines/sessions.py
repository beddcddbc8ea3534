"""Engines for the duration of something: one command, or one test run."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpdesk.engines import discover
from helpdesk.engines.errors import EnginesError
from helpdesk.engines.files import default_data_dir, ensure_data_dir
from helpdesk.engines.locks import Lock, engines_lock, is_up, users_lock
from helpdesk.engines.postgres import Postgres
from helpdesk.engines.valkey import Valkey

_VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}


def embedded(data_dir: Path, *, durable: bool = True) -> list[Postgres | Valkey]:
    """The engines we run ourselves, in starting order: those for which the environment names no server."""
    wanted: list[type[Postgres] | type[Valkey]] = [Postgres, Valkey]
    return [
        engine(data_dir, durable=durable)
        for engine, variable in zip(wanted, _VARIABLES.values(), strict=True)
        if not os.environ.get(variable, "").strip()
    ]


@contextlib.contextmanager
def ensure_engines(data_dir: Path | None = None) -> Iterator[None]:
    """Inside this context the embedded engines answer; if they were down, their last user stops them.

    1. Under a supervisor there is nothing to do.
    2. Else join the users (a shared lock) and start what does not answer. Engines are not tied to us: another
       command may come to share them.
    3. Leaving, the last user (nobody else holds the lock, no supervisor took over) stops them.
    """
    data_dir = data_dir or default_data_dir()
    engines = embedded(data_dir)
    if not engines:
        yield
        return
    ensure_data_dir(data_dir)
    users = users_lock(data_dir)
    if not _join(data_dir, engines, users):
        yield
        return
    try:
        yield
    finally:
        _leave(data_dir, engines, users)


def _join(data_dir: Path, engines: list[Postgres | Valkey], users: Lock, *, patience: float = 60.0) -> bool:
    """Whether the engines are ours to stop; False under a supervisor, once its engines answer."""
    deadline = time.monotonic() + patience
    while is_up(data_dir):
        if all(engine.answers() for engine in engines):
            return False
        if time.monotonic() > deadline:
            raise EnginesError("`manage.py up` runs, but its engines do not answer: see `manage.py doctor`.")
        time.sleep(0.1)
    with engines_lock(data_dir):
        users.take(shared=True)
        for engine in engines:
            if not engine.answers():
                engine.start(death_signal=None)
    return True


def _leave(data_dir: Path, engines: list[Postgres | Valkey], users: Lock) -> None:
    with engines_lock(data_dir):
        users.release()
        alone = users.take(wait=False)
        try:
            if alone and not is_up(data_dir):
                for engine in reversed(engines):
                    engine.stop()
        finally:
            users.release()


@dataclass(frozen=True)
class Throwaway:
    """Engines of their own for a test run. `urls` has `DATABASE_URL` and `REDIS_URL`."""

    directory: Path
    urls: dict[str, str]

    def stop(self) -> None:
        """Stop the engines and delete their data."""
        for engine in (Valkey(self.directory), Postgres(self.directory)):
            engine.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def start_throwaway(directory: Path, *, durable: bool = False) -> Throwaway:
    """Start a fresh PostgreSQL and Valkey in `directory`; they die with this process."""
    directory = directory.resolve()
    ensure_data_dir(directory)
    with engines_lock(directory):
        for engine in (Postgres(directory, durable=durable), Valkey(directory, durable=durable)):
            engine.start()
    return Throwaway(directory, discover(directory))
