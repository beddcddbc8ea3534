"""The ticket list over 10,000 tickets: as the console shows it, and as the API tells it. And bulk loading."""

from __future__ import annotations

import http.client
import re
import statistics
import time

from .load import percentile
from .stack import Stack, running_stack
from .table import Row

TICKETS, REQUESTS, WARM_UP = 10_000, 100, 5


def rows() -> list[Row]:
    with running_stack(API_REQUESTS_PER_MINUTE="100000") as stack:
        began = time.monotonic()
        said = stack.manage("load_sample", "--tickets", str(TICKETS), "--seed", "7")
        seconds = time.monotonic() - began
        supervisor = stack.script("bench.seed", "supervisor")
        cookie = {"Cookie": supervisor["cookie"]}
        bearer = {"Authorization": f"Bearer {supervisor['token']}"}
        found = [
            ("console: list of all tickets", timed(stack, "/console/?view=all", cookie)),
            ("console: search", timed(stack, "/console/?search=factura", cookie)),
            ("API: 25 tickets", timed(stack, "/api/v1/tickets/?page_size=25", bearer)),
            ("API: 25 open ones by deadline", timed(stack, "/api/v1/tickets/?page_size=25&status=open", bearer)),
        ]
    pages = [
        Row("lists", name, f"{statistics.median(t) * 1000:.0f} / {percentile(t, 0.95) * 1000:.0f}", "ms p50 / p95")
        for name, t in found
    ]
    match = re.search(r"([\d.,]+)\s*rows/s", said)
    rate = match.group(1) if match else f"{TICKETS / seconds:.0f} tickets"
    return [Row("lists", f"load_sample, {TICKETS:,} tickets in {seconds:.0f} s", rate, "rows/s"), *pages]


def timed(stack: Stack, path: str, headers: dict[str, str]) -> list[float]:
    """Seconds of each of REQUESTS requests, one after another on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    times = []
    for _ in range(WARM_UP + REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - began)
        assert answer.status == 200, f"{path}: {answer.status}"
    connection.close()
    return times[WARM_UP:]
