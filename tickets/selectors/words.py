"""What people wrote, made showable: plain text with links, mail HTML made harmless, history folded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from helpdesk.lib.html import sanitize

from ..mail.quoted import split_quoted
from ..models import Attachment, Message

_CID = re.compile(r'(<img\b[^>]*?\bsrc=")cid:([^"]{1,255})(")', re.IGNORECASE)
NOTHING = SafeString("")
_PAGE_LINK = 'rel="noopener noreferrer nofollow" target="_blank"'


@dataclass(frozen=True)
class Words:
    """`html` and `quoted` are safe to show as they are; `quoted` is empty when nothing is folded."""

    html: SafeString
    quoted: SafeString = NOTHING


def plain(text: str) -> SafeString:
    """Escaped text with line breaks; addresses become links that do not tell from where one comes."""
    linked = urlize(text, nofollow=True, autoescape=True)
    # Everything else is escaped by now: no quote of the text can look like the end of an attribute.
    linked = linked.replace('rel="nofollow"', _PAGE_LINK)
    return mark_safe(linked.replace("\n", "<br>"))  # noqa: S308 escaped above


def of_message(message: Message, urls: Mapping[str, str]) -> Words:
    """A message as its readers see it. `urls` maps the content ids of its pictures to their addresses.

    A mail with history below is shown as text, the history folded; one without keeps its (sanitised) form.
    """
    if message.mail_id is None and not message.body_html:
        return Words(plain(message.body_text))
    visible, quoted = split_quoted(message.body_text)
    quoted = "\n".join(part for part in (quoted, message.quoted_text) if part)
    if quoted or not message.body_html:
        return Words(plain(visible), plain(quoted))
    return Words(rich(message.body_html, urls) or plain(visible))


def rich(html: str, urls: Mapping[str, str]) -> SafeString:
    """Mail HTML, sanitised; its own pictures from us, no others. Empty when nothing in it can be shown."""

    def picture(match: re.Match[str]) -> str:
        url = urls.get(match.group(2).strip("<>").lower(), "")
        return f"{match.group(1)}{escape(url, quote=True)}{match.group(3)}"

    safe = _CID.sub(picture, sanitize(html))
    return mark_safe(safe.replace("<a ", '<a target="_blank" '))  # noqa: S308 sanitised by nh3


def pictures(attachments: list[Attachment]) -> dict[str, str]:
    """Content id → address, for pictures that stand inside a mail."""
    return {a.content_id.strip("<>").lower(): file_url(a) for a in attachments if a.content_id}


def file_url(attachment: Attachment) -> str:
    return f"/console/files/{attachment.uid}/"
