"""`emit(event, to=audience)`: the one way in which anything reaches open sockets.

Only this module knows group names. The channel layer delivers at most once, so each event is a hint:
clients see by `seq` that they lack something and ask for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction

from . import valkey

log = logging.getLogger(__name__)

# Every event class by (surface, type); docs/events.md is tested against it.
VOCABULARY: dict[tuple[str, str], type[RealtimeEvent]] = {}


@dataclass(frozen=True, kw_only=True)
class RealtimeEvent:
    """Base of the vocabulary. A subclass is one frame type; unknown fields are refused by construction.

    `surface` says whose socket it goes to: "console" (staff) or "widget" (visitors). A widget consumer
    forwards only widget events, so a class for staff cannot reach a visitor.
    """

    type: ClassVar[str]
    surface: ClassVar[str] = "console"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = VOCABULARY.setdefault((cls.surface, cls.type), cls)
        if known is not cls and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two realtime events of the {cls.surface} share the type {cls.type!r}")

    def payload(self) -> dict[str, Any]:
        """The JSON-ready frame, `type` included."""
        return {"type": self.type, **asdict(self)}

    @classmethod
    def parse(cls, frame: dict[str, Any]) -> Self:
        """The event in `frame`; ValueError when fields are missing or unknown."""
        given = {k: v for k, v in frame.items() if k != "type"}
        names = {f.name for f in fields(cls)}
        if unknown := given.keys() - names:
            raise ValueError(f"{cls.type}: unknown fields {sorted(unknown)}")
        try:
            return cls(**given)
        except TypeError as error:
            raise ValueError(str(error)) from None


@dataclass(frozen=True)
class Audience:
    """Who hears an event: a set of channel-layer groups. Made by the functions below only."""

    groups: frozenset[str]

    def __or__(self, other: Audience) -> Audience:
        return Audience(self.groups | other.groups)


NOBODY = Audience(frozenset())


def department_staff(department_id: int | None) -> Audience:
    """Agents who see this department's tickets (None: tickets that have no department yet)."""
    return Audience(frozenset({f"dept.{department_id or 0}"}))


def agent(user_id: int) -> Audience:
    """All sockets of one agent."""
    return Audience(frozenset({f"agent.{user_id}"}))


def all_staff() -> Audience:
    """Every console socket."""
    return Audience(frozenset({"staff"}))


def visitor(visitor_id: int) -> Audience:
    """All tabs of one visitor."""
    return Audience(frozenset({f"visitor.{visitor_id}"}))


_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Within it nothing is told: for loading history, when thousands of hints would reach nobody."""
    token = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(token)


def emit(event: RealtimeEvent, *, to: Audience) -> None:
    """Tell `to` about `event` after the surrounding transaction commits; at once when there is none.

    Called by services only. Failure of the layer is logged and swallowed: the truth is stored, and
    clients catch up by `seq`.
    """
    if not to.groups or _QUIET.get():
        return
    hooks = connection.run_on_commit
    if hooks and hooks[-1][0] == set(connection.savepoint_ids):
        last = getattr(hooks[-1][1], "__self__", None)
        if isinstance(last, _Push):  # told just before, and dropped with the same savepoints: goes along
            last.add(event, to)
            return
    push = _Push()
    push.add(event, to)
    transaction.on_commit(push.send, robust=True)


class _Push:
    """What one transaction tells: each group gets one message, all of them in one round trip.

    Straight to Valkey rather than through `async_to_sync(layer.group_send)`: outside an event loop that
    would open a new connection per call. The names and bytes are those of the pub/sub layer
    (`<prefix>__group__<group>`), which a test holds against the installed version.

    A message is {"type": "push", "via": group, "items": [{"surface", "frame", "to": [groups]}]}. A socket that is
    in several groups of an item takes it from the first of them, so that it hears everything once.
    """

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def add(self, event: RealtimeEvent, to: Audience) -> None:
        self.items.append({"surface": event.surface, "frame": event.payload(), "to": sorted(to.groups)})

    def send(self) -> None:
        by_group: dict[str, list[dict[str, Any]]] = {}
        for item in self.items:
            for group in item["to"]:
                by_group.setdefault(group, []).append(item)
        layer = get_channel_layer()
        try:
            pipe = valkey.client().pipeline(transaction=False)
            for group, items in by_group.items():
                message = layer.serialize({"type": "push", "via": group, "items": items})
                pipe.publish(f"{settings.CHANNEL_PREFIX}__group__{group}", message)
            pipe.execute()
        except redis.RedisError:
            types = ", ".join(item["frame"]["type"] for item in self.items)
            log.warning("realtime layer unavailable, %s not pushed", types)
