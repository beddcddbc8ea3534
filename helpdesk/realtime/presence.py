"""Who has an open socket right now. A hint in Valkey that expires by itself when a process dies.

Each socket is a member of a sorted set scored by its expiry; sockets renew every PRESENCE_SECONDS / 3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

import redis

from . import valkey

log = logging.getLogger(__name__)
PRESENCE_SECONDS = 45


def touch(kind: str, id: int, socket: str) -> None:
    """Say that `socket` of ("agent" | "visitor", id) is open; repeat before PRESENCE_SECONDS pass."""
    name = valkey.key("presence", kind, id)
    try:
        pipe = valkey.client().pipeline(transaction=False)
        pipe.zadd(name, {socket: time.time() + PRESENCE_SECONDS})
        pipe.expire(name, PRESENCE_SECONDS * 2)
        pipe.execute()
    except redis.RedisError:
        log.warning("presence not recorded: Valkey does not answer")


def leave(kind: str, id: int, socket: str) -> None:
    """Say that `socket` closed."""
    try:
        valkey.client().zrem(valkey.key("presence", kind, id), socket)
    except redis.RedisError:
        log.warning("presence not recorded: Valkey does not answer")


def present(kind: str, id: int) -> bool:
    """Whether any socket of (kind, id) is open. False when Valkey does not answer."""
    return id in present_among(kind, [id])


def present_among(kind: str, ids: Iterable[int]) -> set[int]:
    """Those of `ids` that have an open socket; one round trip."""
    wanted = list(ids)
    if not wanted:
        return set()
    now = time.time()
    try:
        pipe = valkey.client().pipeline(transaction=False)
        for id in wanted:
            pipe.zcount(valkey.key("presence", kind, id), now, "+inf")
        counts = pipe.execute()
    except redis.RedisError:
        return set()
    return {id for id, count in zip(wanted, counts, strict=True) if count}
