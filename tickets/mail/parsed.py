"""What a parsed mail is, and what stops it from being one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

QuarantineReason = Literal[
    "too_large", "too_deep", "too_many_parts", "too_many_headers", "timeout", "crashed", "not_mail"
]
QUARANTINE_REASONS: tuple[QuarantineReason, ...] = (
    "too_large",
    "too_deep",
    "too_many_parts",
    "too_many_headers",
    "timeout",
    "crashed",
    "not_mail",
)

# Why a mail has no one sender. Empty: it has.
FromReason = Literal["", "missing", "several_headers", "several_addresses", "group", "null", "malformed"]


class Unparseable(Exception):
    """This mail cannot become a ParsedMail; `reason` is one of QUARANTINE_REASONS, `detail` is for operators.

    `not_mail` means that there is nothing like a header at all; all others are mails to keep in quarantine.
    """

    def __init__(self, reason: QuarantineReason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason: QuarantineReason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits on one mail. The first group quarantines, the second cuts and says so in `truncated`."""

    max_bytes: int = 40 * 1024 * 1024
    max_depth: int = 50  # multiparts within multiparts; real mails stay under 10
    max_parts: int = 1_000
    max_headers: int = 1_000  # of one part; a mail through many ARC hops has about 150
    max_header_bytes: int = 1024 * 1024  # one header block

    max_header_value: int = 64 * 1024  # bytes of one header
    max_text_bytes: int = 4 * 1024 * 1024  # bytes of one text part, before decoding
    max_text: int = 500_000  # characters of text, and twice that of HTML
    max_files: int = 200
    max_addresses: int = 200
    max_references: int = 50
    max_kept_headers: int = 100
    max_kept_value: int = 1_000


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """An attachment, decoded. `filename` is safe to show and to offer; `content_type` is a claim."""

    filename: str
    content_type: str
    content_id: str  # without angle brackets; "" when there is none
    inline: bool  # meant to be shown within the HTML
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes after decoding."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class AutomationMarks:
    """What the headers say of who wrote: a person, a program, a list. Keywords are lower-case."""

    auto_submitted: str = ""  # RFC 3834 §5 keyword; "" when absent
    precedence: str = ""
    list_headers: tuple[str, ...] = ()  # names of the RFC 2369/2919 headers present
    suppress: tuple[str, ...] = ()  # X-Auto-Response-Suppress values (MS-OXCMAIL)
    autoreply_headers: tuple[str, ...] = ()  # names of the home-made "I am a robot" headers present
    null_return_path: bool = False  # Return-Path: <>
    receipt: bool = False  # a disposition notification, RFC 8098
    feedback: bool = False  # an abuse report, RFC 5965


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery status notification (RFC 3464), or a mail that can be nothing else."""

    action: str  # failed delayed delivered relayed expanded, or "" when it does not say
    status: str  # RFC 3463, such as "5.1.1", or ""
    recipient: str  # Final-Recipient, lower-case, or ""
    original_message_id: str  # of the mail that bounced, with angle brackets, or ""
    diagnostic: str

    @property
    def failed(self) -> bool:
        """Gone for good: RFC 3464 §2.3.3 `failed`, or a 5.x.x status where no action is given."""
        return self.action == "failed" or (not self.action and not self.status.startswith(("2", "4")))


@dataclass(frozen=True, slots=True)
class AuthResults:
    """What the trusted server found (RFC 8601). Results are lower-case words; "none" when it says nothing."""

    spf: str = "none"
    spf_domain: str = ""
    dkim: str = "none"  # "pass" when any signature passed
    dkim_domains: tuple[str, ...] = ()  # those that passed
    dmarc: str = "none"
    dmarc_domain: str = ""


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail, decoded and cleaned: no control characters, no lone surrogates, sizes capped.

    Message-IDs keep their angle brackets. Addresses are normalised, lower-case. `text` is what a person would
    read, `html` is raw and unsafe: sanitise it at render. `date` is the sender's claim, in UTC.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: str | None
    sender_name: str
    from_reason: FromReason
    from_shown: str  # the From header in readable form, for the eye when there is no sender
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered_to: tuple[str, ...]
    reply_to: tuple[str, ...]
    date: datetime | None
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    files: tuple[ParsedFile, ...]
    marks: AutomationMarks
    bounce: Bounce | None
    auth: AuthResults | None  # None: no header of the trusted server (or none configured)
    control: tuple[tuple[str, str], ...]  # X-Helpdesk-* as (lower-case name, value): claims, never orders
    headers: tuple[tuple[str, str], ...] = field(repr=False)  # a capped choice, own control headers stripped
    truncated: tuple[str, ...] = ()  # what was cut: text html header files addresses headers
    defects: tuple[str, ...] = ()  # what was wrong with it and mended, for the curious

    @property
    def from_ok(self) -> bool:
        """True when the mail names exactly one sender."""
        return self.sender is not None

    @property
    def is_bounce(self) -> bool:
        """True for delivery status notifications of any kind, delays and successes too."""
        return self.bounce is not None

    @property
    def foreign_reply_to(self) -> tuple[str, ...]:
        """Reply-To addresses that are not the sender: shown, not used, until an agent agrees."""
        return tuple(a for a in self.reply_to if a != self.sender)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent or delivered to, envelope first, without repeats."""
        return tuple(dict.fromkeys((*self.delivered_to, *self.to, *self.cc)))
