"""One request travels the whole way through real engines, with two browsers at once."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

from playwright.sync_api import expect

from bench.sink import Sink
from bench.stack import Stack
from tests.dovecot import Dovecot

from .pages import Console, Widget
from .program import Program

OpenConsole = Callable[..., Console]
OpenWidget = Callable[..., Widget]


def unique(words: str) -> str:
    """`words` that no other test has said."""
    return f"{words} {uuid.uuid4().hex[:6]}"


def address(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}@mail.example"


def answer_to(mail: EmailMessage, sender: str, words: str) -> bytes:
    """What a mail program sends when somebody answers `mail`."""
    answer = EmailMessage()
    answer["From"], answer["To"] = sender, str(mail["Reply-To"] or mail["From"])
    answer["Subject"] = f"Re: {mail['Subject']}"
    answer["Message-ID"] = make_msgid(domain="mail.example")
    answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
    answer.set_content(f"{words}\n\n> {mail['Subject']!s}\n")
    return answer.as_bytes()


def test_a_chat_goes_on_by_mail_on_the_same_ticket(
    visitor: OpenWidget, console: OpenConsole, stack: Stack, sink: Sink, imap: Dovecot
) -> None:
    elena = console("elena")
    lucia = visitor("es-ES")
    assert lucia.language == "es"
    lucia.open()
    expect(lucia.search("contrasena")).to_have_text(["Restablecer contraseñas olvidadas"])

    # The first word opens a ticket, and the console hears of it without reloading.
    lucia.start()
    question = unique("Buenas, no puedo entrar en mi cuenta")
    lucia.say(question)
    expect(elena.offer(question)).to_be_visible()
    number = elena.accept(question)
    expect(lucia.panel.get_by_text("Elena Ruiz ya está con usted")).to_be_visible()

    # Both write, and each sees the other write.
    elena.write("¿Le llega el correo?")
    expect(lucia.panel.get_by_text("Elena Ruiz está escribiendo…")).to_be_visible()
    elena.page.keyboard.press("Enter")
    expect(lucia.said("¿Le llega el correo?")).to_be_visible()
    lucia.write("No, no me llega")
    expect(elena.page.locator("#typing")).not_to_be_empty()
    lucia.panel.get_by_label("Su mensaje", exact=True).press("Enter")
    expect(elena.entry("No, no me llega")).to_be_visible()

    # She leaves her address, and then closes the tab.
    lucia_address = address("lucia")
    lucia.leave_address(lucia_address)
    lucia.leave()

    # Once her absence is known, the next answer goes out by mail.
    by_mail = unique("Le he enviado un enlace nuevo")
    program = Program(stack)
    program.until_absent(number)
    elena.open_ticket(number)
    elena.say(by_mail)
    (mail,) = sink.wait(lucia_address)
    assert by_mail in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"#{number}" in mail["Subject"]
    assert "+" in mail["Reply-To"], mail["Reply-To"]

    # Two answers of hers: through the mail server's pipe, and in the mailbox.
    piped, fetched = unique("Recibido, gracias"), unique("Y ya puedo entrar")
    line = json.loads(stack.manage("receive_email", stdin=answer_to(mail, lucia_address, piped)))
    assert (line["result"], line["ticket"]) == ("appended", number), line
    expect(elena.entry(piped)).to_be_visible()
    imap.append(answer_to(mail, lucia_address, fetched))
    expect(elena.entry(fetched)).to_be_visible(timeout=40_000)
    assert program.words(number)[-3:] == [by_mail, piped, fetched]
    assert program.seqs(number) == list(range(1, program.ticket(number)["last_seq"] + 1))


def test_an_english_visitor_is_answered_in_english(visitor: OpenWidget, console: OpenConsole) -> None:
    ben = console("ben")
    tom = visitor("en-GB")
    tom.open()
    expect(tom.search("password")).to_have_text(["Resetting forgotten passwords"])
    tom.start()
    question = unique("Hello, where is my order")
    tom.say(question)
    ben.accept(question)
    ben.say("Let me look")
    expect(tom.said("Let me look")).to_be_visible()
    expect(tom.panel.get_by_text("Ben Carter is with you now")).to_be_visible()


def test_who_is_not_answered_climbs_to_the_top(
    visitor: OpenWidget, console: OpenConsole, stack: Stack, seeded: dict[str, Any], sink: Sink
) -> None:
    console("ben")  # there, but he does not look
    bruno = console("bruno", status="offline")
    told = int(bruno.bell.get_attribute("data-count") or 0)
    maria = visitor("es-ES")
    maria.open()
    maria.start()
    maria.say(unique(f"Me llegó una {seeded['quick']}"))
    maria_address = address("maria")
    maria.leave_address(maria_address)

    # Tier 2 hears the bell without reloading; the visitor's page says where it is.
    expect(bruno.bell).not_to_have_text(str(told) if told else "")
    expect(bruno.page.get_by_text(seeded["quick"]).first).to_be_visible()
    program = Program(stack)
    number = program.number_of(maria_address)
    events = program.until(number, lambda events: sum(e["kind"] == "escalated" for e in events) == 2)
    steps = [(e["kind"], e["rule"]) for e in events if e["kind"] in ("sla_breached", "escalated")]
    assert [kind for kind, _rule in steps] == ["sla_breached", "escalated", "escalated"]
    assert all(re.match(r"sla:\d+:v1:first_reply:", rule) for _kind, rule in steps), steps
    assert len(set(steps)) == 3
    assert program.ticket(number)["tier"] == 3

    # The widget tells her, and her own page says who has it and since when.
    expect(maria.panel.get_by_text("nuestro equipo de dirección")).to_be_visible()
    page = maria.page
    page.goto("/portal/")
    page.locator("#email").fill(maria_address)
    page.locator(".portal-card button").click()
    (mail,) = [m for m in sink.wait(maria_address) if "/portal/enter/" in m.get_body(("plain",)).get_content()]  # type: ignore[union-attr]
    link = re.search(r"http\S+/portal/enter/\S+", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link
    page.goto(link.group())
    page.locator("main button").first.click()
    page.get_by_role("link", name=re.compile(f"#{number}|{seeded['quick']}")).first.click()
    expect(page.locator(".portal-progress")).to_contain_text("La tiene nuestro equipo de dirección de Soporte desde")


def test_a_stranger_s_mail_opens_a_ticket_and_is_acknowledged_once(
    console: OpenConsole, stack: Stack, sink: Sink
) -> None:
    ben = console("ben", status="away")
    ben.page.goto("/console/?view=unassigned")
    stranger, subject = address("stranger"), unique("Delivery of order 7741")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Nora <{stranger}>", "support@example.com", subject
    mail["Message-ID"] = make_msgid(domain="mail.example")
    mail.set_content("When does it arrive?")
    line = json.loads(stack.manage("receive_email", stdin=mail.as_bytes()))
    assert line["result"] == "created", line
    again = json.loads(stack.manage("receive_email", stdin=mail.as_bytes()))
    assert (again["result"], again["ticket"]) == ("duplicate", line["ticket"])
    expect(ben.page.get_by_text(subject).first).to_be_visible()
    sink.wait(stranger)
    Program(stack).until_outbox_is_empty()
    (acknowledgement,) = sink.to(stranger)
    assert f"#{line['ticket']}" in acknowledgement["Subject"]
    assert acknowledgement["Auto-Submitted"]


def test_a_supervisor_sees_the_figures_and_the_live_count(
    visitor: OpenWidget, console: OpenConsole, stack: Stack
) -> None:
    ben = console("ben")
    guest = visitor()
    guest.open()
    guest.start()
    question = unique("Is anybody there")
    guest.say(question)
    number = ben.accept(question)
    ben.say("Yes, here I am")
    program = Program(stack)
    program.post(number, "solve")
    program.rate(number, "good")

    sara = console("sara", status="offline")
    sara.page.goto("/console/reports/")
    figures = program.metrics()
    assert figures["first_reply"]["count"] >= 1
    expect(sara.page.locator("main")).to_contain_text("100")
    sara.page.goto("/console/reports/monitor/")
    expect(sara.page.locator("main")).to_contain_text("Ben Carter")


def test_a_program_reads_and_answers_the_same_ticket(visitor: OpenWidget, console: OpenConsole, stack: Stack) -> None:
    ben = console("ben")
    guest = visitor()
    guest.open()
    guest.start()
    question = unique("Can you change my address")
    guest.say(question)
    number = ben.accept(question)
    program = Program(stack, who="ben@desk.example")
    assert program.words(number) == [question]
    program.answer(number, "Changed, as you asked")
    expect(guest.said("Changed, as you asked")).to_be_visible()
    expect(ben.entry("Changed, as you asked")).to_be_visible()


def test_the_help_centre_finds_words_without_accents(open_context: Callable[..., Any]) -> None:
    page = open_context(locale="es-ES").new_page()
    page.goto("/help/")
    page.get_by_role("searchbox").fill("contrasena")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Restablecer contraseñas olvidadas").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Restablecer contraseñas olvidadas")
