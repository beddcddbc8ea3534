"""A mail's bytes as a tree of parts: offsets into the one buffer, no copies, no recursion.

The standard library's parser copies every line, recurses with the nesting and hands on what it misread. This
one stops at the first cap, so a hostile mail costs no more than an honest one of its size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from email.utils import unquote

from tickets.mail.decode import decode_text, decode_words
from tickets.mail.parsed import Caps, Unparseable

_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")  # RFC 5322 §2.2; white space before the colon is §4.5
_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]{1,80})\s*/\s*([a-z0-9!#$&^_.+-]{1,80})", re.IGNORECASE)
_MAX_STRUCTURED = 8 * 1024  # characters of a Content-* header that are read


@dataclass(slots=True)
class Headers:
    """The header block of one part, in order; names lower-case, values unfolded, undecoded text."""

    items: list[tuple[str, str]] = field(default_factory=list)
    cut: bool = False  # a value was longer than allowed

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [v for n, v in self.items if n == name]

    def get(self, name: str) -> str:
        """The first value of a header, or ""."""
        return next((v for n, v in self.items if n == name), "")


@dataclass(slots=True)
class Part:
    """One MIME entity: its headers and where its body lies in the buffer."""

    headers: Headers
    start: int
    end: int
    depth: int
    type: str  # "text/plain", lower-case
    params: dict[str, str]
    disposition: str  # "attachment", "inline" or ""
    filename: str  # as claimed, decoded, not yet safe
    children: list[Part] = field(default_factory=list)

    @property
    def content_id(self) -> str:
        """Content-ID without its angle brackets."""
        return decode_words(self.headers.get("content-id")).strip().strip("<>").strip()[:300]


def read_headers(raw: bytes, start: int, end: int, caps: Caps, *, root: bool = False) -> tuple[Headers, int]:
    """The header block at `start` and the offset of the body. Raises Unparseable("too_many_headers")."""
    lines: list[tuple[bytes, list[bytes]]] = []
    position = start
    while position < end:
        newline = raw.find(b"\n", position, end)
        after = end if newline < 0 else newline + 1
        line = raw[position:after].rstrip(b"\r\n")
        if not line:
            position = after
            break
        match = _HEADER.match(line)
        if match:
            lines.append((match.group(1), [line[match.end() :]]))
        elif line[0] in b" \t" and lines:
            lines[-1][1].append(line)
        elif root and lines and _HEADER.match(raw, after, end):
            lines[-1][1].append(b" " + line)  # a fold that lost its indentation; more headers follow
        elif not (root and not lines and line.startswith((b"From ", b">From "))):  # an mbox separator
            break
        position = after
        if len(lines) > caps.max_headers or position - start > caps.max_header_bytes:
            raise Unparseable("too_many_headers", f"{len(lines)} headers, {position - start} bytes")
    headers = Headers()
    for name, chunks in lines:
        value = b"".join(chunks)
        headers.cut |= len(value) > caps.max_header_value
        text = decode_text(value[: caps.max_header_value].strip(b" \t\r"), None)
        headers.items.append((name.decode("ascii").lower(), text))
    return headers, position


def parse_tree(raw: bytes, caps: Caps) -> Part:
    """The tree of parts. Raises Unparseable: not_mail, too_many_headers, too_many_parts, too_deep."""
    start = len(raw) - len(raw.lstrip(b"\xef\xbb\xbf\r\n\t \0")) if raw[:1] in b"\xef\r\n\t \0" else 0
    headers, body = read_headers(raw, start, len(raw), caps, root=True)
    if not headers.items:
        raise Unparseable("not_mail", "no header")
    root = _make(headers, body, len(raw), 0, "text/plain")
    count, waiting = 1, [root]
    while waiting:
        part = waiting.pop()
        boundary = part.params.get("boundary", "").rstrip() if part.type.startswith("multipart/") else ""
        if not boundary:
            continue
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for begin, finish in _split(raw, part, boundary, caps.max_parts - count):
            if part.depth + 1 > caps.max_depth:
                raise Unparseable("too_deep", f"more than {caps.max_depth} levels")
            inner, where = read_headers(raw, begin, finish, caps)
            part.children.append(_make(inner, where, finish, part.depth + 1, default))
        count += len(part.children)
        waiting.extend(part.children)
    return root


def _split(raw: bytes, part: Part, boundary: str, room: int) -> list[tuple[int, int]]:
    """Where the parts of a multipart lie (RFC 2046 §5.1.1). A missing closing line ends with the parent."""
    mark = b"--" + boundary.encode("utf-8", "replace")
    ranges: list[tuple[int, int]] = []
    begin = -1
    position = part.start
    while True:
        found = raw.find(mark, position, part.end)
        if found < 0:
            break
        position = found + len(mark)
        if found != part.start and raw[found - 1] != 0x0A:
            continue
        newline = raw.find(b"\n", position, part.end)
        rest = raw[position : part.end if newline < 0 else newline].strip(b" \t\r")
        if rest not in (b"", b"--"):
            continue  # a longer boundary that starts like this one
        if begin >= 0:
            ranges.append((begin, max(begin, _before_break(raw, found))))
            if len(ranges) > room:
                raise Unparseable("too_many_parts", f"more than {len(ranges)} parts")
        if rest == b"--":
            return ranges
        begin = position = part.end if newline < 0 else newline + 1
    if 0 <= begin < part.end:
        ranges.append((begin, part.end))
    return ranges


def _before_break(raw: bytes, offset: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if raw[offset - 1 : offset] == b"\n":
        offset -= 1
        if raw[offset - 1 : offset] == b"\r":
            offset -= 1
    return offset


def _make(headers: Headers, start: int, end: int, depth: int, default: str) -> Part:
    declared = headers.get("content-type")
    match = _TYPE.match(declared)
    kind = f"{match.group(1)}/{match.group(2)}".lower() if match else default
    params = _params("content-type", declared) if match else {}
    disposition_header = headers.get("content-disposition")
    disposition = disposition_header.split(";", 1)[0].strip().lower()
    if disposition not in ("attachment", "inline", ""):
        disposition = "attachment"  # RFC 2183 §2.8
    filename = _params("content-disposition", "x; " + disposition_header.partition(";")[2]).get("filename", "")
    filename = filename or params.get("name", "")
    return Part(headers, start, end, depth, kind, params, disposition, filename)


def _params(header: str, value: str) -> dict[str, str]:
    """The parameters of a structured header, RFC 2231 resolved; {} when hopeless."""
    message = Message()
    message[header] = value[:_MAX_STRUCTURED]
    try:
        pairs = message.get_params(failobj=[], header=header)[1:]
    except Exception:  # the library's RFC 2231 sort meets None, int() meets 5,000 digits: any of these is bad input
        return {}
    out: dict[str, str] = {}
    for name, found in pairs:
        out.setdefault(name.lower(), _param_text(found))
    return out


def _param_text(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, tuple):
        charset, _, text = value
        try:
            return decode_text(unquote(text).encode("latin-1"), charset)
        except UnicodeEncodeError:
            return text
    return decode_words(value)
