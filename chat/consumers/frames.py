"""What may come in: one table per socket, strict; and the closed list of error codes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from helpdesk.lib.errors import RuleViolation
from helpdesk.lib.text import clean

# Every code that an error frame may carry; docs/events.md explains each. Clients may rely on the list being closed.
ERROR_CODES = frozenset(
    {
        # the frame
        "bad_json", "bad_frame", "unknown_type", "bad_fields", "frame_too_large", "hello_first", "hello_again",
        # the right to be here
        "token_invalid", "token_expired", "identity_invalid", "session_of_another", "hello_timeout",
        "too_many_errors", "scope", "forbidden", "not_found",
        # the verb
        "empty", "too_long", "email_invalid", "rate_limited", "busy", "ticket_closed", "chat_taken", "chat_ended",
        "at_capacity", "not_online", "no_chat", "refused", "unavailable",
    }
)  # fmt: skip

# Why a socket was closed by us (RFC 6455: 4000 to 4999 are for applications).
CLOSE_ABUSE, CLOSE_SIGNED_OUT, CLOSE_FORBIDDEN, CLOSE_HELLO = 4400, 4401, 4403, 4408
CLOSE_LOST = 1006  # not sent by anybody: the line broke without a goodbye (RFC 6455 §7.4.1)


class FrameError(Exception):
    """A frame that cannot be used; the socket lives on."""

    def __init__(self, code: str, **about: Any) -> None:
        super().__init__(code)
        self.code = code
        self.about = about


def _text(limit: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return clean(value)[:limit]

    return check


def words(value: Any) -> str:
    """Text of any length: the verb says when it is too long."""
    if not isinstance(value, str):
        raise ValueError
    return clean(value)


def number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError
    return value


def identifier(value: Any) -> uuid.UUID:
    if not isinstance(value, str) or len(value) > 45:
        raise ValueError
    return uuid.UUID(value)


token = _text(512)
line = _text(512)
identity = _text(8192)


@dataclass(frozen=True, slots=True)
class Shape:
    """One frame type: its fields with their checks; those in `optional` may be absent."""

    fields: Mapping[str, Callable[[Any], Any]]
    optional: frozenset[str] = frozenset()


WIDGET: dict[str, Shape] = {
    "hello": Shape(
        {
            "token": token, "after": number, "name": line, "email": line, "page": line, "identity": identity,
            "language": line,
        },
        frozenset({"after", "name", "email", "page", "identity", "language"}),
    ),
    "send": Shape({"id": identifier, "text": words}),
    "sync": Shape({"after": number}),
    "typing": Shape({}),
    "end": Shape({}),
}  # fmt: skip

CONSOLE: dict[str, Shape] = {
    "hello": Shape({"token": token}),
    "status": Shape({"value": line}),
    "accept": Shape({"chat": number}),
    "send": Shape({"ticket": number, "id": identifier, "text": words}),
    "sync": Shape({"ticket": number, "after": number}),
    "typing": Shape({"ticket": number}),
    "end": Shape({"ticket": number}),
}


def parse(table: Mapping[str, Shape], text: str) -> tuple[str, dict[str, Any]]:
    """(type, fields) of a frame. FrameError with `id` or `chat` of the frame where it has a usable one."""
    try:
        frame = json.loads(text, parse_constant=_no_constants)
    except (ValueError, RecursionError):
        raise FrameError("bad_json") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise FrameError("bad_frame")
    about = reference(frame)
    shape = table.get(frame.pop("type"))
    if shape is None:
        raise FrameError("unknown_type", **about)
    if frame.keys() - shape.fields.keys() or shape.fields.keys() - frame.keys() - shape.optional:
        raise FrameError("bad_fields", **about)
    try:
        return_fields = {
            name: shape.fields[name](value)
            for name, value in frame.items()
            if not (value is None and name in shape.optional)
        }
    except (ValueError, TypeError):
        raise FrameError("bad_fields", **about) from None
    return next(name for name, each in table.items() if each is shape), return_fields


def _no_constants(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are no JSON


def reference(frame: Mapping[str, Any]) -> dict[str, Any]:
    """What an error frame repeats of the frame it answers: `id` or `chat`, if sane."""
    given, chat = frame.get("id"), frame.get("chat")
    if isinstance(given, uuid.UUID) or (isinstance(given, str) and len(given) <= 45):
        return {"id": clean(str(given))}
    if isinstance(chat, int) and not isinstance(chat, bool):
        return {"chat": chat}
    return {}


def code_of(error: Exception) -> str | None:
    """The error code for what a verb raised; None for what nobody foresaw."""
    if isinstance(error, Http404):
        return "not_found"
    if isinstance(error, RuleViolation):
        return error.code if error.code in ERROR_CODES else "refused"
    return None
