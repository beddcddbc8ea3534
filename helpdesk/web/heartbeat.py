"""Signs of life of the worker and of beat: a key in Valkey that each renews and that expires by itself."""

from __future__ import annotations

import logging
import threading

import redis

from helpdesk.realtime import valkey

log = logging.getLogger(__name__)
RENEW_SECONDS = 3
EXPIRE_SECONDS = 10


def run(part: str) -> None:
    """Renew the heartbeat of `part` for as long as this process lives."""
    pause = threading.Event()
    while True:
        try:
            valkey.client().set(valkey.key("alive", part), "1", ex=EXPIRE_SECONDS)
        except redis.RedisError:
            log.warning("heartbeat of %s not written: Valkey does not answer", part)
        pause.wait(RENEW_SECONDS)


def alive(part: str) -> bool:
    """Whether `part` ("worker" | "beat") gave a sign of life within EXPIRE_SECONDS."""
    try:
        return bool(valkey.client().exists(valkey.key("alive", part)))
    except redis.RedisError:
        return False
