"""Bytes to text, whatever they claim to be. Nothing here raises on bad input."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Callable

# Labels met in the wild, to the codec that reads what their senders mean. Supersets are preferred:
# browsers do the same (WHATWG Encoding Standard), so people have seen their own mail that way.
_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc-jp",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
}
# Python codecs that are no charset: some take quadratic time, some interpret escapes.
_REFUSED = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
    | {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zlib"}
)
_LABEL = re.compile(r"[a-z0-9][a-z0-9_:+-]{0,40}")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with theirs
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)


def codec_for(label: str) -> str | None:
    """The Python codec for a charset label, or None if there is none that may be used."""
    name = label.strip(" \t\r\n\"'<>;,").lower().removeprefix("charset=").split("*", 1)[0]
    name = _ALIASES.get(name, name).replace(".", "-")
    for candidate in (name, name.replace("windows", "cp").replace("-", ""), name.replace("cp-", "cp")):
        if not _LABEL.fullmatch(candidate):
            continue
        try:
            found = codecs.lookup(candidate).name.replace("_", "-")
        except (LookupError, ValueError):
            continue
        if found in _REFUSED:
            return None
        return "cp1252" if found in {"ascii", "iso8859-1"} else found
    return None


def decode_text(data: bytes, charset: str | None) -> str:
    """`data` as text: by its mark, by what it claims or plainly is (UTF-8), at last by Windows Latin."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _attempt(data, codec, "replace") or ""
    declared = codec_for(charset) if charset else None
    wide = declared is not None and declared.startswith(("utf-16", "utf-32"))
    if wide and b"\0" not in data:
        declared = None  # a label left over from a converter: real UTF-16 has zero bytes at its line ends
    if declared not in (None, "cp1252", "utf-8"):
        text = _attempt(data, declared or "", "strict")
        if text is not None:
            return text
    # Latin labels over UTF-8 bytes are the commonest lie; Latin text is hardly ever valid UTF-8 by chance.
    text = _attempt(data, "utf-8", "strict")
    if text is not None:
        return text
    if declared == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return _attempt(data, declared or "cp1252", "replace") or data.decode("cp1252", "replace")


def _attempt(data: bytes, codec: str, errors: str) -> str | None:
    try:
        return data.decode(codec, errors)
    except (LookupError, ValueError):
        return None


def _mostly_utf8(data: bytes) -> bool:
    high = sum(1 for b in data[:65536] if b >= 0x80)
    lost = data[:65536].decode("utf-8", "replace").count("\ufffd")
    return lost * 4 <= high


def html_charset(data: bytes) -> str | None:
    """The charset that an HTML document claims for itself near its start."""
    found = _META_CHARSET.search(data[:4096])
    return found.group(1).decode("ascii") if found else None


# --- Content-Transfer-Encoding (RFC 2045 §6) -------------------------------------------------------------

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_SPACE = b" \t\r\n\v\f\0"


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes behind a transfer encoding; broken input gives what can be saved, unknown names nothing."""
    decoder = _DECODERS.get(encoding.strip().lower().split(";")[0].split(" ")[0].strip("\"'"))
    if decoder is None:
        return data
    try:
        return decoder(data)
    except (binascii.Error, ValueError):
        return data


def _base64(data: bytes) -> bytes:
    packed = data.translate(None, _NOT_BASE64)
    junk = len(data) - len(packed) - (len(data) - len(data.translate(None, _SPACE)))
    if junk * 10 > len(packed):
        return data  # plain text under a base64 label
    body = packed.rstrip(b"=")
    if b"=" not in body:
        return _base64_run(body)
    # Padding in the middle: chunks encoded one by one and concatenated. Stopping there would lose the rest.
    return b"".join(_base64_run(run) for run in body.split(b"=") if run)


def _base64_run(run: bytes) -> bytes:
    extra = len(run) % 4
    if extra == 1:  # a character was lost; six bits say nothing
        run = run[:-1]
        extra = 0
    return binascii.a2b_base64(run + b"=" * (-extra % 4))


def _quoted_printable(data: bytes) -> bytes:
    return binascii.a2b_qp(data)


def _uuencode(data: bytes) -> bytes:
    lines = data.splitlines()
    start = next((i + 1 for i, line in enumerate(lines[:200]) if line.startswith(b"begin ")), 0)
    out = []
    for line in lines[start:]:
        if line.strip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:  # trailing garbage; the length byte says how much is meant
            if line and 32 < line[0] < 97:
                out.append(_uu_short(line))
    return b"".join(out)


def _uu_short(line: bytes) -> bytes:
    wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return b""


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": _base64,
    "quoted-printable": _quoted_printable,
    "quotedprintable": _quoted_printable,
    "x-uuencode": _uuencode,
    "uuencode": _uuencode,
    "x-uue": _uuencode,
    "uue": _uuencode,
}

# --- Encoded words in headers (RFC 2047) -----------------------------------------------------------------

_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")


def decode_words(value: str) -> str:
    """`value` with its encoded words decoded.

    Bytes of neighbouring words of one charset are joined before decoding: many senders cut in the middle
    of a character. What does not decode stays as it is written.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending = b""
    charset = ""
    position = 0
    after_word = False
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        label = match.group(1).split("*", 1)[0].lower()
        if not (after_word and not between.strip()):  # white space between two words is no text
            out.append(decode_text(pending, charset))
            out.append(between)
            pending = b""
        elif label != charset:
            out.append(decode_text(pending, charset))
            pending = b""
        charset = label
        pending += _word_bytes(match.group(2), match.group(3))
        position = match.end()
        after_word = True
    out.append(decode_text(pending, charset))
    out.append(value[position:])
    return "".join(out)


def _word_bytes(kind: str, payload: str) -> bytes:
    raw = payload.encode("utf-8", "replace")
    if kind in "bB":
        return _base64(raw)
    return binascii.a2b_qp(raw.replace(b" ", b"_"), header=True)
