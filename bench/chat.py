"""Chat: from `send` to the other side's screen, beside the floor on the same engines in the same run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
import uuid
from typing import Any

import psycopg

from helpdesk.engines import state
from helpdesk.engines.files import ROOT

from .load import WORDS, Line, Meter, Result, closed_loop, open_loop
from .stack import Stack, running_stack, wait_for
from .table import Row

# Two busy agents of one department: each hears the other's chats too, as colleagues do.
ROOMS, AGENTS = 50, 2
RATE, SECONDS, WARM_UP = 100.0, 10.0, 2.0
# The least that a stored message needs.
TABLE = """
DROP TABLE IF EXISTS floor_message;
CREATE TABLE floor_message (
  id bigserial PRIMARY KEY, room int NOT NULL, body text NOT NULL, at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor_message (room, id);
"""
LIMITS = {"CHAT_MESSAGES_PER_SECOND": "1000", "CHAT_BURST": "5000", "WIDGET_SESSIONS_PER_MINUTE": "10000"}


def rows() -> list[Row]:
    """The chat's part of the table."""
    with running_stack(**LIMITS) as stack:
        seeded = stack.script("bench.seed", "chat", str(AGENTS))
        floor_open, floor_closed = asyncio.run(_floor(stack))
        ours_open, ours_closed, back_open = asyncio.run(_product(stack, seeded))
    return [
        *_latency("floor, 100 messages/s", floor_open),
        *_latency("visitor → agent, 100 messages/s", ours_open, floor_open),
        *_latency("agent → visitor, 100 messages/s", back_open, floor_open),
        _throughput("floor, as fast as it goes", floor_closed),
        _throughput("visitor → agent, as fast as it goes", ours_closed, floor_closed),
        _counted("messages lost", sum(r.lost for r in (ours_open, ours_closed, back_open))),
        _counted("messages doubled", sum(r.doubled for r in (ours_open, ours_closed, back_open))),
    ]


def _latency(name: str, result: Result, floor: Result | None = None) -> list[Row]:
    found = f"{result.median_ms:.1f} / {result.ms(0.95):.1f} / {result.ms(0.99):.1f}"
    if floor is None:
        return [Row("chat", name, found, "ms p50 / p95 / p99")]
    ratio = result.ms(0.95) / floor.ms(0.95)
    return [Row("chat", name, found, "ms p50 / p95 / p99", f"p95 {ratio:.2f} × floor", "≤ 2 × floor", ratio <= 2)]


def _throughput(name: str, result: Result, floor: Result | None = None) -> Row:
    if floor is None:
        return Row("chat", name, f"{result.per_second:.0f}", "messages/s")
    ratio = result.per_second / floor.per_second
    return Row(
        "chat", name, f"{result.per_second:.0f}", "messages/s", f"{ratio:.2f} × floor", "≥ 0.5 × floor", ratio >= 0.5
    )


def _counted(name: str, count: int) -> Row:
    return Row("chat", name, str(count), "", "", "0", count == 0)


# --- the floor ----------------------------------------------------------------------------------------


async def _floor(stack: Stack) -> tuple[Result, Result]:
    engines = state.load(stack.data_dir)
    with psycopg.connect(engines.database_url, autocommit=True) as connection:
        connection.execute(TABLE)
    port = state.free_port()
    environment = {**os.environ, "DATABASE_URL": engines.database_url, "REDIS_URL": engines.redis_url}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen([*command, "--no-server-name", "bench.floor:application"], cwd=ROOT, env=environment)
    try:
        await asyncio.to_thread(wait_for, lambda: not state.port_is_free(port), 20, "the floor's port")
        return await _on_floor(port)
    finally:
        server.terminate()
        server.wait(10)


async def _on_floor(port: int) -> tuple[Result, Result]:
    meter = Meter()
    lines: list[Line] = []

    def heard(frame: dict[str, Any]) -> None:
        meter.arrived(frame["id"])

    for room in range(ROOMS):
        url = f"ws://127.0.0.1:{port}/ws/{room}/"
        lines.append(await Line.open(url, lambda frame: None))
        await Line.open(url, heard)

    async def send(room: int, id: str) -> None:
        await lines[room].put(type="send", id=id, text=WORDS)

    await open_loop(meter, send, rooms=ROOMS, rate=RATE, seconds=WARM_UP)
    meter = Meter()
    at_rate = await open_loop(meter, send, rooms=ROOMS, rate=RATE, seconds=SECONDS)
    meter = Meter()
    return at_rate, await closed_loop(meter, send, rooms=ROOMS, seconds=SECONDS)


# --- the product --------------------------------------------------------------------------------------


class Desk:
    """Visitors in chats with agents. `to_agents` and `to_visitors` count what each side hears."""

    def __init__(self, stack: Stack, seeded: dict[str, Any]) -> None:
        self.stack, self.seeded = stack, seeded
        self.to_agents, self.to_visitors = Meter(), Meter()
        self.visitors: list[Line] = []
        self.agents: list[Line] = []
        self.tickets: list[int] = []  # of each visitor
        self.owner: dict[int, int] = {}  # ticket → agent's place
        self._frames: asyncio.Queue[tuple[int, dict[str, Any]]] = asyncio.Queue()
        self._acks: dict[int, asyncio.Future[int]] = {}

    @property
    def sockets(self) -> str:
        return self.stack.url.replace("http", "ws", 1)

    async def open(self) -> None:
        for place, agent in enumerate(self.seeded["agents"]):
            line = await Line.open(
                f"{self.sockets}/ws/console/", lambda frame, place=place: self._on_agent(place, frame)
            )  # type: ignore[misc]
            self.agents.append(line)
            await line.put(type="hello", token=agent["token"])
            await self._until(place, "welcome")
            await line.put(type="status", value="online")
            await self._until(place, "presence")
        for room in range(ROOMS):
            await self._seat(room)

    async def _seat(self, room: int) -> None:
        """One visitor starts a chat, and one agent accepts it."""
        token = (await asyncio.to_thread(new_session, self.stack.url, self.seeded["key"]))["token"]
        self._acks[room] = asyncio.get_running_loop().create_future()
        line = await Line.open(
            f"{self.sockets}/ws/widget/", lambda frame: self._on_visitor(room, frame), origin=self.stack.url
        )
        self.visitors.append(line)
        await line.put(type="hello", token=token)
        await line.put(type="send", id=str(uuid.uuid4()), text=f"Hola, soy la visita {room}.")
        self.tickets.append(await asyncio.wait_for(self._acks[room], 20))
        place = room % len(self.agents)
        self.owner[self.tickets[room]] = place
        chat = await self._until(place, "chat_waiting", ticket=self.tickets[room])
        await self.agents[place].put(type="accept", chat=chat["chat"])
        await self._until(place, "chat_accepted", ticket=self.tickets[room])

    async def _until(self, place: int, type: str, **fields: Any) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                found, frame = await self._frames.get()
                if found == place and frame["type"] == "error":
                    raise RuntimeError(f"agent {place} was refused: {frame}")
                if found == place and frame["type"] == type and fields.items() <= frame.items():
                    return frame

    def _on_agent(self, place: int, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            # Every colleague of the department hears it; counted where the chat is.
            if frame["from"] == "customer" and self.owner.get(frame["ticket"]) == place:
                self.to_agents.arrived(frame["id"])
        elif frame["type"] not in ("ack", "ticket_changed"):
            self._frames.put_nowait((place, frame))

    def _on_visitor(self, room: int, frame: dict[str, Any]) -> None:
        if frame["type"] == "message" and frame["from"] == "agent":
            self.to_visitors.arrived(frame["id"])
        elif frame["type"] == "ack" and not self._acks[room].done():
            self._acks[room].set_result(frame["ticket"])

    async def say(self, room: int, id: str) -> None:
        await self.visitors[room].put(type="send", id=id, text=WORDS)

    async def answer(self, room: int, id: str) -> None:
        agent = self.agents[self.owner[self.tickets[room]]]
        await agent.put(type="send", ticket=self.tickets[room], id=id, text=WORDS)


def new_session(url: str, key: str) -> dict[str, Any]:
    """A visitor's session, as the panel asks for one."""
    request = urllib.request.Request(  # noqa: S310 — our own loopback address
        f"{url}/widget/session/",
        data=json.dumps({"key": key}).encode(),
        headers={"Content-Type": "application/json", "Origin": url},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


async def _product(stack: Stack, seeded: dict[str, Any]) -> tuple[Result, Result, Result]:
    desk = Desk(stack, seeded)
    await desk.open()
    await open_loop(desk.to_agents, desk.say, rooms=ROOMS, rate=RATE, seconds=WARM_UP)
    desk.to_agents = Meter()
    at_rate = await open_loop(desk.to_agents, desk.say, rooms=ROOMS, rate=RATE, seconds=SECONDS)
    back = await open_loop(desk.to_visitors, desk.answer, rooms=ROOMS, rate=RATE, seconds=SECONDS)
    desk.to_agents = Meter()
    fastest = await closed_loop(desk.to_agents, desk.say, rooms=ROOMS, seconds=SECONDS)
    return at_rate, fastest, back
