"""Addresses out of headers, by one strict grammar.

RFC 5322 §3.4, without the obsolete routes, comments inside addresses and domain literals: whatever two
readers could read in two ways names nobody. The standard library's reader gives a@x for `From: a@x <b@y>`,
and many decode encoded words before they look for addresses; both let a sender choose who he seems to be.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from helpdesk.lib.text import clean_line
from tickets.mail.decode import decode_words
from tickets.mail.parsed import FromReason

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_MAX_VALUE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Token:
    """One lexical piece of a header: kind is text, quoted, comment, space, or the special character."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One readable address. `email` is normalised and lower-case, `name` decoded and on one line."""

    email: str
    name: str


class _Malformed(Exception):
    pass


def normalise(spec: str) -> str | None:
    """The canonical form of one addr-spec, or None if it is not plainly one.

    Lower-case; the domain in its ASCII form. Characters that compatibility folding or lower-casing would turn
    into others (the Kelvin sign into k, a full-width @) are refused: they make two people look like one.
    """
    local, at, domain = spec.rpartition("@")
    if not at or len(spec) > 254 or len(local) > 64:
        return None
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = local[1:-1]
    if not _LOCAL.fullmatch(local) or "=?" in local:
        return None
    if not local.isascii() and not _plain_unicode(local):
        return None
    host = _ascii_domain(domain)
    return f"{local.lower()}@{host}" if host else None


def _plain_unicode(text: str) -> bool:
    return unicodedata.normalize("NFKC", text) == text and all(
        c.isascii() or unicodedata.category(c)[0] in "LMN" for c in text
    )


def _ascii_domain(domain: str) -> str | None:
    if not domain.isascii():
        if not all(_plain_unicode(label) for label in domain.split(".")):
            return None
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    domain = domain.lower()
    labels = domain.split(".")
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    return domain


def tokens(value: str) -> list[Token]:
    """The pieces of a structured header. Raises _Malformed on an open quote, comment or control character."""
    if len(value) > _MAX_VALUE or any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in value):
        raise _Malformed
    out: list[Token] = []
    i = 0
    while i < len(value):
        c = value[i]
        if c == '"':
            text, i = _quoted(value, i + 1)
            out.append(Token("quoted", text))
        elif c == "(":
            text, i = _comment(value, i + 1)
            out.append(Token("comment", text))
        elif c in "<>,:;":
            out.append(Token(c, c))
            i += 1
        else:
            end = i
            space = c in " \t"
            while end < len(value) and (value[end] in " \t") == space and value[end] not in '"(<>,:;':
                end += 1
            out.append(Token("space" if space else "text", value[i:end]))
            i = end
    return out


def _quoted(value: str, i: int) -> tuple[str, int]:
    out = []
    while i < len(value):
        if value[i] == "\\" and i + 1 < len(value):
            out.append(value[i + 1])
            i += 2
        elif value[i] == '"':
            return "".join(out), i + 1
        else:
            out.append(value[i])
            i += 1
    raise _Malformed


def _comment(value: str, i: int) -> tuple[str, int]:
    depth, out = 1, []
    while i < len(value):
        c = value[i]
        if c == "\\" and i + 1 < len(value):
            out.append(value[i + 1])
            i += 2
            continue
        depth += (c == "(") - (c == ")")
        i += 1
        if depth == 0:
            return "".join(out), i
        out.append(c)
    raise _Malformed


def _split(pieces: list[Token], separator: str) -> list[list[Token]]:
    groups: list[list[Token]] = [[]]
    for token in pieces:
        if token.kind == separator:
            groups.append([])
        else:
            groups[-1].append(token)
    return groups


def _mentions_address(pieces: list[Token]) -> bool:
    return any(t.kind == "<" or (t.kind == "text" and "@" in t.text) for t in pieces)


