"""One part in a process of its own: `python -m helpdesk.engines.part NAME --data-dir=DIR COMMAND…`.

The command line names the part, its data directory and the tool it runs, so that `ps` tells them apart and
the next `up` recognises an orphan.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_NAME = 15


def main(argv: list[str]) -> int:
    """`argv` is [name, "--data-dir=…", tool, *arguments]."""
    name, _, tool, *arguments = argv
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_NAME, f"helpdesk:{name}"[:15].encode(), 0, 0, 0)
    else:
        threading.Thread(target=_follow_parent, args=(os.getppid(),), daemon=True).start()
    if tool == "prepare":
        from helpdesk.engines.prepare import prepare

        return prepare(demo="--no-demo" not in arguments)
    sys.argv = [tool, *arguments]
    if tool == "daphne":
        from daphne.cli import CommandLineInterface

        from helpdesk.engines.bodies import bound_bodies

        bound_bodies()
        CommandLineInterface().run(arguments)
        return 0
    from celery.__main__ import main as celery

    celery()
    return 0


def _follow_parent(parent: int) -> None:
    """Where the kernel has no parent-death signal: stop when the supervisor is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
