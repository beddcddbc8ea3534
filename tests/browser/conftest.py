"""The real stack, a real browser, a real mail server on each side. Nothing here is skipped: what lacks, fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bench.sink import Sink
from bench.stack import Stack
from tests.dovecot import Dovecot

from .pages import Console, Widget

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 20_000  # two cores are shared with other tests
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder on one worker, where it shares one stack; each test in its own pages."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    server = Sink().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def imap() -> Iterator[Dovecot]:
    server = Dovecot()
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def stack(sink: Sink, imap: Dovecot) -> Iterator[Stack]:
    """`manage.py up` with its engines, web, worker and beat, sending to `sink` and fetching from `imap`."""
    directory = Path(tempfile.mkdtemp(prefix="helpdesk-browser-"))
    running = Stack(directory, EMAIL_URL=sink.url, MAILBOX_URL=imap.url)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        if os.environ.get("KEEP_STACK"):
            print(f"kept: {directory}")  # noqa: T201 — asked for
        else:
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def seeded(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = stack.script("tests.browser.seed")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its file: Playwright keeps an event loop in this thread; Django's ORM refuses to work beside one."""
    with sync_playwright() as playwright:
        # Debian's own Chromium where there is one; else Playwright's. Neither: the launch fails, and so do the tests.
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield launched
        launched.close()


class Watch:
    """What went wrong in pages: errors of scripts, refusals by the security policy, requests to other hosts."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.faults: list[str] = []

    def follow(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._said(message.type, message.text, message.page))
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", lambda request: self._asked(request.url))

    def _said(self, kind: str, text: str, page: Page | None) -> None:
        # A refused form or a page that is not there is no fault of the page.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.faults.append(f"console: {text} ({page.url if page else ''})")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, self.base.replace("http", "ws", 1), "data:", "blob:", "about:")):
            self.faults.append(f"another host: {url}")


Open = Callable[..., BrowserContext]


@pytest.fixture
def open_context(browser: Browser, stack: Stack) -> Iterator[Open]:
    """A browser of one person: own cookies and storage. Fails the test at its end for any fault in the pages."""
    watch = Watch(stack.url)
    opened: list[BrowserContext] = []

    def start(**options: Any) -> BrowserContext:
        settings = {"base_url": stack.url, "locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE_MS)
        watch.follow(context)
        opened.append(context)
        return context

    yield start
    for context in opened:
        context.close()
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Cookies of colleagues who have signed in before, so that each signs in once a run."""
    return {}


@pytest.fixture
def console(open_context: Open, seeded: dict[str, Any], signed_in: dict[str, Any]) -> Callable[..., Console]:
    """`console("ben")`: Ben's own browser on the inbox, online unless `status` says otherwise."""

    def start(who: str, *, status: str = "online", **options: Any) -> Console:
        person = seeded["people"][who]
        context = open_context(storage_state=signed_in.get(who), **options)
        page = Console(context.new_page(), person)
        page.enter()
        signed_in[who] = context.storage_state()
        page.set_status(status)
        return page

    return start


@pytest.fixture
def visitor(open_context: Open) -> Callable[..., Widget]:
    """`visitor(locale="es-ES")`: somebody on the trial page, with the panel closed."""

    def start(locale: str = "en-GB", **options: Any) -> Widget:
        return Widget(open_context(locale=locale, **options).new_page())

    return start
