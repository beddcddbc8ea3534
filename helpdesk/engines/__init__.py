"""The embedded engines: a real PostgreSQL and a real Valkey, started for you when you have none of your own.

Light on purpose: settings import this at every start, and the supervisor lives in it.
"""

from __future__ import annotations

from pathlib import Path

from helpdesk.engines.errors import EnginesError

__all__ = ["EnginesError", "discover"]


def discover(data_dir: Path) -> dict[str, str]:
    """`{"DATABASE_URL", "REDIS_URL"}` of the embedded engines of `data_dir`. Starts nothing.

    Ports and passwords are chosen on the first call and stay.
    """
    from helpdesk.engines import state

    known = state.load(data_dir)
    return {"DATABASE_URL": known.database_url, "REDIS_URL": known.redis_url}
