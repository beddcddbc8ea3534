"""Bytes to ParsedMail. Run it through `tickets.mail.child`, which can be killed; this one cannot."""

from __future__ import annotations

from helpdesk.lib.text import clean_line
from tickets.mail.addresses import parse_list, parse_sender
from tickets.mail.body import BodyReader
from tickets.mail.decode import decode_words
from tickets.mail.fields import (
    auth_results,
    automation_marks,
    guess_bounce,
    kept_headers,
    message_ids,
    read_status,
    sent_at,
)
from tickets.mail.mime import Headers, Part, parse_tree, read_headers
from tickets.mail.parsed import Bounce, Caps, ParsedMail, Unparseable

_ONCE = (
    "from",
    "date",
    "subject",
    "message-id",
    "to",
    "cc",
    "reply-to",
    "in-reply-to",
    "references",
    "sender",
)
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers")


def parse_mail(raw: bytes, *, authserv_id: str = "", caps: Caps | None = None) -> ParsedMail:
    """The mail in `raw`, read tolerantly and cleaned.

    `authserv_id` names the one server whose Authentication-Results are read; "" reads none.
    Raises Unparseable with a reason for what is over a cap or no mail at all.
    """
    caps = caps or Caps()
    if len(raw) > caps.max_bytes:
        raise Unparseable("too_large", f"{len(raw)} bytes")
    if b"\r" in raw[: caps.max_header_bytes] and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # line ends of old Macs, still made by some scripts
    root = parse_tree(raw, caps)
    headers = root.headers
    reader = BodyReader(raw, root, caps)
    text, html = reader.text(), reader.html()
    sender, from_reason = parse_sender(headers.all("from"))
    subject = _line(headers.get("subject"), 500)
    in_reply_to = message_ids(" ".join(headers.all("in-reply-to")))[: caps.max_references]
    references = message_ids(" ".join(headers.all("references")))
    report_type = root.params.get("report-type", "").lower()
    marks = automation_marks(headers, root.type, report_type)
    bounce = _find_bounce(reader) or guess_bounce(
        sender.email if sender else None, subject, marks, text + _returned_ids(reader), in_reply_to
    )
    lists, cut_addresses = _addresses(headers, caps)
    kept, control, cut_headers = kept_headers(headers, caps.max_kept_headers, caps.max_kept_value)
    truncated = reader.truncated | {
        name for name, cut in (("addresses", cut_addresses), ("headers", cut_headers), ("header", headers.cut)) if cut
    }
    return ParsedMail(
        message_id=next(iter(message_ids(headers.get("message-id"))), ""),
        in_reply_to=in_reply_to,
        # The first names the thread, the last ones are nearest; the middle is what may go.
        references=references[:1] + references[1:][-(caps.max_references - 1) :],
        subject=subject,
        sender=sender.email if sender else None,
        sender_name=sender.name if sender else "",
        from_reason=from_reason,
        from_shown=_line(", ".join(headers.all("from")), 300),
        date=sent_at(headers.get("date")),
        text=text,
        html=html,
        files=tuple(reader.files),
        marks=marks,
        bounce=bounce,
        auth=auth_results(headers, authserv_id),
        control=control,
        headers=kept,
        truncated=tuple(sorted(truncated)),
        defects=tuple(sorted(reader.defects | _defects(headers, root))),
        to=lists["to"],
        cc=lists["cc"],
        reply_to=lists["reply-to"],
        delivered_to=lists["delivered"],
    )


def _line(value: str, length: int) -> str:
    return clean_line(decode_words(value), max_length=length)


def _addresses(headers: Headers, caps: Caps) -> tuple[dict[str, tuple[str, ...]], bool]:
    out, cut = {}, False
    for name in ("to", "cc", "reply-to"):
        out[name], over = parse_list(headers.all(name), caps.max_addresses)
        cut |= over
    delivered = [value for name in _DELIVERED for value in headers.all(name)]
    out["delivered"], over = parse_list(delivered, caps.max_addresses)
    return out, cut or over


def _defects(headers: Headers, root: Part) -> set[str]:
    names = [name for name, _ in headers.items]
    found = {f"doubled:{name}" for name in _ONCE if names.count(name) > 1}
    found |= {f"missing:{name}" for name in ("from", "date", "message-id", "subject") if name not in names}
    if root.type.startswith("multipart/") and not root.children:
        found.add("no_parts")
    return found


def _find_bounce(reader: BodyReader) -> Bounce | None:
    """The delivery report of a multipart/report (RFC 3464 §2), wherever a gateway has wrapped it."""
    parts = _all_parts(reader.root)
    report = next((p for p in parts if p.type in _STATUS_TYPES), None)
    if report is None:
        return None
    return read_status(reader.part_text(report), _returned_id(reader, parts))


def _returned_id(reader: BodyReader, parts: list[Part]) -> str:
    """The Message-ID of the mail that was sent back, out of its headers."""
    for part in parts:
        if part.type in _RETURNED_TYPES:
            content = reader.content(part)[: reader.caps.max_header_bytes]
            try:
                headers, _ = read_headers(content, 0, len(content), reader.caps, root=True)
            except Unparseable:
                continue
            if ids := message_ids(headers.get("message-id")):
                return ids[0]
    return ""


def _returned_ids(reader: BodyReader) -> str:
    found = _returned_id(reader, _all_parts(reader.root))
    return f"\nMessage-ID: {found}\n" if found else ""


def _all_parts(root: Part) -> list[Part]:
    out, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        out.append(part)
        waiting.extend(reversed(part.children))
    return out
