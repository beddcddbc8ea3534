"""`python -m bench.screenshots`: the README's pictures, taken from the running demo. `--all DIR`: every screen.

Sizes, languages and themes are fixed, so that pictures of one state are the same each time.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from helpdesk.engines.files import ROOT

from .screens import SCREENS, Screen, context_for
from .stack import Stack, running_stack

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
IMAGES = ROOT / "docs" / "images"
DESKTOP, PHONE = (1440, 900), (390, 844)
SHOWN = {DESKTOP: (1000, 625), PHONE: (300, 649)}  # in pixels, as the README shows them
MOST_BYTES = 150_000
COLOURS = 256

# name, screen, size, language, theme
PICTURES = [
    ("inbox", "conversation", DESKTOP, "en", "light"),
    ("conversation-dark", "conversation-spanish", DESKTOP, "es", "dark"),
    ("reports", "reports", DESKTOP, "en", "light"),
    ("help-centre", "help-home", DESKTOP, "es", "light"),
    ("inbox-phone", "inbox", PHONE, "en", "light"),
]


class Camera:
    """Opens screens of the stack in `browser`, one at a time."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack
        self.facts: dict[str, Any] = stack.script("bench.seed", "screens")
        self.language = ""

    def context(self, who: str, size: tuple[int, int], language: str, theme: str) -> BrowserContext:
        if language != self.language:
            self.language = self.stack.script("bench.seed", "speak", language)
        return context_for(
            self.browser, self.stack, self.facts, who, language=language, theme=theme,
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce",
        )  # fmt: skip

    def take(self, screen: Screen, path: Path, size: tuple[int, int], language: str, theme: str) -> None:
        context = self.context(screen.who, size, language, theme)
        page = context.new_page()
        page.goto(screen.path.format(**self.facts))
        settle(page)
        page.screenshot(path=path)
        context.close()

    def take_widget(self, path: Path, size: tuple[int, int], language: str, theme: str) -> None:
        """The panel, open on the trial page."""
        context = self.context("", size, language, theme)
        page = context.new_page()
        page.goto("/widget/demo/")
        page.locator("helpdesk-widget").wait_for(state="attached")
        with page.expect_event("framenavigated", lambda frame: "/widget/panel/" in frame.url) as happened:
            page.evaluate("HelpdeskWidget.open()")
        happened.value.locator(".ways button").first.wait_for()
        settle(page)
        page.screenshot(path=path)
        context.close()


def settle(page: Page) -> None:
    """Fonts are there, the network rests, and nothing has the focus."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")


def shrink(path: Path, size: tuple[int, int]) -> None:
    """The picture as the README shows it: smaller, with few colours."""
    with Image.open(path) as image:
        small = image.convert("RGB").resize(SHOWN[size], Image.Resampling.LANCZOS)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES // 1000} kB.")


def for_the_readme(camera: Camera) -> Iterator[Path]:
    screens = {screen.name: screen for screen in SCREENS}
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, screen, size, language, theme in PICTURES:
        path = IMAGES / f"{name}.png"
        camera.take(screens[screen], path, size, language, theme)
        shrink(path, size)
        yield path
    path = IMAGES / "widget.png"
    camera.take_widget(path, DESKTOP, "es", "light")
    shrink(path, DESKTOP)
    yield path


def of_everything(camera: Camera, folder: Path, only: str) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    looks = list(itertools.product((DESKTOP, PHONE), ("en", "es"), ("light", "dark")))
    for size, language, theme in looks:
        for screen in SCREENS:
            if only and only not in screen.name:
                continue
            path = folder / f"{screen.name}-{size[0]}-{language}-{theme}.png"
            camera.take(screen, path, size, language, theme)
            yield path
        if only in "widget":
            path = folder / f"widget-{size[0]}-{language}-{theme}.png"
            camera.take_widget(path, size, language, theme)
            yield path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description="Take the README's pictures.")
    parser.add_argument("--all", type=Path, metavar="DIR", help="instead, every screen at both sizes, to look through")
    parser.add_argument("--only", default="", metavar="PART", help="with --all: screens with this in their name")
    options = parser.parse_args()
    with running_stack(demo=True) as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        camera = Camera(browser, stack)
        taken = of_everything(camera, options.all, options.only) if options.all else for_the_readme(camera)
        for path in taken:
            print(f"{path}: {path.stat().st_size // 1024} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
