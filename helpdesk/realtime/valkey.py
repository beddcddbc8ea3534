"""Connections to Valkey for hints: presence, rate limits, wake-ups. All may vanish at any time."""

from __future__ import annotations

import functools

import redis
from django.conf import settings


@functools.cache
def client() -> redis.Redis:
    """The process-wide synchronous client (thread-safe, pooled, text answers)."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_timeout=3,
        socket_connect_timeout=2,
        health_check_interval=30,
    )


def key(*parts: object) -> str:
    """A key under this installation's prefix."""
    return ":".join([settings.CHANNEL_PREFIX, *map(str, parts)])
