"""What both sockets share: strict frames in, lanes, pushes out, the beat."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable, Mapping
from typing import Any, ClassVar, ParamSpec, TypeVar

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from helpdesk.realtime import presence

from . import frames
from .frames import FrameError
from .threads import in_thread

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

HELLO_SECONDS = 10
BEAT_SECONDS = presence.PRESENCE_SECONDS / 3
BEATS_PER_CHECK = 2  # rights are looked at again every second beat, that is every 30 s
MOST_PENDING = 200  # frames of one socket that wait for their turn


class Bucket:
    """A rate limit of one socket, in memory: `burst` at once, then `per_second`."""

    def __init__(self, per_second: float, burst: int) -> None:
        self.per_second, self.burst, self.level, self.at = per_second, burst, float(burst), time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class FrameSocket(AsyncWebsocketConsumer):  # type: ignore[misc]
    """A socket of JSON frames. A bad frame gets a coded error and the socket lives on; many close it.

    Frames of one lane run in order; lanes do not wait for each other. Pushes that arrive while a greeting is
    being put together are held back until it is out, so that nothing overtakes it.
    """

    table: ClassVar[Mapping[str, frames.Shape]]
    surface: ClassVar[str]
    FRAMES: ClassVar[tuple[float, int]] = (50, 200)  # per second, burst

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.welcomed = self.closed = self.lost = False
        self.language = settings.LANGUAGE_CODE
        self.held: list[dict[str, Any]] | None = None
        self.lanes: dict[Hashable, deque[tuple[Callable[[], Awaitable[None]], dict[str, Any]]]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.timers: list[asyncio.Task[None]] = []
        self.pending = 0
        self.joined: set[str] = set()
        self.frames_in = Bucket(*self.FRAMES)
        self.errors = Bucket(0.5, 30)

    # --- for the two sockets to fill ---

    def lane_of(self, name: str, fields: dict[str, Any]) -> Hashable:
        raise NotImplementedError

    async def beat(self, check: bool) -> None:
        raise NotImplementedError

    async def gone(self) -> None:
        raise NotImplementedError

    def seen(self, frame: dict[str, Any]) -> None:
        """A push is about to go out."""

    # --- life ---

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' own look at old connections, which waits for the one thread of `sync_to_async` at each
        message in and out: a fifth of the work of a busy process. Our threads give theirs back themselves.
        """
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            raise ValueError(f"no handler for {message['type']}")
        await handler(message)

    async def connect(self) -> None:
        await self.accept()
        self.timers.append(asyncio.create_task(self._await_hello()))

    async def _await_hello(self) -> None:
        await asyncio.sleep(HELLO_SECONDS)
        if not self.welcomed:
            await self.fail("hello_timeout")
            await self.shut(frames.CLOSE_HELLO)

    def start_beat(self) -> None:
        self.timers.append(asyncio.create_task(self._beats()))

    async def _beats(self) -> None:
        count = 0
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            count += 1
            try:
                await self.beat(count % BEATS_PER_CHECK == 0)
            except Exception:  # an engine is away; the next beat tries again
                log.warning("socket beat failed", exc_info=True)

    async def disconnect(self, code: int) -> None:
        """Lanes go on: what was sent before the line broke is stored."""
        self.closed, self.lost = True, code == frames.CLOSE_LOST
        for timer in self.timers:
            timer.cancel()
        await self.leave(list(self.joined))
        await self.gone()

    async def shut(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            await self.close(code)

    # --- in ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            if text_data is None:
                raise FrameError("bad_json")
            if len(text_data) > settings.MAX_FRAME_BYTES or len(text_data.encode()) > settings.MAX_FRAME_BYTES:
                raise FrameError("frame_too_large")
            name, fields = frames.parse(self.table, text_data)
            about = frames.reference(fields)
            if not self.frames_in.take():
                raise FrameError("rate_limited", **about)
            if self.pending >= MOST_PENDING:
                raise FrameError("busy", **about)
        except FrameError as error:
            await self.fail(error.code, **error.about)
            return
        self._enqueue(self.lane_of(name, fields), getattr(self, f"on_{name}"), fields, about)

    def _enqueue(
        self, lane: Hashable, handler: Callable[..., Awaitable[None]], fields: dict[str, Any], about: dict[str, Any]
    ) -> None:
        self.pending += 1
        waiting = self.lanes.get(lane)
        item = (lambda: handler(**fields), about)
        if waiting is not None:
            waiting.append(item)
            return
        self.lanes[lane] = deque([item])
        self.spawn(self._run(lane))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _run(self, lane: Hashable) -> None:
        waiting = self.lanes[lane]
        while waiting:
            work, about = waiting.popleft()
            self.pending -= 1
            try:
                await work()
            except FrameError as error:
                await self.fail(error.code, **(about | error.about))
            except Exception as error:
                code = frames.code_of(error)
                if code is None:
                    log.exception("a frame could not be handled")
                await self.fail(code or "unavailable", bad=False, **about)
        del self.lanes[lane]

    # --- out ---

    async def put(self, frame: dict[str, Any]) -> None:
        """Send one frame, unless the socket is gone."""
        if self.closed:
            return
        try:
            await self.send(text_data=json.dumps(frame, ensure_ascii=False))
        except Exception:  # each server has its own class for it
            # The line broke and the server has not told us yet. Raising would skip `disconnect`, and what it tidies.
            self.closed = True
            log.debug("a frame found its socket closed", exc_info=True)

    async def fail(self, code: str, *, bad: bool = True, **about: Any) -> None:
        """An error frame. `bad`: the frame itself was at fault; too many of those close the socket."""
        await self.put({"type": "error", "code": code, **about})
        if bad and not self.closed and not self.errors.take():
            await self.put({"type": "error", "code": "too_many_errors"})
            await self.shut(frames.CLOSE_ABUSE)

    async def push(self, message: dict[str, Any]) -> None:
        """From the channel layer. Frames of another surface never pass; each passes once (see realtime.emit)."""
        for item in message["items"]:
            if item["surface"] != self.surface:
                continue
            # None: on its way while we left the group, so no longer ours to hear.
            if next((group for group in item["to"] if group in self.joined), None) == message["via"]:
                await self.hear(item["frame"])

    async def hear(self, frame: dict[str, Any]) -> None:
        if self.held is not None:
            self.held.append(frame)
        else:
            await self.deliver(frame)

    async def deliver(self, frame: dict[str, Any]) -> None:
        self.seen(frame)
        await self.put(frame)

    async def release(self) -> None:
        """Let go of what was held back during the greeting."""
        while self.held:
            await self.deliver(self.held.pop(0))
        self.held = None

    # --- groups and threads ---

    async def join(self, groups: Iterable[str]) -> None:
        for group in groups:
            self.joined.add(group)
            await self.channel_layer.group_add(group, self.channel_name)

    async def leave(self, groups: Iterable[str]) -> None:
        for group in groups:
            self.joined.discard(group)
            await self.channel_layer.group_discard(group, self.channel_name)

    async def db(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await in_thread(self.language, function, *args, **kwargs)


class Lost(AsyncWebsocketConsumer):  # type: ignore[misc]
    """No socket at this address: the handshake is refused."""

    async def connect(self) -> None:
        await self.close(frames.CLOSE_FORBIDDEN)
