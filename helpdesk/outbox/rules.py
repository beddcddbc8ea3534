"""When a mail is tried again, and when no more. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

FIRST_RETRY = 30.0  # seconds; with jitter it stays below one minute
LONGEST_RETRY = 3_600.0
GIVE_UP_AFTER = dt.timedelta(hours=48)
JITTER = 0.2  # either way, so that what failed together does not come back together


def retry_delay(attempts: int, random: Callable[[], float]) -> dt.timedelta:
    """How long to wait after the `attempts`-th failure (1 is the first). `random` gives values in [0, 1)."""
    seconds: float = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LONGEST_RETRY)
    return dt.timedelta(seconds=seconds * (1 + JITTER * (2 * random() - 1)))


def is_hopeless(created_at: dt.datetime, now: dt.datetime) -> bool:
    """True when a mail was tried for so long that it is better to say that it failed."""
    return now - created_at >= GIVE_UP_AFTER
