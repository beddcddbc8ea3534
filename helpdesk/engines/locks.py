"""Who uses the engines of a data directory, kept as file locks: the kernel drops them with their holder.

`up.lock` is held by the supervisor for its life, `users.lock` is shared by commands that run without one, and
`engines.lock` is held for moments, while engines are being started or stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from helpdesk.engines.files import ensure_data_dir


class Lock:
    """One lock file. Children do not inherit it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Lock; with `wait` False give up at once, and return False, when somebody else holds it."""
        if self._file is None:
            ensure_data_dir(self._path.parent)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self._file, how)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def up_lock(data_dir: Path) -> Lock:
    return Lock(data_dir / "up.lock")


def users_lock(data_dir: Path) -> Lock:
    return Lock(data_dir / "users.lock")


@contextlib.contextmanager
def engines_lock(data_dir: Path) -> Iterator[None]:
    lock = Lock(data_dir / "engines.lock")
    lock.take()
    try:
        yield
    finally:
        lock.release()


def is_up(data_dir: Path) -> bool:
    """Whether a supervisor runs on this data directory."""
    lock = up_lock(data_dir)
    try:
        return not lock.take(wait=False)
    finally:
        lock.release()


def address_of_up(data_dir: Path) -> str:
    """`http://host:port` of the supervisor that runs on `data_dir`; "" when none runs."""
    if not is_up(data_dir):
        return ""
    with contextlib.suppress(OSError):
        return (data_dir / "up.lock").read_text().partition(",")[0].strip().rstrip("/")
    return ""
