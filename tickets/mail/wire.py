"""A ParsedMail across a pipe: a JSON head, then the files' bytes. No pickle: the input is hostile."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from tickets.mail.parsed import AuthResults, AutomationMarks, Bounce, ParsedFile, ParsedMail

_PLAIN = ("message_id", "subject", "sender", "sender_name", "from_reason", "from_shown", "text", "html")
_TUPLES = ("in_reply_to", "references", "to", "cc", "delivered_to", "reply_to", "truncated", "defects")
_PAIRS = ("control", "headers")


def to_wire(mail: ParsedMail) -> tuple[dict[str, Any], list[bytes]]:
    """(head, bodies): the head is JSON, each file in it is described by its size and follows in order."""
    head: dict[str, Any] = {name: getattr(mail, name) for name in (*_PLAIN, *_TUPLES, *_PAIRS)}
    head["date"] = mail.date.isoformat() if mail.date else None
    head["marks"] = asdict(mail.marks)
    head["bounce"] = asdict(mail.bounce) if mail.bounce else None
    head["auth"] = asdict(mail.auth) if mail.auth else None
    head["files"] = [
        {
            "filename": f.filename,
            "content_type": f.content_type,
            "content_id": f.content_id,
            "inline": f.inline,
            "size": f.size,
        }
        for f in mail.files
    ]
    return head, [f.data for f in mail.files]


def from_wire(head: dict[str, Any], bodies: list[bytes]) -> ParsedMail:
    """The mail again. Raises KeyError, TypeError or ValueError for a head of another shape."""
    described = head["files"]
    if len(described) != len(bodies):
        raise ValueError("files and bodies differ")
    values: dict[str, Any] = {name: head[name] for name in _PLAIN}
    values |= {name: tuple(head[name]) for name in _TUPLES}
    values |= {name: tuple((str(k), str(v)) for k, v in head[name]) for name in _PAIRS}
    return ParsedMail(
        **values,
        date=datetime.fromisoformat(head["date"]) if head["date"] else None,
        marks=AutomationMarks(**_tupled(head["marks"], AutomationMarks)),
        bounce=Bounce(**head["bounce"]) if head["bounce"] else None,
        auth=AuthResults(**_tupled(head["auth"], AuthResults)) if head["auth"] else None,
        files=tuple(
            ParsedFile(
                filename=str(d["filename"]),
                content_type=str(d["content_type"]),
                content_id=str(d["content_id"]),
                inline=bool(d["inline"]),
                data=body,
            )
            for d, body in zip(described, bodies, strict=True)
        ),
    )


def _tupled(values: dict[str, Any], shape: type[AutomationMarks] | type[AuthResults]) -> dict[str, Any]:
    names = {f.name for f in fields(shape)}
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in names}


def dumps(value: dict[str, Any]) -> bytes:
    """JSON in UTF-8, as it goes over the pipe."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def loads(data: bytes) -> dict[str, Any]:
    """The object in `data`. Raises ValueError for anything else."""
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
