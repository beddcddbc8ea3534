"""From Markdown to HTML that is safe to show, and from words to a search. Pure."""

from __future__ import annotations

import functools
import re

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br",
    "a", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}
_WORD = re.compile(r"\w+")
_BARS = re.compile(r"[ \t]*\|[|\s:-]*")


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


def render(markdown: str) -> str:
    """Sanitised HTML of an article. Raw HTML in it is shown as text; links get `rel="noopener"`.

    A first-level heading becomes a second-level one: the page's title is the only `h1`.
    """
    html = _parser().render(markdown)
    html = html.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return nh3.clean(html, tags=TAGS, attributes={"a": {"href"}, "ol": {"start"}}, url_schemes=SCHEMES)


def plain(markdown: str) -> str:
    """The words of an article without marks, on one line."""
    return re.sub(r"\s+", " ", nh3.clean(render(markdown), tags=set())).strip()


def excerpt(markdown: str) -> str:
    """The words of a piece of an article, on one line; a table cut in two is none to `plain`, so its bars go first."""
    return plain(_BARS.sub(" · ", markdown).strip(" ·"))


def prefix_query(words: str) -> str:
    """A `to_tsquery` text that finds `words`, the last of them also as a beginning: for search while typing.

    Empty when there is no word. Only letters, digits and underscores get through, so that no operator does.
    """
    found = _WORD.findall(words)[:12]
    if not found:
        return ""
    return " & ".join([*found[:-1], f"{found[-1]}:*"])
