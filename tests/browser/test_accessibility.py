"""axe on every screen, light and dark: nothing serious or critical. And pages load from us alone, without errors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from bench.screens import SCREENS, Screen, context_for
from bench.stack import Stack

from .conftest import PATIENCE_MS, Watch
from .pages import Console, Widget
from .program import Program

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
# Finite animations only: a spinner never ends.
SETTLED = """() => {
  const finite = (animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime);
  const ends = document.getAnimations().filter(finite).map((animation) => animation.finished);
  return Promise.allSettled(ends).then(() => 0);
}"""
# Pages of a library; axe judges ours.
NOT_OURS = {"api-docs"}


@functools.cache
def axe() -> str:
    return AXE.read_text("utf-8")


def violations(page: Page | Frame) -> list[str]:
    """What axe finds serious or critical, one line each. What fades in is judged when it has arrived."""
    page.evaluate(SETTLED)
    page.evaluate(axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], iframes: false})")
    return [
        f"{rule['id']}: {rule['help']} · {node['target']} · {node['html'][:120]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="module")
def facts(stack: Stack, seeded: dict[str, Any]) -> dict[str, Any]:
    """Sessions and addresses, with a few tickets to show."""
    program = Program(stack)
    department = program.call("GET", "departments/")["results"][0]["id"]
    for subject in ("No puedo entrar en mi cuenta", "Where is my order?"):
        program.call(
            "POST",
            "tickets/",
            {
                "subject": subject,
                "body": "Hace dos días que lo intento.",
                "customer": {"email": "vera@mail.example", "name": "Vera Soto"},
                "department": department,
            },
        )
    found: dict[str, Any] = stack.script("bench.seed", "screens")
    return found


@pytest.fixture
def context_of(browser: Browser, stack: Stack, facts: dict[str, Any]) -> Iterator[Callable[..., BrowserContext]]:
    watch = Watch(stack.url)
    opened: list[BrowserContext] = []

    def start(who: str, **options: Any) -> BrowserContext:
        context = context_for(browser, stack, facts, who, **options)
        context.set_default_timeout(PATIENCE_MS)
        watch.follow(context)
        opened.append(context)
        return context

    yield start
    for context in opened:
        context.close()
    assert not watch.faults, "\n".join(watch.faults)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_screen(screen: Screen, context_of: Callable[..., BrowserContext], facts: dict[str, Any]) -> None:
    found = []
    for theme in THEMES:
        page = context_of(screen.who, theme=theme).new_page()
        page.goto(screen.path.format(**facts))
        expect(page.locator("body")).to_be_visible()
        if screen.name not in NOT_OURS:
            found += [f"{theme}: {line}" for line in violations(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("theme", THEMES)
def test_the_widget(theme: str, visitor: Callable[..., Widget], console: Callable[..., Console], stack: Stack) -> None:
    ben = console("ben", color_scheme=theme)
    guest = visitor(color_scheme=theme)
    guest.open()
    expect(guest.panel.get_by_role("button", name=guest.words["start"])).to_be_visible()
    found = [f"home: {line}" for line in violations(guest.panel)]
    guest.start()
    guest.say(f"Hello in {theme}")
    found += [f"waiting: {line}" for line in violations(guest.panel)]
    found += [f"offer: {line}" for line in violations(ben.page)]
    number = ben.accept(f"Hello in {theme}")
    ben.say("Hello to you")
    expect(guest.said("Hello to you")).to_be_visible()
    found += [f"conversation: {line}" for line in violations(guest.panel)]
    found += [f"console in a chat: {line}" for line in violations(ben.page)]
    Program(stack).post(number, "solve")
    expect(guest.panel.locator(".composer")).to_be_hidden()
    found += [f"ended: {line}" for line in violations(guest.panel)]
    assert not found, "\n".join(found)
