"""Where the new words of a reply end and the quoted history begins. History is folded, never thrown away."""

from __future__ import annotations

import re

# Stands at the top of our own mails; what follows it in a reply is ours. Matched as written: not for gettext.
REPLY_MARKERS = {
    "en": "## Please type your reply above this line ##",
    "es": "## Escriba su respuesta por encima de esta línea ##",
}
_MARKER = re.compile("|".join(re.escape(m).replace(r"\ ", r"\s+") for m in REPLY_MARKERS.values()), re.IGNORECASE)
_MAX_LINE = 300  # an attribution is short; patterns never see longer lines

# "On <date>, <name> wrote:" as Gmail, Apple Mail and Thunderbird write it; may run over four lines.
_ATTRIBUTION = re.compile(
    r"^(?:on|el|em|le|am|il|op)\s.{5,400}?"
    r"(?:wrote|escribió|escribio|escreveu|a écrit|schrieb(?:\s.{1,120})?|ha scritto|schreef)\s*:\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTION_START = re.compile(r"^(?:on|el|em|le|am|il|op)\s", re.IGNORECASE)
_HAS_DIGIT_OR_AT = re.compile(r"[\d@]")
# Dividers of Outlook and others, on a line of their own.
_DIVIDER = re.compile(
    r"^\s*-{2,}\s*(?:original message|mensaje original|mensagem original|message d'origine|message original"
    r"|ursprüngliche nachricht|messaggio originale|original-nachricht)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^\s*(?:-{2,}\s*(?:forwarded message|mensaje reenviado|mensagem encaminhada|message transféré"
    r"|weitergeleitete nachricht|messaggio inoltrato)\s*-{2,}|begin forwarded message:"
    r"|inicio del mensaje reenviado:)\s*$",
    re.IGNORECASE,
)
_UNDERSCORES = re.compile(r"^\s*_{20,}\s*$")
# The header block that Outlook puts above history: From, Sent/Date, To/Subject, within 6 lines.
_BLOCK_FROM = re.compile(r"^\s*\*?(?:from|de|von|da)\s?:\*?\s*\S", re.IGNORECASE)
_BLOCK_SENT = re.compile(
    r"^\s*\*?(?:sent|date|enviado(?: el)?|enviada(?: em)?|fecha|envoyé|gesendet|datum|inviato|data)"
    r"\s?:\*?\s*\S",
    re.IGNORECASE,
)
_BLOCK_REST = re.compile(
    r"^\s*\*?(?:to|subject|para|asunto|assunto|à|objet|an|betreff|a|oggetto)\s?:\*?\s*", re.IGNORECASE
)


def split_quoted(text: str) -> tuple[str, str]:
    """(visible, quoted): what the person wrote now, and the history below (or above) it.

    Answers written between quoted lines stay visible as a whole; so does a forwarded mail, which is what the
    person wants us to read; so does a mail of quotes alone. Only our own reply marker disappears.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    marker = _marker_line(lines)
    below: list[str] = []
    if marker is not None:
        below = [_MARKER.sub("", lines[marker]).strip(" >"), *lines[marker + 1 :]]
        lines = lines[:marker]
    cut = _history_start(lines)
    if cut is not None:
        lines, below = lines[:cut], lines[cut:] + below
    lines, below = _trailing_quote(lines, below)
    visible, quoted = _joined(lines), _joined(below)
    if visible and quoted:
        return visible, quoted
    above, answer = _answer_below(lines if visible else below)
    return (_joined(answer), _joined(above)) if answer else (visible or quoted, "")


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _marker_line(lines: list[str]) -> int | None:
    for i, line in enumerate(lines):
        if "##" in line and len(line) <= _MAX_LINE and _MARKER.search(line):
            # The attribution above the marker belongs to the history; _history_start finds it.
            return i
    return None


def _history_start(lines: list[str]) -> int | None:
    """The first line of history, or None. A forward comes first: nothing below it is folded."""
    for i, line in enumerate(lines):
        if len(line) > _MAX_LINE or not line.strip():
            continue
        if _FORWARD.match(line):
            return None
        if _DIVIDER.match(line) or _header_block(lines, i) is not None:
            return i
        length = _attribution(lines, i)
        if length and _only_history(lines[i + length :]):
            return i
    return None


def _attribution(lines: list[str], i: int) -> int:
    """How many lines the attribution that starts here takes; 0 when none does."""
    if not _ATTRIBUTION_START.match(lines[i]):
        return 0
    for length in range(1, 5):
        piece = lines[i : i + length]
        if len(piece) < length or not piece[-1].strip() or len(piece[-1]) > _MAX_LINE:
            return 0
        joined = " ".join(piece)
        if piece[-1].rstrip().endswith(":") and _HAS_DIGIT_OR_AT.search(joined) and _ATTRIBUTION.match(joined):
            return length
    return 0


def _header_block(lines: list[str], i: int) -> int | None:
    start = i + 1 if _UNDERSCORES.match(lines[i]) else i
    block = [line[:_MAX_LINE] for line in lines[start : start + 6]]
    if len(block) < 3 or not _BLOCK_FROM.match(block[0]):
        return None
    sent = next((n for n, line in enumerate(block[1:4], 1) if _BLOCK_SENT.match(line)), None)
    if sent is None or not any(_BLOCK_REST.match(line) for line in block[1:]):
        return None
    return i


def _quoted_flags(lines: list[str]) -> list[bool]:
    return [line.lstrip().startswith(">") for line in lines if line.strip()]


def _only_history(rest: list[str]) -> bool:
    """True unless own words follow quoted lines: then the person answered between or below them."""
    flags = _quoted_flags(rest)
    if True not in flags:
        return True  # Gmail's and Outlook's HTML lose the ">" on their way to text
    last_quote = len(flags) - 1 - flags[::-1].index(True)
    tail = [line for line in rest if line.strip()][last_quote + 1 :]
    if tail and tail[0].rstrip() != "--":
        return False
    return False not in flags[flags.index(True) : last_quote + 1]


def _trailing_quote(lines: list[str], below: list[str]) -> tuple[list[str], list[str]]:
    """Moves a run of ">" lines at the very end to the history, if nothing else is quoted further up."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and (lines[start - 1].lstrip().startswith(">") or not lines[start - 1].strip()):
        start -= 1
    if start == end or True in _quoted_flags(lines[:start]) or not any(line.strip() for line in lines[:start]):
        return lines, below
    return lines[:start], lines[start:] + below


def _answer_below(lines: list[str]) -> tuple[list[str], list[str]]:
    """Splits a mail that quotes first and answers below; ([], []) when it is not plainly that."""
    quoted = [i for i, line in enumerate(lines) if line.lstrip().startswith(">")]
    if not quoted:
        return [], []
    last = quoted[-1] + 1
    first = next(i for i, line in enumerate(lines) if line.strip())
    above = lines[first + _attribution(lines, first) : last]
    own = [line for line in above if line.strip() and not line.lstrip().startswith(">")]
    if own or not any(line.strip() for line in lines[last:]):
        return [], []
    return lines[:last], lines[last:]
