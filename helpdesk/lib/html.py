"""HTML from outside, made harmless at render. Stored HTML stays as it came."""

from __future__ import annotations

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


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Images may only be parts of the same mail (`cid:`): one from elsewhere would tell its sender who reads."""
    if tag == "img" and name == "src" and not value.lower().startswith("cid:"):
        return None
    return value


def sanitize(source: str) -> str:
    """`source` without scripts, styles, forms, frames and remote images; links open without telling from where."""
    if not source:
        return ""
    return nh3.clean(
        source,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
