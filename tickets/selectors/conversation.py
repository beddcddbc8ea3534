"""The timeline of one ticket as the console shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from helpdesk.lib.text import initials
from helpdesk.outbox.models import OutboxMail

from ..models import Attachment, Event, Message, Note, Ticket
from . import words
from .event_words import words_of
from .timeline import Entry, timeline_after
from .words import NOTHING

PAGE = 100  # entries shown at once; `seq` has no gaps, so the last PAGE are those above last_seq - PAGE
FOLD = 3  # so many quiet events in a row become one line
LOUD = {"escalated", "transferred", "sla_breached", "mail_failed", "mail_held", "merged", "rated"}


@dataclass(frozen=True)
class Author:
    kind: str  # customer | agent | system | bot
    name: str
    initials: str
    verified: bool | None = None


@dataclass(frozen=True)
class File:
    filename: str
    size: int
    url: str


@dataclass(frozen=True)
class Delivery:
    """How far the mail of a reply has come."""

    state: str  # pending | sent | failed
    words: str


@dataclass(frozen=True)
class Line:
    """One entry as templates/console/_entry.html shows it."""

    kind: str  # message | note | event | events
    seq: int
    created_at: dt.datetime
    author: Author
    client_id: str = ""
    body_html: SafeString = NOTHING
    quoted_html: SafeString = NOTHING
    attachments: list[File] = field(default_factory=list)
    delivery: Delivery | None = None
    text: str = ""
    rule: str = ""
    changes: list[Line] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.changes)

    @property
    def who(self) -> str:
        names = {c.author.name for c in self.changes}
        return names.pop() if len(names) == 1 else ""

    @property
    def first_at(self) -> dt.datetime:
        return self.changes[0].created_at

    @property
    def last_at(self) -> dt.datetime:
        return self.changes[-1].created_at


@dataclass(frozen=True)
class Timeline:
    entries: list[Line]
    earlier_url: str


def latest(ticket: Ticket) -> Timeline:
    """The last PAGE entries."""
    return _between(ticket, max(0, ticket.last_seq - PAGE), ticket.last_seq)


def earlier(ticket: Ticket, before: int) -> Timeline:
    """The PAGE entries before `before`."""
    return _between(ticket, max(0, before - 1 - PAGE), max(0, before - 1))


def news(ticket: Ticket, after: int) -> Timeline:
    """What came after `after`: at most the last PAGE entries."""
    return _between(ticket, max(after, ticket.last_seq - PAGE), ticket.last_seq)


def _between(ticket: Ticket, after: int, last: int) -> Timeline:
    rows = timeline_after(ticket, after, limit=last - after) if last > after else []
    url = f"/console/tickets/{ticket.number}/entries/?{urlencode({'before': after + 1})}" if after else ""
    return Timeline(list(_folded(_lines(rows))), url)


def _lines(rows: list[Entry]) -> Iterable[Line]:
    sent = deliveries([r for r in rows if isinstance(r, Message)])
    for row in rows:
        if isinstance(row, Message):
            yield _message(row, sent.get(row.pk))
        elif isinstance(row, Note):
            yield _note(row)
        else:
            yield _event(row)


def _message(row: Message, delivery: Delivery | None) -> Line:
    attachments = list(row.attachments.all())
    shown = words.of_message(row, words.pictures(attachments))
    kind = "bot" if row.author_kind == "system" else row.author_kind
    # A visitor who gave no name has none here, and the product's own lines carry none.
    name = row.author_name or row.author_email or (_("Visitor") if kind == "customer" else settings.BRAND_NAME)
    return Line(
        kind="message", seq=row.seq, created_at=row.created_at, client_id=str(row.uid),
        author=Author(kind, name, initials(name), row.verified), body_html=shown.html, quoted_html=shown.quoted,
        attachments=_files(attachments), delivery=delivery,
    )  # fmt: skip


def _note(row: Note) -> Line:
    name = row.author_name or settings.BRAND_NAME
    return Line(
        kind="note", seq=row.seq, created_at=row.created_at, client_id=str(row.uid),
        author=Author("agent", name, initials(name)), body_html=words.plain(row.body_text),
        attachments=_files(list(row.attachments.all())),
    )  # fmt: skip


def _files(attachments: list[Attachment]) -> list[File]:
    return [
        File(a.file.filename, a.file.size, words.file_url(a)) for a in attachments if not (a.inline and a.content_id)
    ]


def _event(row: Event) -> Line:
    name = row.actor_name if row.actor_kind != "system" else ""
    return Line(
        kind="event", seq=row.seq, created_at=row.created_at, text=words_of(row), rule=row.rule,
        author=Author(row.actor_kind, name, initials(name)), client_id=row.kind,
    )  # fmt: skip


def _folded(lines: Iterable[Line]) -> Iterable[Line]:
    """Runs of quiet events as one line; what somebody must not miss stays by itself."""
    run: list[Line] = []
    for line in lines:
        if line.kind == "event" and line.client_id not in LOUD:
            if run and run[-1].created_at.date() != line.created_at.date():
                yield from _fold(run)
                run = []
            run.append(line)
            continue
        yield from _fold(run)
        run = []
        yield line
    yield from _fold(run)


def _fold(run: list[Line]) -> Iterable[Line]:
    if len(run) < FOLD:
        return list(run)
    first = run[0]
    return [Line(kind="events", seq=first.seq, created_at=first.created_at, author=first.author, changes=list(run))]


def deliveries(messages: list[Message]) -> dict[int, Delivery]:
    """How far the mails of these replies have come, by message (one query; none for customers' words)."""
    said = {f"message:{m.uid}": m.pk for m in messages if m.author_kind == Message.Author.AGENT}
    if not said:
        return {}
    found: dict[int, Delivery] = {}
    for mail in OutboxMail.objects.filter(ref__in=said).only("ref", "state", "recipient", "last_error", "attempts"):
        delivery = _delivery(mail)
        known = found.get(said[mail.ref])
        if known is None or _RANK[delivery.state] > _RANK[known.state]:
            found[said[mail.ref]] = delivery
    return found


_RANK = {"sent": 0, "pending": 1, "failed": 2}  # of several recipients the worst is what matters


def _delivery(mail: OutboxMail) -> Delivery:
    if mail.state == OutboxMail.State.SENT:
        return Delivery("sent", _("Sent by email"))
    if mail.state == OutboxMail.State.FAILED:
        return Delivery("failed", _("Not delivered to %(address)s: %(error)s") % _facts(mail))
    if mail.attempts:
        return Delivery("pending", _("Not sent yet, it will be tried again: %(error)s") % _facts(mail))
    return Delivery("pending", _("On its way by email"))


def _facts(mail: OutboxMail) -> dict[str, str]:
    return {"address": mail.recipient, "error": mail.last_error or _("no answer")}
