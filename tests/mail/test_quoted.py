"""New words above, history folded below; nothing is thrown away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.mail.quoted import REPLY_MARKERS, split_quoted

NEW = "Sigue sin funcionar.\n\nGracias"

HISTORIES = {
    "gmail_en": "On Mon, Nov 2, 2026 at 10:00 AM Support <support@example.com> wrote:\n\n> Hello\n> there",
    "gmail_en_wrapped": "On Mon, Nov 2, 2026 at 10:00 AM Support Team\n<support@example.com> wrote:\n\n> Hello",
    "gmail_es": "El lun, 2 nov 2026 a las 10:00, Soporte (<support@example.com>) escribió:\n\n> Hola",
    "gmail_html_without_marks": "El lun, 2 nov 2026 a las 10:00, Soporte escribió:\n\nHola\nmundo",
    "apple_en": "> On 2 Nov 2026, at 10:00, Support <support@example.com> wrote:\n> \n> Hello",
    "apple_en_plain": "On 2 Nov 2026, at 10:00, Support <support@example.com> wrote:\n\n> Hello",
    "apple_es": "El 2 nov 2026, a las 10:00, Soporte <support@example.com> escribió:\n\n> Hola",
    "thunderbird_en": "On 02/11/2026 10:00, Support wrote:\n> Hello\n>> older",
    "thunderbird_es": "El 2/11/26 a las 10:00, Soporte escribió:\n> Hola",
    "outlook_en_divider": "-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Ana\nSubject: x\n\nHello",
    "outlook_es_divider": "-----Mensaje original-----\nDe: Soporte\nHola",
    "outlook_en_block": "________________________________\nFrom: Support <support@example.com>\n"
    "Sent: Monday, November 2, 2026 10:00\nTo: Ana\nSubject: Re: x\n\nHello",
    "outlook_es_block": "De: Soporte <support@example.com>\nEnviado el: lunes, 2 de noviembre de 2026 10:00\n"
    "Para: Ana\nAsunto: RE: x\n\nHola",
    "outlook_mobile_es": "De: Soporte <support@example.com>\n"
    "Fecha: lunes, 2 de noviembre de 2026\nPara: Ana\nAsunto: x\n\nHola",
    "bare_quote": "> Hello\n> there",
    "french": "Le lun. 2 nov. 2026 à 10:00, Support <support@example.com> a écrit :\n> Bonjour",
    "german": "Am 02.11.2026 um 10:00 schrieb Support:\n> Hallo",
    "portuguese": "Em seg., 2 de nov. de 2026 às 10:00, Suporte escreveu:\n> Olá",
    "italian": "Il giorno lun 2 nov 2026 alle 10:00 Supporto ha scritto:\n> Ciao",
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_history_is_folded(history: str) -> None:
    assert split_quoted(f"{NEW}\n\n{history}\n") == (NEW, history)


@pytest.mark.parametrize("marker", REPLY_MARKERS.values())
def test_our_own_marker_disappears_and_all_below_it_is_folded(marker: str) -> None:
    text = f"{NEW}\n\nOn Mon, Nov 2, 2026 at 10:00 Support wrote:\n> {marker}\n> Hello"
    visible, quoted = split_quoted(text)
    assert visible == NEW
    assert "> Hello" in quoted
    assert "##" not in quoted


UNFOLDED = {
    "answers_between": "On Mon, 2 Nov 2026 Support wrote:\n> First?\nYes.\n> Second?\nNo.",
    "a_forward": "Mire esto:\n\n---------- Forwarded message ---------\n"
    "From: X <x@y.example>\nDate: Mon\nSubject: s\nTo: Ana\n\nHi",
    "only_quotes": "> uno\n> dos",
    "a_sentence_that_begins_with_on": "On 3 November I wrote:\nplease help\n\n> this\nstill here",
    "a_customer_who_lists_fields": "From: Madrid\nTo: Lima\nTwo seats please",
    "nothing": "",
}


@pytest.mark.parametrize("text", UNFOLDED.values(), ids=UNFOLDED.keys())
def test_what_is_not_plainly_history_stays_visible(text: str) -> None:
    assert split_quoted(text) == (text, "")


def test_an_answer_below_the_quote_is_the_visible_part() -> None:
    visible, quoted = split_quoted("On Mon, 2 Nov 2026 Support wrote:\n> Does it work?\n\nYes, thanks.")
    assert visible == "Yes, thanks."
    assert quoted == "On Mon, 2 Nov 2026 Support wrote:\n> Does it work?"


PIECES = st.sampled_from(
    [*HISTORIES.values(), *UNFOLDED.values(), NEW, "> q", "", "On ", "wrote:", "De: a", "--", "_" * 30]
)


@given(st.lists(PIECES | st.text(max_size=30), max_size=8))
def test_no_line_is_lost(pieces: list[str]) -> None:
    text = "\n".join(pieces).replace("\r", "")
    visible, quoted = split_quoted(text)

    def lines(value: str) -> list[str]:
        return sorted(s for line in value.split("\n") if (s := line.strip()))

    assert lines(visible + "\n" + quoted) == lines(text)
    assert visible or not text.strip()
