"""The pages as people use them, so that the tests read as what people do."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Frame, Locator, Page, expect

from bench.stack import wait_for

WORDS = {
    "en": {
        "start": "Start a chat", "message": "Your message", "email": "Email", "save": "Save",
        "search": "Search the help",
    },
    "es": {
        "start": "Iniciar un chat", "message": "Su mensaje", "email": "Correo electrónico", "save": "Guardar",
        "search": "Buscar en la ayuda",
    },
}  # fmt: skip


class Widget:
    """A visitor on the trial page. The bubble is inside a closed shadow root: it is found by where it stands."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/widget/demo/")
        self.language = page.locator("html").get_attribute("lang") or "en"
        self.words = WORDS[self.language]
        page.locator("helpdesk-widget").wait_for(state="attached")
        self.panel: Frame

    def until_open(self) -> None:
        """The house's status is remembered for seconds: wait until it says that somebody is there."""
        key = self.page.locator("script[data-key]").get_attribute("data-key")
        wait_for(lambda: self.page.request.get(f"/widget/status/?key={key}").json()["open"], 15, "an open house")

    def open(self) -> None:
        """Open the panel, with somebody there to talk to."""
        self.until_open()
        size = self.page.viewport_size
        assert size
        with self.page.expect_event("framenavigated", lambda frame: "/widget/panel/" in frame.url) as happened:
            self.page.mouse.click(size["width"] - 48, size["height"] - 48)
        self.panel = happened.value

    def search(self, words: str) -> Locator:
        """The titles that the help search finds."""
        self.panel.get_by_label(self.words["search"], exact=True).fill(words)
        return self.panel.locator(".results strong")

    def start(self) -> None:
        self.panel.get_by_role("button", name=self.words["start"]).click()

    def write(self, text: str) -> None:
        self.panel.get_by_label(self.words["message"], exact=True).press_sequentially(text)

    def say(self, text: str) -> None:
        box = self.panel.get_by_label(self.words["message"], exact=True)
        box.fill(text)
        box.press("Enter")
        # Shown at once, and marked when it is stored.
        expect(self.panel.locator(".entry.mine.is-sent").filter(has_text=text)).to_be_visible()

    def said(self, text: str) -> Locator:
        return self.panel.get_by_role("region").get_by_text(text, exact=True)

    def leave_address(self, email: str) -> None:
        """Answer the question where to write to if they have to go."""
        card = self.panel.locator(".who-card")
        card.get_by_label(self.words["email"], exact=True).fill(email)
        card.get_by_role("button", name=self.words["save"], exact=True).click()
        expect(self.panel.get_by_text(email)).to_be_visible()

    def leave(self) -> None:
        """Close the tab."""
        self.page.close()


class Console:
    """A colleague at the console."""

    def __init__(self, page: Page, person: dict[str, Any]) -> None:
        self.page, self.person = page, person

    def enter(self) -> None:
        self.page.goto("/console/")
        if "/login/" in self.page.url:
            self.page.locator("#id_username").fill(self.person["email"])
            self.page.locator("#id_password").fill(self.person["password"])
            self.page.locator("form .hd-btn-block").click()
        self.page.wait_for_url(re.compile("/console/"))

    def set_status(self, value: str) -> None:
        """As a person does: in the menu at the rail's foot. The server's own word on it is waited for."""
        page = self.page
        if page.locator("#own-presence").get_attribute("data-presence") != value:
            page.locator(".rail-me").click()
            page.locator(f"[data-status-set={value}]").first.click()
            page.keyboard.press("Escape")
        expect(page.locator("#own-presence")).to_have_attribute("data-presence", value)

    def offer(self, words: str) -> Locator:
        """The waiting chat that begins with `words`."""
        return self.page.locator(".offer").filter(has_text=words)

    def accept(self, words: str) -> int:
        """Take the waiting chat; its ticket's number."""
        self.offer(words).locator("[data-accept]").click()
        expect(self.page.locator("#conversation")).to_be_visible()
        expect(self.entry(words)).to_be_visible()
        return int(self.page.locator("#conversation").get_attribute("data-number") or 0)

    def open_ticket(self, number: int) -> None:
        self.page.goto(f"/console/tickets/{number}/")

    def entry(self, text: str) -> Locator:
        return self.page.locator("#entries .message").filter(has_text=text)

    def write(self, text: str) -> None:
        self.page.locator("#composer-body").press_sequentially(text)

    def say(self, text: str) -> None:
        self.page.locator("#composer-body").fill(text)
        self.page.locator("#composer [data-send]").click()
        expect(self.entry(text)).to_be_visible()

    @property
    def bell(self) -> Locator:
        return self.page.locator("#bell-count")
