"""From the tree of parts to what a person reads, and the files beside it."""

from __future__ import annotations

import html as html_escapes
import re
from dataclasses import dataclass, field
from functools import cached_property

from helpdesk.lib.text import clean
from tickets.mail.decode import decode_text, decode_transfer, html_charset
from tickets.mail.filenames import safe_filename
from tickets.mail.mime import Part
from tickets.mail.parsed import Caps, ParsedFile

# Structure that repeats what the parsed value already says.
_SILENT = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "text/x-amp-html",
    }
)


@dataclass(slots=True)
class Block:
    """One stretch of the visible mail, in one or two forms."""

    plain: str | None = None
    html: str | None = None

    @property
    def readable(self) -> str:
        """The plain form, or the HTML turned into text when the plain form is missing or empty."""
        if self.plain is not None and (self.plain.strip() or not self.html):
            return self.plain
        return html_to_text(self.html or "")


@dataclass
class BodyReader:
    """Collects blocks and files from a tree; `truncated` and `defects` tell what was cut and mended."""

    raw: bytes
    root: Part
    caps: Caps
    files: list[ParsedFile] = field(default_factory=list)
    truncated: set[str] = field(default_factory=set)
    defects: set[str] = field(default_factory=set)

    @cached_property
    def blocks(self) -> list[Block]:
        """The visible stretches in order. Also fills `files`."""
        return self._collect(self.root)

    def text(self) -> str:
        """The best plain text, newlines as "\\n"."""
        joined = "\n\n".join(t for b in self.blocks if (t := b.readable.strip("\n")))
        return self._cap("text", clean(joined), self.caps.max_text).strip("\n")

    def html(self) -> str | None:
        """The raw HTML, plain stretches escaped into it; None when the mail has no HTML at all."""
        if not any(b.html for b in self.blocks):
            return None
        shown = (b.html or f"<pre>{html_escapes.escape(b.plain or '')}</pre>" for b in self.blocks)
        return self._cap("html", clean("\n".join(shown)), self.caps.max_text * 2)

    def content(self, part: Part) -> bytes:
        """The body of a part, transfer encoding undone."""
        encoding = part.headers.get("content-transfer-encoding")
        return decode_transfer(self.raw[part.start : part.end], encoding)

    def part_text(self, part: Part) -> str:
        """The body of a text part as text, before cleaning."""
        data = self.content(part)
        if len(data) > self.caps.max_text_bytes:
            self.truncated.add("text")
            cut = data.rfind(b"\n", 0, self.caps.max_text_bytes)
            data = data[: cut if cut > 0 else self.caps.max_text_bytes]
        charset = part.params.get("charset") or (html_charset(data) if part.type == "text/html" else None)
        return decode_text(data, charset)

    def _cap(self, what: str, value: str, limit: int) -> str:
        if len(value) > limit:
            self.truncated.add(what)
        return value[:limit]

    def _collect(self, part: Part) -> list[Block]:
        if part.children:
            return self._collect_multipart(part)
        is_text = part.type in ("text/plain", "text/html") or part.type.startswith("multipart/")
        named = bool(part.filename) and part is not self.root
        if is_text and not named and part.disposition != "attachment":
            return [self._text_block(part)]
        self._add_file(part)
        return []

    def _text_block(self, part: Part) -> Block:
        text = self.part_text(part)
        if part.type == "text/html":
            return Block(html=text)
        if part.params.get("format", "").lower() == "flowed":
            text = unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        return Block(plain=text)

    def _collect_multipart(self, part: Part) -> list[Block]:
        if part.type == "multipart/alternative":
            return self._merge([self._collect(child) for child in part.children])
        if part.type == "multipart/encrypted":
            for child in part.children:
                self._add_file(child)
            return []
        if part.type == "multipart/related":
            wanted = part.params.get("start", "").strip("<>")
            main = next((c for c in part.children if wanted and c.content_id == wanted), part.children[0])
            blocks = self._collect(main)
            for child in part.children:
                if child is not main:
                    self._collect(child) if child.children else self._add_file(child, related=True)
            return blocks
        return [block for child in part.children for block in self._collect(child)]

    @staticmethod
    def _merge(options: list[list[Block]]) -> list[Block]:
        """The alternatives as one block: the first plain form, the last (richest) HTML form."""
        plain = next((b for b in options if any(x.plain and x.plain.strip() for x in b)), None)
        rich = next((b for b in reversed(options) if any(x.html for x in b)), None)
        if plain is None and rich is None:
            return []
        return [
            Block(
                plain="\n\n".join(x.plain for x in plain if x.plain) if plain else None,
                html="\n".join(x.html for x in rich if x.html) if rich else None,
            )
        ]

    def _add_file(self, part: Part, *, related: bool = False) -> None:
        if part.type in _SILENT:
            return
        if part.children:  # a multipart kept whole would hide its files
            for child in part.children:
                self._add_file(child, related=related)
            return
        if len(self.files) >= self.caps.max_files:
            self.truncated.add("files")
            return
        content_id = clean(part.content_id)
        self.files.append(
            ParsedFile(
                filename=safe_filename(part.filename, part.type, len(self.files) + 1),
                content_type=part.type,
                content_id=content_id,
                inline=part.type.startswith("image/")
                and (part.disposition == "inline" or (related and bool(content_id))),
                data=self.content(part),
            )
        )


