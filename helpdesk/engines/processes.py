"""Child processes: they die with us, and are recognised by their command line, never by a pid alone."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def _tied_to_parent(death_signal: int) -> Callable[[], None]:
    """What the child runs before exec: Linux sends it `death_signal` when we die, even by SIGKILL."""
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # we died between fork and prctl
                os._exit(1)

    return tie


def spawn(
    argv: Sequence[str],
    *,
    log: IO[bytes] | int,
    stdout: IO[bytes] | int | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    run_as: tuple[int, int] | None = None,
    death_signal: int | None = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, so that Ctrl-C reaches the supervisor alone, who stops in order.

    Errors go to `log`, and so does what it prints unless `stdout` is given. `run_as` is (uid, gid).
    With `death_signal` None the child outlives us.
    """
    user, group = run_as or (None, None)
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log if stdout is None else stdout,
        stderr=log,
        cwd=cwd,
        env=dict(env) if env is not None else None,
        start_new_session=True,
        user=user,
        group=group,
        extra_groups=None if run_as is None else [],
        umask=0o077,
        # Safe here: the processes that call this have no threads of their own at that time.
        preexec_fn=None if death_signal is None else _tied_to_parent(death_signal),
    )


def command_lines() -> Iterator[tuple[int, str]]:
    """(pid, command line) of every process that we may see. Arguments are joined by one space."""
    if _LINUX:
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    raw = Path(entry.path, "cmdline").read_bytes()
                    state = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()[0]
                    if raw and state != b"Z":
                        yield int(entry.name), os.fsdecode(raw.rstrip(b"\0")).replace("\0", " ")
        return
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=False)
    for line in listing.stdout.splitlines():
        pid, status, command = (*line.split(None, 2), "", "")[:3]
        if command and not status.startswith("Z"):
            yield int(pid), command


def find(*marks: str) -> list[int]:
    """Pids of the processes but us whose command line holds all of `marks` as whole arguments."""
    own = os.getpid()
    return [pid for pid, line in command_lines() if pid != own and all(f" {m} " in f" {line} " for m in marks)]


def stop_found(marks: Sequence[str], *, first: int = signal.SIGTERM, patience: float = 10.0) -> int:
    """Ask the processes that `find` names to stop; after `patience` seconds kill them.

    Returns how many there were. Each is recognised afresh before it is killed, so that a pid passed on
    meanwhile is left alone.
    """
    pids = find(*marks)
    for pid in pids:
        _signal(pid, first)
    deadline = time.monotonic() + patience
    while still := find(*marks):
        if time.monotonic() > deadline:
            for pid in still:
                _signal(pid, signal.SIGKILL)
            deadline = time.monotonic() + 2
        time.sleep(0.05)
    return len(pids)


def stop_child(process: subprocess.Popen[bytes], *, first: int = signal.SIGTERM, patience: float = 10.0) -> None:
    """Ask our own child to stop, kill it after `patience` seconds, and reap it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def open_log(path: Path, *, rotate_above: int = 5_000_000) -> IO[bytes]:
    """`path` opened for appending; a file larger than `rotate_above` bytes becomes `<name>.1` first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > rotate_above:
            path.replace(path.with_name(path.name + ".1"))
    return path.open("ab", buffering=0)


def last_line(path: Path, *marks: str) -> str:
    """The last non-empty line of a log, or the last that holds one of `marks`; "" if there is none."""
    with contextlib.suppress(OSError):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
        marked = [line for line in lines if any(mark in line for mark in marks)]
        return (marked or lines or [""])[-1]
    return ""
