"""Parsing in a child process that can be killed: whatever a mail does, it does to the child alone."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tickets.mail.parsed import QUARANTINE_REASONS, Caps, ParsedMail, Unparseable
from tickets.mail.wire import dumps, from_wire, loads
from tickets.mail.worker import LENGTH

_ROOT = Path(__file__).resolve().parents[2]
_MAX_HEAD = 64 * 1024 * 1024  # JSON of one mail: texts are capped far below
_RECYCLE_BYTES = 4 * 1024 * 1024  # a child that parsed a mail this big keeps its memory: replace it
_RECYCLE_COUNT = 1_000
_CHUNK = 1024 * 1024


class _Timeout(Exception):
    pass


class _Gone(Exception):
    pass


class _Child:
    """One worker process and its two pipes. Used by one thread at a time."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LANG": "C.UTF-8"},  # no secrets of ours in its environment
            start_new_session=True,  # Ctrl-C is for the parent; the child ends with its pipe
            bufsize=0,
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise _Gone("no pipes")
        self._in = self.process.stdin
        self._out = self.process.stdout
        os.set_blocking(self._in.fileno(), False)
        os.set_blocking(self._out.fileno(), False)
        self.served = 0

    def ask(self, job: dict[str, Any], raw: bytes, deadline: float) -> tuple[dict[str, Any], list[bytes]]:
        """Sends one mail, waits for its answer. After _Timeout or _Gone the child is of no more use."""
        packed = dumps(job)
        for piece in (LENGTH.pack(len(packed)), packed, raw):
            self._send(piece, deadline)
        size = LENGTH.unpack(self._receive(LENGTH.size, deadline))[0]
        if size > _MAX_HEAD:
            raise _Gone("answer too long")
        head = loads(self._receive(size, deadline))
        if not head.get("ok"):
            return head, []
        sizes = [int(f["size"]) for f in head["mail"]["files"]]
        # Decoding never makes more of a mail than there was; an answer that says so is not our worker's.
        if min(sizes, default=0) < 0 or sum(sizes) > len(raw) + 65_536:
            raise _Gone("files larger than the mail")
        return head, [self._receive(n, deadline) for n in sizes]

    def _wait(self, fd: int, event: int, deadline: float) -> None:
        poll = select.poll()  # not select(): a busy server has descriptors above 1,024
        poll.register(fd, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise _Timeout

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._in.fileno(), select.POLLOUT, deadline)
            try:
                view = view[os.write(self._in.fileno(), view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _Gone("pipe closed") from error

    def _receive(self, size: int, deadline: float) -> bytes:
        out = bytearray()
        while len(out) < size:
            self._wait(self._out.fileno(), select.POLLIN, deadline)
            try:
                piece = os.read(self._out.fileno(), min(size - len(out), _CHUNK))
            except BlockingIOError:
                continue
            if not piece:
                raise _Gone("pipe closed")
            out += piece
        return bytes(out)

    def stop(self) -> None:
        """Kills and reaps it; never waits for its consent."""
        with contextlib.suppress(OSError):
            self.process.kill()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        self.process.wait()


class ParserPool:
    """At most `size` warm children, shared by the threads of one process; each mail has one to itself.

    A child that dies, hangs or has grown is replaced; the mail in it is quarantined, the next one flows.
    `command` is for tests: what to start instead of the worker.
    """

    def __init__(self, size: int = 2, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-I", str(_ROOT / "tickets/mail/worker.py"), str(_ROOT)]
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    def pids(self) -> list[int]:
        """Process ids of the children that wait for work."""
        with self._lock:
            return [child.process.pid for child in self._idle]

    def parse(
        self,
        raw: bytes,
        *,
        authserv_id: str = "",
        timeout: float = 20.0,
        memory: int = 600_000_000,
        caps: Caps | None = None,
    ) -> ParsedMail:
        """The mail in `raw`. Raises Unparseable, and nothing else, whatever the bytes are.

        `timeout` is in seconds of the wall clock from the moment a child is free, `memory` in bytes of its
        address space.
        """
        caps = caps or Caps()
        if len(raw) > caps.max_bytes:
            raise Unparseable("too_large", f"{len(raw)} bytes")
        job = {
            "size": len(raw),
            "authserv_id": authserv_id,
            "seconds": timeout,
            "memory": memory,
            "caps": asdict(caps),
        }
        with self._slots:
            head, bodies = self._ask(job, raw, timeout)
        try:
            if head.get("ok"):
                return from_wire(head["mail"], bodies)
            reason, detail = head["reason"], str(head["detail"])
        except (KeyError, TypeError, ValueError) as error:
            raise Unparseable("crashed", "unreadable answer") from error
        raise Unparseable(reason if reason in QUARANTINE_REASONS else "crashed", detail)

    def _ask(self, job: dict[str, Any], raw: bytes, timeout: float) -> tuple[dict[str, Any], list[bytes]]:
        child = self._take()
        keep = False
        try:
            head, bodies = child.ask(job, raw, time.monotonic() + timeout)
            child.served += 1
            keep = len(raw) < _RECYCLE_BYTES and child.served < _RECYCLE_COUNT and head.get("reason") != "crashed"
        except _Timeout as error:
            raise Unparseable("timeout", f"{timeout:g} s") from error
        except (_Gone, KeyError, TypeError, ValueError) as error:
            raise Unparseable("crashed", f"child ended: {error}") from error
        finally:
            if keep:
                with self._lock:
                    self._idle.append(child)
            else:
                child.stop()
        return head, bodies

    def _take(self) -> _Child:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _Child(self._command)
            if child.process.poll() is None:
                return child
            child.stop()  # killed while it was idle; this mail is not to blame

    def close(self) -> None:
        """Ends the idle children."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.stop()

    def forget(self) -> None:
        """After a fork: the children belong to the parent; let go of them without a word."""
        self._idle = []
        self._lock = threading.Lock()


_pool: ParserPool | None = None
_pool_lock = threading.Lock()


def default_pool() -> ParserPool:
    """The pool of this process: as many children as it has cores, at most four."""
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ParserPool(size=min(4, os.cpu_count() or 1))
            atexit.register(_pool.close)
        return _pool


def _after_fork() -> None:
    global _pool, _pool_lock
    if _pool is not None:
        atexit.unregister(_pool.close)
    _pool, _pool_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def parse_in_child(
    raw: bytes,
    *,
    authserv_id: str = "",
    timeout: float = 20.0,
    memory: int = 600_000_000,
    caps: Caps | None = None,
) -> ParsedMail:
    """The mail in `raw`, parsed by a warm, killable child. Thread-safe. Raises Unparseable, nothing else."""
    return default_pool().parse(raw, authserv_id=authserv_id, timeout=timeout, memory=memory, caps=caps)
