"""What may be done with a mail: pure decisions over what was parsed and what the caller has looked up.

Mail proves nothing. Only the secret in a reply address carries rights; all else is the sender's word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from tickets.mail.parsed import AuthResults, ParsedMail

# --- Who wrote: a person or a program --------------------------------------------------------------------

RobotReason = Literal[
    "own_mail",
    "bounce",
    "receipt",
    "feedback",
    "auto_submitted",
    "list",
    "bulk",
    "suppressed_by_sender",
    "null_return_path",
    "out_of_office",
    "no_reply_sender",
]

# Our own mails carry it, so that they are known when they come back. Forged, it only buys silence.
LOOP_HEADER = "X-Helpdesk-Loop"

_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESS = frozenset({"all", "oof", "autoreply"})  # its other values are about receipts
_NO_REPLY = re.compile(
    r"^(?:no[._-]?reply|do[._-]?not[._-]?reply|donot[._-]?reply|no[._-]?responder?|no[._-]?responda|noresponda"
    r"|no[._-]?contestar|mailer-daemon|postmaster|bounces?|autoreply|auto-reply)(?:$|[+._=-])"
    r"|^owner-|-(?:request|owner|bounces)$",
)
# Vacation notices without a header: their subjects begin with one of these, then a colon, a dash or nothing.
_OUT_OF_OFFICE = re.compile(
    r"^\s*(?:re:\s*)?\[?(?:automatic(?: e-?mail)? (?:reply|response)"
    r"|auto(?:matic)?[ -]?(?:reply|response|responder)"
    r"|autoreply|out of (?:the )?office(?: auto-?reply| reply)?|ooo|vacation (?:reply|response)|on vacation"
    r"|respuesta autom[áa]tica|contestaci[óo]n autom[áa]tica|auto ?respuesta|autocontestador"
    r"|fuera de (?:la )?oficina|ausente(?: de la oficina)?|aviso de ausencia|estoy de vacaciones"
    r"|mensaje de ausencia|de vacaciones)\]?\s*(?:$|[:.!–—-])",
    re.IGNORECASE,
)


def robot_reason(
    parsed: ParsedMail, own_addresses: Collection[str], *, own_message_id_domain: str = ""
) -> RobotReason | None:
    """Why no automatic mail may answer this one, or None if a person seems to have written it.

    `own_addresses` are the mailboxes and senders of this helpdesk, lower-case; `own_message_id_domain` is the
    right side of the Message-IDs that it makes. Rules: RFC 3834 §2 (what not to answer) and §5 (Auto-Submitted;
    "no" is the only word for a person); RFC 5321 §4.5.5 (null return path); RFC 2369 and 2919 (lists);
    MS-OXCMAIL (X-Auto-Response-Suppress).
    """
    marks = parsed.marks
    if _is_own(parsed, own_addresses, own_message_id_domain):
        return "own_mail"
    if parsed.is_bounce:
        return "bounce"
    if marks.receipt:
        return "receipt"
    if marks.feedback:
        return "feedback"
    if marks.auto_submitted not in ("", "no") or marks.autoreply_headers:
        return "auto_submitted"
    if marks.list_headers:
        return "list"
    if marks.precedence in _BULK:
        return "bulk"
    if _SUPPRESS.intersection(marks.suppress):
        return "suppressed_by_sender"
    if marks.null_return_path:
        return "null_return_path"
    if _OUT_OF_OFFICE.match(parsed.subject):
        return "out_of_office"
    if parsed.sender and _NO_REPLY.search(parsed.sender.partition("@")[0]):
        return "no_reply_sender"
    return None


def _is_own(parsed: ParsedMail, own_addresses: Collection[str], domain: str) -> bool:
    if any(name == LOOP_HEADER.lower() for name, _ in parsed.control):
        return True
    if domain and parsed.message_id.lower().endswith(f"@{domain.lower()}>"):
        return True
    own = {a.lower() for a in own_addresses}
    return parsed.sender is not None and (parsed.sender in own or _without_tag(parsed.sender) in own)


def _without_tag(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


# --- What must wait for an agent's eyes ------------------------------------------------------------------

HoldReason = Literal["no_single_sender", "authentication_failed", "verification_code"]

_FAILED = frozenset({"fail", "softfail", "hardfail", "policy"})
_CODE_WORD = (
    r"(?:verification|security|confirmation|log-?in|sign[- ]in|access|one[- ]time|authentication|2fa|otp)"
    r"[ -](?:code|pin|password|passcode)|passcode|c[óo]digo de (?:un solo uso|verificaci[óo]n|seguridad"
    r"|acceso|confirmaci[óo]n|inicio de sesi[óo]n)|clave (?:de un solo uso|temporal|din[áa]mica)"
)
_CODE = r"(?:[A-Z]{1,3}-)?\d(?:[ -]?\d){3,8}\b"
# Said to the reader: "your code is 123456", "tu código es 123456", "123456 is your … code".
_CODE_FOR_YOU = re.compile(
    rf"\b(?:your|tu|su)\b[^\n.]{{0,60}}\b(?:code|passcode|pin|otp|c[óo]digo|clave)\b[^\n.\d]{{0,40}}{_CODE}"
    rf"|{_CODE}[^\n.]{{0,20}}\b(?:is|es)\s+(?:your|tu|su)\b[^\n.]{{0,60}}\b(?:code|passcode|pin|c[óo]digo|clave)\b"
    rf"|\b(?:use|enter|usa|use|utilice|introduce|introduzca|ingresa|ingrese)\b[^\n.]{{0,40}}{_CODE}[^\n.]{{0,60}}"
    r"\b(?:to (?:verify|confirm|sign in|log in)|as your"
    r"|para (?:verificar|confirmar|iniciar sesi[óo]n|acceder))",
    re.IGNORECASE,
)
_ABOUT_CODE = re.compile(_CODE_WORD, re.IGNORECASE)
_ANY_CODE = re.compile(rf"(?<![\d-]){_CODE}")
_CONFIRM_ADDRESS = re.compile(
    r"\b(?:confirm|verify|activate) your (?:e-?mail|account|address)|reset your password|password reset"
    r"|(?:confirm[ae]|verifi(?:ca|que)|activ[ae]) (?:tu|su) (?:correo|cuenta|direcci[óo]n|e-?mail)"
    r"|restable(?:cer|ce|zca) (?:tu|su|la) contrase[ñn]a",
    re.IGNORECASE,
)


def hold_reason(parsed: ParsedMail) -> HoldReason | None:
    """Why this mail is for agents' eyes only (no automatic mail, no participants), or None.

    Held are mails that name no one sender; mails whose From domain the trusted server could not confirm
    while something failed (RFC 8601 results, alignment as in RFC 7489 §3.1); and codes or links that another
    service sent here to prove that someone owns this address: before the wrong eyes they open accounts.
    """
    if parsed.sender is None and not parsed.is_bounce:
        return "no_single_sender"
    if parsed.auth is not None and parsed.sender and authentication_failed(parsed.auth, parsed.sender):
        return "authentication_failed"
    return "verification_code" if _is_verification(parsed) else None


def authentication_failed(auth: AuthResults, sender: str) -> bool:
    """True when the trusted server's results speak against the sender's domain.

    DMARC decides where it has a verdict. Without one, an aligned pass clears the sender, any failure holds
    the mail, and silence does neither.
    """
    if auth.dmarc in ("pass", "bestguesspass"):
        return not _aligned(auth.dmarc_domain or sender, sender)
    if auth.dmarc in _FAILED:
        return True
    if auth.dkim == "pass" and any(_aligned(d, sender) for d in auth.dkim_domains):
        return False
    if auth.spf == "pass" and _aligned(auth.spf_domain, sender):
        return False
    return auth.spf in _FAILED or auth.dkim in _FAILED


def _aligned(domain: str, sender: str) -> bool:
    """Relaxed alignment without a list of public suffixes: one is the other or lies below it."""
    one, two = domain.rpartition("@")[2].lower().strip("."), sender.rpartition("@")[2].lower()
    short, long = sorted((one, two), key=len)
    return bool(short) and (short == long or ("." in short and long.endswith("." + short)))


def _is_verification(parsed: ParsedMail) -> bool:
    sample = f"{parsed.subject}\n{parsed.text[:4_000]}"
    if _CODE_FOR_YOU.search(sample):
        return True
    if not _looks_automatic(parsed):
        return False  # a person who writes about codes wants help with them
    return bool(_CONFIRM_ADDRESS.search(sample) or (_ABOUT_CODE.search(sample) and _ANY_CODE.search(sample)))


def _looks_automatic(parsed: ParsedMail) -> bool:
    return robot_reason(parsed, ()) is not None


# --- Whether an automatic mail may leave -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AutomaticCounts:
    """Automatic mails sent or queued: to this address in 24 hours, in all and for this pair in one hour.

    A pair is (our mailbox, their address): the two ends of a possible ping-pong.
    """

    to_address_today: int
    total_last_hour: int
    pair_last_hour: int


@dataclass(frozen=True, slots=True)
class AutomaticLimits:
    """The most automatic mails; from settings."""

    per_address_day: int = 3
    total_hour: int = 200
    per_pair_hour: int = 3


AutomaticRefusal = Literal["", "no_sender", "robot", "held", "address_cap", "total_cap", "pair_cap"]


def may_acknowledge(
    parsed: ParsedMail,
    counts: AutomaticCounts,
    *,
    robot: RobotReason | None,
    held: HoldReason | None,
    limits: AutomaticLimits = AutomaticLimits(),
) -> AutomaticRefusal:
    """Why no automatic mail may answer this one; empty when it may (RFC 3834 §2 asks for such limits)."""
    if parsed.sender is None:
        return "no_sender"
    if robot is not None:
        return "robot"
    if held is not None:
        return "held"
    return within_caps(counts, limits)


def within_caps(counts: AutomaticCounts, limits: AutomaticLimits) -> AutomaticRefusal:
    """The first limit that one more automatic mail would break; empty when there is none."""
    if counts.to_address_today >= limits.per_address_day:
        return "address_cap"
    if counts.pair_last_hour >= limits.per_pair_hour:
        return "pair_cap"
    return "total_cap" if counts.total_last_hour >= limits.total_hour else ""


# --- Where a mail belongs --------------------------------------------------------------------------------

_SECRET = re.compile(r"[a-z2-7]{26}")
_NUMBER = re.compile(r"\[#([0-9]{1,18})\]")


def extract_secrets(addresses: Iterable[str], mailbox_addresses: Collection[str]) -> tuple[str, ...]:
    """The secrets in addresses like support+<secret>@example.com, for our mailboxes only, without repeats.

    Compared without case: some systems upper-case what they relay. `addresses` best come envelope first
    (`ParsedMail.recipients`).
    """
    own = {a.lower() for a in mailbox_addresses}
    found: dict[str, None] = {}
    for address in addresses:
        local, _, domain = address.lower().rpartition("@")
        base, plus, tag = local.rpartition("+")
        if plus and f"{base}@{domain}" in own and _SECRET.fullmatch(tag):
            found[tag] = None
    return tuple(found)


def extract_secret(addresses: Iterable[str], mailbox_addresses: Collection[str]) -> str | None:
    """The first of `extract_secrets`, or None."""
    return next(iter(extract_secrets(addresses, mailbox_addresses)), None)


def subject_number(subject: str) -> int | None:
    """The ticket number in a subject like "Re: Printer [#12345]", or None. Any sender can write one."""
    match = _NUMBER.search(subject)
    return int(match.group(1)) if match else None


@dataclass(frozen=True, slots=True)
class TicketFact:
    """What must be known of a ticket that a mail points at; merged ones already followed to the survivor.

    `sender_is_active` tells whether the strict From is an active participant of this very ticket;
    `closed_reopens` whether policy reopens a closed ticket that is reached by a secret.
    """

    id: object
    status: str
    sender_is_active: bool
    closed_reopens: bool = False


@dataclass(frozen=True, slots=True)
class SecretFact:
    """A live secret reply address: its ticket, and the address it was given to. Revoked ones are none."""

    ticket: TicketFact
    recipient: str


@dataclass(frozen=True, slots=True)
class ThreadDecision:
    """Where the mail goes.

    `append` adds to `ticket` (`reopen` says whether that wakes it); `new` opens a ticket, linked to `related`
    by `relation` when there is one. `verified` is true only when a secret proved the author.
    `pending_sender`: the author is no participant yet; an agent decides, until then they see nothing.
    """

    action: Literal["append", "new"]
    via: Literal["secret", "headers", "subject", "none"]
    ticket: object | None = None
    verified: bool = False
    reopen: bool = False
    pending_sender: bool = False
    related: object | None = None
    relation: Literal["", "follow_up", "maybe_related"] = ""


def thread_decision(
    sender: str | None,
    *,
    by_secret: SecretFact | None = None,
    by_headers: TicketFact | None = None,
    by_subject: TicketFact | None = None,
    robot: bool = False,
) -> ThreadDecision:
    """The one place that decides where a mail belongs.

    1. A live secret appends, with rights if From is the address that it was given to. A solved ticket
       reopens; a closed one reopens or gets a linked follow-up, as policy says.
    2. In-Reply-To and References of our own Message-IDs (RFC 5322 §3.6.4), then the number in the subject,
       append unverified, and only when From is an active participant of that very ticket. A solved one
       reopens, a closed one never does.
    3. Anything else is a new ticket, with a "maybe related" link to what was pointed at.
    A robot's mail wakes nothing.
    """
    if by_secret is not None:
        return _by_secret(sender, by_secret, robot)
    pointed: list[tuple[Literal["headers", "subject"], TicketFact]] = []
    if by_headers is not None:
        pointed.append(("headers", by_headers))
    if by_subject is not None:
        pointed.append(("subject", by_subject))
    for via, fact in pointed:
        if sender is None or not fact.sender_is_active or fact.status == "closed":
            continue
        return ThreadDecision("append", via, ticket=fact.id, reopen=fact.status == "solved" and not robot)
    if pointed:
        via, fact = pointed[0]
        return ThreadDecision("new", via, related=fact.id, relation="maybe_related")
    return ThreadDecision("new", "none")


def _by_secret(sender: str | None, secret: SecretFact, robot: bool) -> ThreadDecision:
    fact = secret.ticket
    verified = sender is not None and sender == secret.recipient.lower()
    pending = not verified and not fact.sender_is_active
    if fact.status == "closed" and not fact.closed_reopens and not robot:
        return ThreadDecision("new", "secret", verified=verified, related=fact.id, relation="follow_up")
    return ThreadDecision(
        "append",
        "secret",
        ticket=fact.id,
        verified=verified,
        reopen=fact.status in ("solved", "closed") and not robot,
        pending_sender=pending,
    )
