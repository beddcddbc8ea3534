"""What the supervisor says: one calm line per step, with its time."""

from __future__ import annotations

import sys
import time


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def done(what: str, started: float, detail: str = "") -> None:
    """A step that began at `started` (time.monotonic()) is over."""
    say(f"  ✓ {what:<28}{time.monotonic() - started:5.1f} s{'   ' + detail if detail else ''}")


def now_line(text: str) -> None:
    """A line with the wall clock before it, for what happens later."""
    say(f"{time.strftime('%H:%M:%S')}  {text}")
