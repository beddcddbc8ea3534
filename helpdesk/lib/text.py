"""Text from outside, made storable and comparable."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls except tab, newline, carriage return; plus NUL, which PostgreSQL refuses in text.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Bidirectional overrides and isolates, and invisible characters that disguise names and subjects.
# Marks (U+200E, U+200F) and joiners (U+200C, U+200D) stay: real words and emoji need them.
_DISGUISE = re.compile("[\u202a-\u202e\u2066-\u2069\u2060-\u2064\ufeff\u00ad]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def clean(value: str, *, max_length: int | None = None) -> str:
    """`value` without control characters, NUL, lone surrogates and bidi overrides; newlines become "\\n".

    Cuts to `max_length` characters when given. Safe to store, to log and to put in a mail body.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    value = _SURROGATE.sub("\ufffd", value)
    value = _DISGUISE.sub("", _CONTROL.sub("", value))
    return value if max_length is None else value[:max_length]


def clean_line(value: str, *, max_length: int = 255) -> str:
    """One line: `clean`, every run of white space a single space, trimmed."""
    return _SPACES.sub(" ", clean(value)).strip()[:max_length]


def snippet(value: str, length: int = 140) -> str:
    """The first words of `value` on one line, at most `length` characters, with an ellipsis if cut."""
    line = _SPACES.sub(" ", value).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def fold(value: str) -> str:
    """Lower-case and accent-free, for comparing names: "Peña" and "pena" are equal."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def normalize_email(value: str) -> str:
    """The form in which an address is stored and compared: trimmed, lower-case, no controls."""
    return clean_line(value, max_length=254).lower()


def initials(name: str) -> str:
    """One or two letters for a face without a photo: "Ana María Ruiz" → "AR"."""
    words = [w for w in re.split(r"[\s._@-]+", name) if w]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
