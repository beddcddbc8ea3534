"""What strangers write is shown, never run."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client

from helpdesk.files.services import store
from helpdesk.people.models import Customer, User
from tests.cast import Cast, open_ticket
from tests.console.doors import FRAGMENT
from tickets import services
from tickets.models import Attachment, InboundMail, Message, Ticket
from tickets.selectors import words

SignIn = Callable[[User], Client]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>{{ 7*7 }}"


class Seen(HTMLParser):
    """Elements of a page, with every attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def harmless(page: str) -> None:
    """No script but our modules, no handler, no style, no address that runs or tells a stranger who reads."""
    for tag, attributes in Seen(page).found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        if tag == "script":
            src = attributes.get("src") or ""
            assert src.startswith("/static/") or attributes.get("type") == "application/json", attributes
        for name in ("href", "src", "action", "hx-get"):
            value = (attributes.get(name) or "").strip().lower()
            assert not value.startswith(("javascript:", "data:", "vbscript:")), (tag, attributes)
            if tag in ("img", "iframe", "video", "link"):
                assert value.startswith("/") or not value, (tag, attributes)


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """Everything in it that a stranger can choose is hostile."""
    Customer.objects.filter(pk=cast.lucia.pk).update(name=EVIL)
    cast.lucia.refresh_from_db()
    found = open_ticket(
        cast, subject=EVIL, text=f"javascript:alert(1) {EVIL}\nhttp://x.example/\"onmouseover=alert(1)",
        tags=["<b>tag</b>"], custom_fields={EVIL: EVIL}, author_name=EVIL,
    )  # fmt: skip
    services.note(actor=cast.ana, ticket=found, text=EVIL, files=[store(content=b"x", filename=EVIL + ".svg")])
    services.transfer(actor=cast.ana, ticket=found, reason=EVIL, brief=EVIL, assignee=cast.bruno)
    services.update_ticket(actor=cast.ana, ticket=found, subject=EVIL + "!")
    services.rate(actor=cast.lucia, ticket=found, score="bad", comment=EVIL)
    return found


@pytest.mark.parametrize(
    "path",
    ["/console/?view=all", "/console/tickets/{n}/", "/console/tickets/{n}/row/?view=all",
     "/console/tickets/{n}/update/", "/console/customers/", "/console/customers/{uid}/", "/console/notifications/"],
)  # fmt: skip
def test_every_pane_escapes(cast: Cast, sign_in: SignIn, ticket: Ticket, path: str) -> None:
    url = path.format(n=ticket.number, uid=cast.lucia.uid)
    fragment = FRAGMENT if "row" in path or "update" in path else {}
    page = sign_in(cast.bruno).get(url, headers=fragment).content.decode()
    harmless(page)
    assert "alert(1)" in page  # it is shown as written
    assert ">49<" not in page


def test_a_search_is_shown_back_as_words(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.ana).get("/console/", {"search": EVIL}).content.decode()
    harmless(page)
    assert "alert(1)" in page


MAIL = """<p>Hola <b>Ana</b></p><script>alert(1)</script><style>*{display:none}</style>
<img src="https://tracker.example/p.gif"><img src="cid:logo@mail"><img src="cid:missing">
<a href="javascript:alert(1)">uno</a> <a href="https://shop.example/?a=1&b=2" onclick="x()">dos</a>
<form action="https://evil.example"><input name=p></form><iframe src="https://evil.example"></iframe>
<p style="position:fixed" class="composer" id="composer" data-verb-form hx-get="/console/">tres</p>"""


def mailed(ticket: Ticket, cast: Cast, text: str, html: str = "") -> Message:
    raw = store(content=b"raw", filename="mail.eml")
    mail = InboundMail.objects.create(raw=raw, sha256=raw.sha256, ticket=ticket)
    return services.customer_message(actor=cast.lucia, ticket=ticket, text=text, html=html, mail_id=mail.pk)


def test_mail_keeps_its_form_and_loses_its_teeth(cast: Cast, sign_in: SignIn) -> None:
    ticket = open_ticket(cast)
    message = mailed(ticket, cast, "Hola Ana", MAIL)
    picture = Attachment.objects.create(
        message=message, file=store(content=b"\x89PNG", filename="l.png", content_type="image/png"),
        content_id="<logo@mail>", inline=True,
    )  # fmt: skip
    page = sign_in(cast.ana).get(f"/console/tickets/{ticket.number}/").content.decode()
    harmless(page)
    assert "<p>Hola <b>Ana</b></p>" in page
    assert f'src="/console/files/{picture.uid}/"' in page
    for gone in ("tracker.example", "evil.example", "display:none", "cid:"):
        assert gone not in page
    assert 'href="https://shop.example/?a=1&amp;b=2"' in page
    assert page.count('id="composer"') == 1


def test_history_below_an_answer_is_folded(cast: Cast) -> None:
    text = "Gracias, funciona.\n\nOn Mon, 2 Nov 2026 at 10:00, Ana <ana@desk.example> wrote:\n> ¿Funciona <b>ya</b>?"
    shown = words.of_message(mailed(open_ticket(cast), cast, text, "<p>Gracias</p>"), {})
    assert shown.html == "Gracias, funciona."
    assert "¿Funciona &lt;b&gt;ya&lt;/b&gt;?" in shown.quoted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\nb", "a<br>b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ('rel="nofollow"', "rel=&quot;nofollow&quot;"),
    ],
)
def test_plain_text(text: str, wanted: str) -> None:
    assert words.plain(text) == wanted


def test_links_open_beside_and_tell_nothing() -> None:
    linked = words.plain('mira https://a.example/x?y=1&z=2". Adiós')
    assert '<a href="https://a.example/x?y=1&amp;z=2%22' in linked or 'href="https://a.example/x?y=1&amp;z=2"' in linked
    assert 'rel="noopener noreferrer nofollow" target="_blank"' in linked


def test_merging_and_system_lines_have_words(cast: Cast, sign_in: SignIn) -> None:
    one, two = open_ticket(cast), open_ticket(cast)
    services.merge(actor=cast.ana, ticket=one, into=two)
    page = sign_in(cast.ana).get(f"/console/tickets/{two.number}/").content.decode()
    assert f"#{one.number} was merged into this one" in page


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 200_000,
        "<ul><li>" * 100_000,
        "<p>" + "".join(f"<b x={n}>" for n in range(30_000)) + "</p><p>x" * 30_000,
        "<p>" + "".join(f"<i x='<{n}'>" for n in range(2_500)) + "</p><p>x" * 2_500,
        "<b " * 200_000,
    ],
)
def test_html_that_asks_for_minutes_or_gigabytes_is_shown_as_text(bomb: str) -> None:
    message = Message(mail_id=1, body_text="Hello", body_html=bomb)
    shown = words.of_message(message, {}).html
    assert shown == "Hello" or len(shown) < 10 * len(bomb)


def test_formatting_survives_the_bounds() -> None:
    shown = words.rich('<P><B style="x">bold</B> <small>s</small><br><strong\n>w</strong> <br/><i>i</i></P>', {})
    assert shown == "<p><b>bold</b> <small>s</small><br><strong>w</strong> <br><i>i</i></p>"
