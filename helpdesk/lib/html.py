"""HTML from outside, made harmless at render. Stored HTML stays as it came."""

from __future__ import annotations

import re

import nh3

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr",
    "i", "img", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


# A browser's parser looks through all open elements at each `<div>`, and opens unclosed `<b>` and the like again in
# each paragraph: some kilobytes can ask for minutes, or for gigabytes. Fewer tags, and formatting without attributes
# (of equal ones it keeps three), bound both; the largest newsletters stay far below.
MOST_TAGS = 10_000
_FORMATTING = re.compile(
    r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*(?:>|$)", re.IGNORECASE
)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Images may only be parts of the same mail (`cid:`): one from elsewhere would tell its sender who reads."""
    if tag == "img" and name == "src" and not value.lower().startswith("cid:"):
        return None
    return value


def sanitize(source: str) -> str:
    """`source` without scripts, styles, forms, frames and remote images; links open without telling from where.

    Empty for more than MOST_TAGS tags: its text has to do.
    """
    if not source or source.count("<") > MOST_TAGS:
        return ""
    return nh3.clean(
        _FORMATTING.sub(r"<\1>", source),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
