"""Everything a person reads exists in Spanish, and says the same with the same placeholders."""

from __future__ import annotations

import re

import pytest

from .catalogue import catalogue, texts

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_every_text_has_its_spanish() -> None:
    known = catalogue()
    missing = [
        f"{places[0]}: {key[1]!r}" for key, places in texts().items() if key not in known or not known[key].translated()
    ]
    assert not missing, "run `make messages`, then translate in locale/es:\n" + "\n".join(missing)


def test_nothing_is_kept_that_nobody_says() -> None:
    assert not [key[1] for key in catalogue().keys() - texts().keys()]


@pytest.mark.parametrize("plural", [False, True])
def test_placeholders_survive_translation(plural: bool) -> None:
    wrong = []
    for entry in catalogue().values():
        wanted = set(PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or "")))
        said = list(entry.msgstr_plural.values()) if plural else [entry.msgstr]
        wrong += [entry.msgid for words in said if words and not set(PLACEHOLDER.findall(words)) <= wanted]
        if (
            not plural
            and entry.msgstr
            and set(PLACEHOLDER.findall(entry.msgstr)) != set(PLACEHOLDER.findall(entry.msgid))
        ):
            wrong.append(entry.msgid)
    assert not wrong


def test_spanish_addresses_people_as_usted_and_does_not_shout() -> None:
    familiar = re.compile(r"\b(tú|tu|tus|contigo|puedes|quieres|tienes|escribe tu|haz)\b", re.IGNORECASE)
    wrong = [
        words
        for entry in catalogue().values()
        for words in [entry.msgstr, *entry.msgstr_plural.values()]
        if familiar.search(words) or "!" in words
    ]
    assert not wrong
