"""The child that parses: a loop over one pipe, bounded by the kernel. Started by path, without Django.

Request: 4 bytes length, JSON job, then the mail's bytes (`size` of them).
Answer: 4 bytes length, JSON {"ok", "mail" | "reason"+"detail"}, then each file's bytes, sizes in the head.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from typing import IO, Any

LENGTH = struct.Struct(">I")


def _limit(what: int, soft: int) -> None:
    """Lowers a soft limit; the hard one stays, so that the next mail can have its own."""
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    try:
        resource.setrlimit(what, (soft, hard))
    except (ValueError, OSError):  # macOS has no usable RLIMIT_AS; time and size caps still hold
        return


def _read(source: IO[bytes], size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _answer(job: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], list[bytes]]:
    from tickets.mail.parse import parse_mail
    from tickets.mail.parsed import Caps, Unparseable
    from tickets.mail.wire import to_wire

    try:
        head, bodies = to_wire(parse_mail(raw, authserv_id=job["authserv_id"], caps=Caps(**job["caps"])))
    except Unparseable as error:
        return {"ok": False, "reason": error.reason, "detail": error.detail}, []
    except MemoryError:
        return {"ok": False, "reason": "crashed", "detail": "memory"}, []
    except RecursionError:
        return {"ok": False, "reason": "too_deep", "detail": "recursion"}, []
    except Exception as error:  # any bug in here is one quarantined mail; its place is told, never its content
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "?"
        return {"ok": False, "reason": "crashed", "detail": f"{type(error).__name__} at {where}"}, []
    return {"ok": True, "mail": head}, bodies


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answers mails until the pipe closes."""
    from tickets.mail.wire import dumps, loads

    while True:
        try:
            job = loads(_read(source, LENGTH.unpack(_read(source, LENGTH.size))[0]))
            used = resource.getrusage(resource.RUSAGE_SELF)
            _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + job["seconds"]) + 2)
            _limit(resource.RLIMIT_AS, job["memory"])
            raw = _read(source, job["size"])
        except EOFError:
            return
        head, bodies = _answer(job, raw)
        packed = dumps(head)
        for piece in (LENGTH.pack(len(packed)), packed, *bodies):
            sink.write(piece)
        sink.flush()
        del raw, head, bodies, packed


def main() -> None:
    """Takes the pipes for itself, so that nothing a library prints can pass for an answer; then serves."""
    sys.path.insert(0, sys.argv[1])
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    _limit(resource.RLIMIT_CORE, 0)  # a core file would hold someone's mail
    import tickets.mail.parse  # noqa: F401  loaded before the first mail's clock starts

    _limit(resource.RLIMIT_FSIZE, 0)
    serve(source, sink)


if __name__ == "__main__":
    main()