def _mailbox(pieces: list[Token]) -> Mailbox | None:
    """One mailbox out of its tokens; None for the null address. Raises _Malformed."""
    solid = [t for t in pieces if t.kind not in ("space", "comment")]
    comments = [t.text for t in pieces if t.kind == "comment"]
    opens = [i for i, t in enumerate(solid) if t.kind == "<"]
    if not opens:
        # A bare address; a comment beside it, not in it, is the old way to give the name.
        inner = pieces
        while inner and inner[0].kind in ("space", "comment"):
            inner = inner[1:]
        while inner and inner[-1].kind in ("space", "comment"):
            inner = inner[:-1]
        return Mailbox(_address(inner), _name(comments[-1] if comments else ""))
    start = next(i for i, t in enumerate(pieces) if t.kind == "<")
    ends = [i for i, t in enumerate(pieces) if t.kind == ">"]
    if len(opens) != 1 or len(ends) != 1 or ends[0] < start:
        raise _Malformed
    if any(t.kind not in ("space", "comment") for t in pieces[ends[0] + 1 :]):
        raise _Malformed
    inside = pieces[start + 1 : ends[0]]
    while inside and inside[0].kind == "space":
        inside = inside[1:]
    while inside and inside[-1].kind == "space":
        inside = inside[:-1]
    if not inside:
        return None
    name = "".join(t.text if t.kind != "comment" else f"({t.text})" for t in pieces[:start])
    return Mailbox(_address(inside), _name(name or (comments[-1] if comments else "")))


def _address(pieces: list[Token]) -> str:
    if len(pieces) == 2 and pieces[0].kind == "quoted" and pieces[1].kind == "text":
        spec = f'"{pieces[0].text}"{pieces[1].text}'
    elif len(pieces) == 1 and pieces[0].kind == "text":
        spec = pieces[0].text
    else:
        raise _Malformed
    found = normalise(spec)
    if found is None:
        raise _Malformed
    return found


def _name(raw: str) -> str:
    return clean_line(decode_words(raw), max_length=200).strip("\"' ")


def parse_sender(values: list[str]) -> tuple[Mailbox | None, FromReason]:
    """Who the mail is from, out of all its From headers (unfolded, encoded words untouched).

    RFC 5322 §3.6.2 allows several authors; here exactly one readable address or nobody, with the reason.
    """
    if not [v for v in values if v.strip()]:
        return None, "missing"
    if len(values) > 1:
        return None, "several_headers"
    try:
        pieces = tokens(values[0])
        if any(t.kind in ":;" for t in pieces):
            return None, "group"
        listed = [p for p in _split(pieces, ",") if any(t.kind not in ("space", "comment") for t in p)]
        if sum(_mentions_address(p) for p in listed) > 1:
            return None, "several_addresses"
        # `Ruiz, Ana <ana@x>`: an unquoted comma in the name, as Outlook writes; one address, at the end.
        if not listed or _mentions_address(listed[-1]) is False:
            return None, "malformed"
        found = _mailbox([t for part in _joined(listed) for t in part])
    except _Malformed:
        return None, "malformed"
    return (found, "") if found else (None, "null")


def _joined(listed: list[list[Token]]) -> list[list[Token]]:
    out: list[list[Token]] = []
    for i, part in enumerate(listed):
        out.append(part if i == 0 else [Token("quoted", ","), *part])
    return out


def parse_list(values: list[str], limit: int) -> tuple[tuple[str, ...], bool]:
    """The readable addresses of To-like headers, without repeats, at most `limit`; True when some were cut.

    Groups are opened, unreadable entries are passed over.
    """
    found: dict[str, None] = {}
    for value in values:
        try:
            pieces = tokens(value)
        except _Malformed:
            continue
        for part in _split([t if t.kind not in ":;" else Token(",", ",") for t in pieces], ","):
            try:
                mailbox = _mailbox(part)
            except _Malformed:
                continue
            if mailbox is None:
                continue
            if len(found) >= limit and mailbox.email not in found:
                return tuple(found), True
            found[mailbox.email] = None
    return tuple(found), False
