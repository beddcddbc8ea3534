"""What may be done with a mail, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickets.mail.parse import parse_mail
from tickets.mail.parsed import ParsedMail
from tickets.rules.mail import (
    AutomaticCounts,
    SecretFact,
    ThreadDecision,
    TicketFact,
    extract_secret,
    extract_secrets,
    hold_reason,
    may_acknowledge,
    robot_reason,
    subject_number,
    thread_decision,
)

OWN = {"support@example.com"}


def parsed(
    head: str = "", *, sender: str = "ana@example.org", subject: str = "Ayuda", body: str = "hola"
) -> ParsedMail:
    raw = f"From: {sender}\r\nSubject: {subject}\r\nTo: support@example.com\r\n{head}\r\n{body}"
    return parse_mail(raw.encode(), authserv_id="mx.example.com")


ROBOTS = [
    ("Auto-Submitted: auto-replied (vacation)\r\n", "auto_submitted"),
    ("Auto-Submitted: auto-generated; x=y\r\n", "auto_submitted"),
    ("Auto-submitted: NO\r\n", None),
    ("X-Autoreply: yes\r\n", "auto_submitted"),
    ("Precedence: bulk\r\n", "bulk"),
    ("Precedence: Junk\r\n", "bulk"),
    ("Precedence: first-class\r\n", None),
    ("List-Id: <l.example>\r\n", "list"),
    ("List-Unsubscribe: <mailto:x@y>\r\n", "list"),
    ("X-Auto-Response-Suppress: OOF, DR\r\n", "suppressed_by_sender"),
    ("X-Auto-Response-Suppress: All\r\n", "suppressed_by_sender"),
    ("X-Auto-Response-Suppress: DR, RN\r\n", None),
    ("Return-Path: <>\r\n", "null_return_path"),
    ("Return-Path: <ana@example.org>\r\n", None),
    ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n", "receipt"),
    ("Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n", "feedback"),
    ("X-Helpdesk-Loop: 1\r\n", "own_mail"),
    ("Message-ID: <1@desk.example.com>\r\n", "own_mail"),
    ("Message-ID: <1@notdesk.example.com>\r\n", None),
    ("", None),
]


@pytest.mark.parametrize(("head", "reason"), ROBOTS)
def test_robots_by_header(head: str, reason: str | None) -> None:
    assert robot_reason(parsed(head), OWN, own_message_id_domain="desk.example.com") == reason


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("support@example.com", "own_mail"),
        ("Support+abc@example.com", "own_mail"),
        ("noreply@shop.example", "no_reply_sender"),
        ("no-reply+x@shop.example", "no_reply_sender"),
        ("Do_Not_Reply@shop.example", "no_reply_sender"),
        ("no-responder@banco.example", "no_reply_sender"),
        ("MAILER-DAEMON@mx.example", "no_reply_sender"),
        ("bounces+17=a@lists.example", "no_reply_sender"),
        ("owner-list@lists.example", "no_reply_sender"),
        ("list-request@lists.example", "no_reply_sender"),
        ("noreen@shop.example", None),
        ("bouncer@club.example", None),
    ],
)
def test_robots_by_sender(sender: str, reason: str | None) -> None:
    assert robot_reason(parsed(sender=sender), OWN) == reason


@pytest.mark.parametrize(
    ("subject", "away"),
    [
        ("Automatic reply: Ayuda", True),
        ("Out of Office: Ayuda", True),
        ("Out of Office AutoReply: Ayuda", True),
        ("Respuesta automática: Ayuda", True),
        ("Fuera de la oficina", True),
        ("Re: Out of office", True),
        ("Ausente: hasta el lunes", True),
        ("Out of office chairs?", False),
        ("Automatic reply does not work", False),
        ("¿Cómo pongo una respuesta automática?", False),
        ("Ausencia de señal en el router", False),
    ],
)
def test_out_of_office_without_headers(subject: str, away: bool) -> None:
    assert (robot_reason(parsed(subject=subject), OWN) == "out_of_office") is away


FEW = AutomaticCounts(0, 0, 0)


@pytest.mark.parametrize(
    ("counts", "refusal"),
    [
        (FEW, ""),
        (AutomaticCounts(2, 199, 2), ""),
        (AutomaticCounts(3, 0, 0), "address_cap"),
        (AutomaticCounts(0, 200, 0), "total_cap"),
        (AutomaticCounts(0, 0, 3), "pair_cap"),
    ],
)
def test_acknowledgements_are_capped(counts: AutomaticCounts, refusal: str) -> None:
    assert may_acknowledge(parsed(), counts, robot=None, held=None) == refusal


def test_robots_held_mails_and_nobody_get_no_acknowledgement() -> None:
    assert may_acknowledge(parsed(), FEW, robot="bulk", held=None) == "robot"
    assert may_acknowledge(parsed(), FEW, robot=None, held="verification_code") == "held"
    assert may_acknowledge(parsed(sender="a@x.example, b@y.example"), FEW, robot=None, held=None) == "no_sender"


SECRET = "abcdefghijklmnopqrstuvwxyz"[:20] + "234567"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (f"support+{SECRET}@example.com", SECRET),
        (f"Support+{SECRET.upper()}@Example.com", SECRET),
        (f"support+{SECRET}@evil.example", None),
        (f"sales+{SECRET}@example.com", None),
        (f"support+{SECRET}x@example.com", None),
        (f"support+{SECRET[:-1]}1@example.com", None),
        ("support@example.com", None),
        ("", None),
    ],
)
def test_secrets_come_from_our_own_mailboxes_only(address: str, found: str | None) -> None:
    assert extract_secret([address], OWN) == found


def test_several_secrets_in_order_without_repeats() -> None:
    other = SECRET[::-1]
    addresses = [f"support+{other}@example.com", f"support+{SECRET}@example.com", f"support+{other}@example.com"]
    assert extract_secrets(addresses, OWN) == (other, SECRET)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: Printer [#12345]", 12345),
        ("[#1] [#2]", 1),
        ("#123", None),
        ("[#12a]", None),
        ("[#" + "9" * 19 + "]", None),
        ("[#١٢]", None),
    ],
)
def test_numbers_in_subjects(subject: str, number: int | None) -> None:
    assert subject_number(subject) == number


def ticket(status: str = "open", *, active: bool = True, reopens: bool = False, id: int = 7) -> TicketFact:
    return TicketFact(id=id, status=status, sender_is_active=active, closed_reopens=reopens)


ANA, EVE = "ana@example.org", "eve@evil.example"
NEW = ThreadDecision("new", "none")


@pytest.mark.parametrize(
    ("sender", "fact", "robot", "wanted"),
    [
        (ANA, ticket(), False, ThreadDecision("append", "secret", 7, verified=True)),
        (ANA, ticket("solved"), False, ThreadDecision("append", "secret", 7, verified=True, reopen=True)),
        (ANA, ticket("solved"), True, ThreadDecision("append", "secret", 7, verified=True)),
        (ANA, ticket("closed", reopens=True), False, ThreadDecision("append", "secret", 7, verified=True, reopen=True)),
        (ANA, ticket("closed"), False,
         ThreadDecision("new", "secret", verified=True, related=7, relation="follow_up")),
        (EVE, ticket(active=False), False, ThreadDecision("append", "secret", 7, pending_sender=True)),
        (None, ticket(active=False), False, ThreadDecision("append", "secret", 7, pending_sender=True)),
    ],
)  # fmt: skip
def test_a_secret_carries_rights_for_the_one_it_was_given_to(
    sender: str | None, fact: TicketFact, robot: bool, wanted: ThreadDecision
) -> None:
    assert thread_decision(sender, by_secret=SecretFact(fact, "Ana@example.org"), robot=robot) == wanted


@pytest.mark.parametrize(
    ("sender", "headers", "subject", "robot", "wanted"),
    [
        (ANA, None, None, False, NEW),
        (ANA, ticket(), None, False, ThreadDecision("append", "headers", 7)),
        (ANA, None, ticket(), False, ThreadDecision("append", "subject", 7)),
        (ANA, ticket(), ticket(id=8), False, ThreadDecision("append", "headers", 7)),
        (ANA, ticket(active=False), ticket(id=8), False, ThreadDecision("append", "subject", 8)),
        (ANA, ticket("solved"), None, False, ThreadDecision("append", "headers", 7, reopen=True)),
        (ANA, ticket("solved"), None, True, ThreadDecision("append", "headers", 7)),
        (ANA, ticket("closed", reopens=True), None, False,
         ThreadDecision("new", "headers", related=7, relation="maybe_related")),
        (EVE, ticket(active=False), None, False,
         ThreadDecision("new", "headers", related=7, relation="maybe_related")),
        (EVE, None, ticket(active=False), False,
         ThreadDecision("new", "subject", related=7, relation="maybe_related")),
        (None, ticket(), ticket(), False, ThreadDecision("new", "headers", related=7, relation="maybe_related")),
    ],
)  # fmt: skip
def test_headers_and_subject_only_suggest(
    sender: str | None, headers: TicketFact | None, subject: TicketFact | None, robot: bool, wanted: ThreadDecision
) -> None:
    decision = thread_decision(sender, by_headers=headers, by_subject=subject, robot=robot)
    assert decision == wanted
    assert not decision.verified


def results(text: str, server: str = "mx.example.com") -> str:
    return f"Authentication-Results: {server}; {text}\r\n"


@pytest.mark.parametrize(
    ("head", "held"),
    [
        (results("dmarc=fail header.from=example.org"), True),
        (results("spf=pass smtp.mailfrom=x@example.org; dmarc=pass header.from=example.org"), False),
        (results("dmarc=pass header.from=evil.example"), True),
        (results("spf=fail smtp.mailfrom=example.org; dkim=none; dmarc=none"), True),
        (results("spf=fail; dkim=pass header.d=example.org"), False),
        (results("spf=fail; dkim=pass header.d=evil.example"), True),
        (results("spf=none; dkim=none"), False),
        (results("none"), False),
        (results("dmarc=fail (dmarc=pass) header.from=example.org"), True),
        (results("dmarc=fail", server="mx.other.example"), False),  # not a server that we believe
        (results("dmarc=fail") + "Received: from evil\r\n" + results("dmarc=pass header.from=example.org"), True),
        ("Received: by mx\r\n" + results("dmarc=fail"), True),
        ("", False),
    ],
)
def test_failed_alignment_is_held(head: str, held: bool) -> None:
    assert (hold_reason(parsed(head)) == "authentication_failed") is held


def test_no_results_are_read_without_a_trusted_server() -> None:
    raw = b"From: a@b.example\r\n" + results("dmarc=fail").encode() + b"\r\nx"
    assert parse_mail(raw).auth is None
    assert hold_reason(parse_mail(raw)) is None


@pytest.mark.parametrize(
    ("sender", "subject", "body", "held"),
    [
        ("noreply@slack.example", "Slack confirmation code: ABC-123 456", "", True),
        ("feedback@slack.example", "x", "Your verification code is 123456", True),
        ("hola@banco.example", "Tu código de verificación es 482 913", "", True),
        ("noreply@x.example", "Confirm your email address", "Click", True),
        ("ana@example.org", "Your verification code", "I typed it and it does not work. What now?", False),
        ("ana@example.org", "No me llega el código de verificación", "Pedido 123456", False),
        ("ana@example.org", "Password reset", "I cannot reset your password page", False),
        ("noreply@shop.example", "Order 123456 shipped", "Thanks", False),
    ],
)
def test_codes_meant_to_prove_who_owns_this_address_are_held(sender: str, subject: str, body: str, held: bool) -> None:
    mail = parsed(sender=sender, subject=subject.encode().decode(), body=body)
    assert (hold_reason(mail) == "verification_code") is held


def test_a_mail_from_nobody_is_held_a_bounce_is_not() -> None:
    nobody = parsed(sender="a@x.example, b@y.example")
    assert hold_reason(nobody) == "no_single_sender"
    assert hold_reason(replace(nobody, bounce=parse_mail(BOUNCE).bounce)) is None


BOUNCE = (
    b"From: mailer-daemon@x.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--b--\r\n"
)


def test_a_bounce_is_a_bounce() -> None:
    mail = parse_mail(BOUNCE)
    assert robot_reason(mail, OWN) == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.failed


def test_a_foreign_reply_to_is_shown_only() -> None:
    mail = parsed("Reply-To: evil@x.example, ana@example.org\r\n")
    assert mail.sender == "ana@example.org"
    assert mail.foreign_reply_to == ("evil@x.example",)
