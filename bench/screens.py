"""Every screen of the product, for the accessibility tests and for the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from .stack import Stack


@dataclass(frozen=True)
class Screen:
    """`path` with {ticket}, {spanish}, {customer}, {article}, {shelf} of `bench.seed screens`; `who` is signed in."""

    name: str
    path: str
    who: str = ""


SCREENS = [
    Screen("login", "/login/"),
    Screen("password-reset", "/password/reset/"),
    Screen("help-home", "/help/"),
    Screen("help-shelf", "/help/c/{shelf}/"),
    Screen("help-article", "/help/{article}/"),
    Screen("help-search", "/help/search/?q=contrasena"),
    Screen("portal-sign-in", "/portal/"),
    Screen("portal-new", "/portal/new/"),
    Screen("portal-list", "/portal/", "portal"),
    Screen("portal-ticket", "/portal/{ticket}/", "portal"),
    Screen("widget-demo", "/widget/demo/"),
    Screen("not-found", "/no-such-page/"),
    Screen("inbox", "/console/?view=all", "agent"),
    Screen("inbox-empty", "/console/?view=pending&search=zzzz", "agent"),
    Screen("conversation", "/console/tickets/{ticket}/?view=all", "agent"),
    Screen("conversation-spanish", "/console/tickets/{spanish}/?view=all", "agent"),
    Screen("chats", "/console/chats/", "agent"),
    Screen("customers", "/console/customers/", "agent"),
    Screen("customer", "/console/customers/{customer}/", "agent"),
    Screen("notifications", "/console/notifications/", "agent"),
    Screen("profile", "/console/profile/", "agent"),
    Screen("forbidden", "/console/settings/", "agent"),
    Screen("reports", "/console/reports/", "supervisor"),
    Screen("monitor", "/console/reports/monitor/", "supervisor"),
    Screen("staffing", "/console/reports/staffing/", "supervisor"),
    Screen("settings", "/console/settings/", "admin"),
    Screen("person-new", "/console/settings/people/new/", "admin"),
    Screen("department-new", "/console/settings/departments/new/", "admin"),
    Screen("api-docs", "/api/docs/"),
]


def context_for(browser: Browser, stack: Stack, facts: dict[str, Any], who: str = "", **options: Any) -> BrowserContext:
    """A browser in which `who` ("agent" | "supervisor" | "admin" | "portal" | "") is signed in.

    `language` ("en" | "es") and `theme` ("light" | "dark") are among the options; the others are Playwright's.
    """
    language, theme = options.pop("language", "en"), options.pop("theme", "light")
    context = browser.new_context(
        base_url=stack.url, locale={"en": "en-GB", "es": "es-ES"}[language], color_scheme=theme, **options
    )
    cookies = [{"name": "hd_language", "value": language, "url": stack.url}]
    if who:
        cookies.append({"name": facts["cookie"], "value": facts[who], "url": stack.url})
    context.add_cookies(cookies)  # type: ignore[arg-type]
    return context
