"""Rate limits that hold under concurrency (one atomic script per check)."""

from __future__ import annotations

import logging
import time

import redis

from . import valkey

log = logging.getLogger(__name__)

# GCRA ("leaky bucket as a meter"): one number per key, the theoretical arrival time of the next request.
# KEYS[1] the key; ARGV: now, seconds per request, burst. Answers seconds to wait, "0" when allowed.
_GCRA = """
local now, step, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if tat - now > step * (burst - 1) + 1e-9 then return tostring(tat - now - step * (burst - 1)) end
redis.call('SET', KEYS[1], string.format('%.6f', tat + step), 'PX', math.ceil((tat + step - now) * 1000) + 1000)
return '0'
"""


def wait_for(key: str, *, per_second: float, burst: int, now: float | None = None) -> float:
    """0.0 when one more request under `key` is allowed (and counted), else seconds until it would be.

    When Valkey does not answer the request is allowed: a limit is a hint, the service is the truth.
    """
    try:
        answer = valkey.client().eval(
            _GCRA, 1, valkey.key("limit", key), str(now or time.time()), str(1 / per_second), str(burst)
        )
    except redis.RedisError:
        log.warning("rate limit not checked: Valkey does not answer")
        return 0.0
    return float(str(answer))