# --- HTML and flowed text --------------------------------------------------------------------------------

_MAX_HTML = 1_000_000  # characters given to the converter; beyond that only tags are dropped
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_UNREAD = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^<>]*>", re.IGNORECASE)


def html_to_text(source: str) -> str:
    """Readable text for an HTML mail. Never raises: what the converter refuses loses its tags instead."""
    source = clean(source)
    if len(source) <= _MAX_HTML:
        try:
            return _convert(source)
        except (MemoryError, TimeoutError):
            raise
        except Exception:  # noqa: S110  RecursionError on deep trees, lxml on hostile ones: the plain way follows
            pass
    stripped = _TAG.sub(" ", _BREAK.sub("\n", _without_unread(source)))
    return re.sub(r"[ \t]+", " ", html_escapes.unescape(stripped)).strip()


def _convert(source: str) -> str:
    # 40 ms to import; many mails have no need of it.
    from inscriptis import Inscriptis
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]  # it publishes none

    if not source.strip():
        return ""
    # huge_tree: otherwise libxml2 silently drops what lies deeper than 256, as the start of a long thread does.
    # Beyond the recursion limit the converter gives up loudly.
    tree = document_fromstring(_XML_DECLARATION.sub("", source), parser=HTMLParser(huge_tree=True))
    lines = [line.rstrip() for line in Inscriptis(tree).get_text().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _without_unread(source: str) -> str:
    """`source` without scripts, styles and head. One pass: a lazy pattern is quadratic on open tags."""
    lower = source.lower() if source.isascii() else re.sub("[A-Z]+", lambda m: m.group().lower(), source)
    out: list[str] = []
    position = 0
    unclosed: set[str] = set()
    for match in _UNREAD.finditer(source):
        name = match.group(1).lower()
        if match.start() < position or name in unclosed:
            continue
        end = lower.find(f"</{name}", match.end())
        if end < 0:
            unclosed.add(name)
            continue
        out.append(source[position : match.start()])
        position = end
    out.append(source[position:])
    return " ".join(out)


def unflow(text: str, *, delsp: bool = False) -> str:
    """format=flowed (RFC 3676) as whole paragraphs: soft breaks joined within one quote depth."""
    paragraphs: list[list[str]] = []  # joined at the end: growing a string is quadratic
    open_depth = -1  # the quote depth of the paragraph that the last line left open
    for line in text.replace("\r\n", "\n").split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")  # space-stuffing, §4.4
        soft = body.endswith(" ") and body != "-- "
        content = body[:-1] if soft and delsp else body
        if open_depth == depth and body != "-- ":
            paragraphs[-1].append(content)
        else:
            paragraphs.append([(">" * depth + " " if depth else "") + content])
        open_depth = depth if soft else -1
    joined = ("".join(pieces) for pieces in paragraphs)
    return "\n".join(line if line == "-- " else line.rstrip() for line in joined)
