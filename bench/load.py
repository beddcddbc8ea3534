"""Load on pairs of sockets: who sends in one room is heard in the same room, and each message is counted."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

WORDS = "Buenas tardes, ¿me pueden decir cuándo llega mi pedido? Lo espero desde el lunes y no tengo noticias. Gracias."
PATIENCE = 5.0  # seconds after the last send in which a message may still arrive

Send = Callable[[int, str], Awaitable[None]]  # (room, message id)


def percentile(values: list[float], part: float) -> float:
    """The `part` (0 to 1) percentile of `values`, in their unit; NaN when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


@dataclass(frozen=True)
class Result:
    """What one load showed. Latencies in seconds, from when a message was to be sent until it was delivered."""

    sent: int
    per_second: float
    latencies: list[float]
    lost: int
    doubled: int

    def ms(self, part: float) -> float:
        return percentile(self.latencies, part) * 1000

    @property
    def median_ms(self) -> float:
        return statistics.median(self.latencies) * 1000 if self.latencies else float("nan")


class Meter:
    """Counts what was sent and what arrived."""

    def __init__(self) -> None:
        self.due: dict[str, float] = {}
        self.seen: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.last = 0.0
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def arrived(self, id: str) -> None:
        if id not in self.due:
            return
        now = time.perf_counter()
        self.seen[id] += 1
        if self.seen[id] == 1:
            self.latencies.append(now - self.due[id])
            self.last = now
        if (future := self._waiting.pop(id, None)) is not None and not future.done():
            future.set_result(None)

    def coming(self, id: str) -> asyncio.Future[None]:
        self._waiting[id] = asyncio.get_running_loop().create_future()
        return self._waiting[id]

    async def result(self, began: float) -> Result:
        deadline = time.perf_counter() + PATIENCE
        while len(self.seen) < len(self.due) and time.perf_counter() < deadline:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)  # doubles come late
        return Result(
            sent=len(self.due), per_second=len(self.seen) / max(self.last - began, 1e-9), latencies=self.latencies,
            lost=len(self.due) - len(self.seen), doubled=sum(self.seen.values()) - len(self.seen),
        )  # fmt: skip


async def open_loop(meter: Meter, send: Send, *, rooms: int, rate: float, seconds: float) -> Result:
    """`rate` messages a second in all, sent when they are due however the server fares."""
    began = time.perf_counter()
    tasks: set[asyncio.Task[None]] = set()
    for n in range(int(rate * seconds)):
        due = began + n / rate
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        id = str(uuid.uuid4())
        meter.due[id] = due
        task = asyncio.ensure_future(send(n % rooms, id))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    return await meter.result(began)


async def closed_loop(meter: Meter, send: Send, *, rooms: int, seconds: float) -> Result:
    """In each room one message at a time, as fast as they are delivered."""
    began = time.perf_counter()

    async def room(number: int) -> None:
        while time.perf_counter() - began < seconds:
            id = str(uuid.uuid4())
            meter.due[id] = time.perf_counter()
            heard = meter.coming(id)
            await send(number, id)
            try:
                await asyncio.wait_for(heard, PATIENCE)
            except TimeoutError:
                return  # counted as lost; a stuck room must not hold up the run

    await asyncio.gather(*(room(number) for number in range(rooms)))
    return await meter.result(began)


class Line:
    """One socket that hands every frame to `on_frame`."""

    def __init__(self, socket: ClientConnection, on_frame: Callable[[dict[str, Any]], None]) -> None:
        self.socket = socket
        self._reader = asyncio.ensure_future(self._read(on_frame))

    @classmethod
    async def open(cls, url: str, on_frame: Callable[[dict[str, Any]], None], origin: str | None = None) -> Line:
        socket = await connect(
            url,
            origin=origin,
            compression=None,
            max_queue=None,
            ping_interval=None,
            open_timeout=30,  # type: ignore[arg-type]
        )
        return cls(socket, on_frame)

    async def _read(self, on_frame: Callable[[dict[str, Any]], None]) -> None:
        async for text in self.socket:
            on_frame(json.loads(text))

    async def put(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def close(self) -> None:
        self._reader.cancel()
        await self.socket.close()
