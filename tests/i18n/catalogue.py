"""The texts that people read, and their Spanish.

`python -m tests.i18n.catalogue` (`make messages`) writes new texts into locale/es/LC_MESSAGES/django.po, keeps
what is translated and drops what nobody says any more. `… catalogue FILE.json` also takes translations from
{"text": "texto"} or {"text": {"plural": "texts", "es": ["texto", "textos"]}}.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
PO = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
APPS = ("helpdesk", "tickets", "chat", "knowledgebase", "reports")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Key = tuple[str, str, str]  # context, text, plural


# What Django's `templatize` leaves of a template: calls among filler that is no Python.
_STRING = r"""u?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_CALL = re.compile(rf"(?<!\w)(_|gettext|pgettext|ngettext|npgettext)\(\s*((?:{_STRING}\s*,?\s*)+)")


def _python() -> Iterator[tuple[str, Key]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for line, message, _comments, context in extract("python", io.BytesIO(path.read_bytes()), KEYWORDS):
                singular, plural = message if isinstance(message, tuple) else (message, "")
                yield f"{path.relative_to(ROOT)}:{line}", (context or "", singular or "", plural or "")


def _templates() -> Iterator[tuple[str, Key]]:
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for call in _CALL.finditer(code):
            words = [ast.literal_eval(s[0]) for s in re.finditer(_STRING, call[2])]
            context = words.pop(0) if "p" in call[1] else ""
            place = f"{path.relative_to(ROOT)}:{code.count(chr(10), 0, call.start()) + 1}"
            yield place, (context, words[0], words[1] if call[1].startswith("n") else "")


def texts() -> dict[Key, list[str]]:
    """Every text in the code and the templates, with the places where it stands ("path:line")."""
    found: dict[Key, list[str]] = {}
    for place, key in [*_python(), *_templates()]:
        if key[1]:
            found.setdefault(key, []).append(place)
    return found


def catalogue() -> dict[Key, polib.POEntry]:
    """What locale/es has."""
    if not PO.exists():
        return {}
    return {(e.msgctxt or "", e.msgid, e.msgid_plural or ""): e for e in polib.pofile(str(PO))}


def _given(files: list[str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in files:
        merged.update(json.loads(Path(name).read_text(encoding="utf-8")))
    return merged


def _translate(entry: polib.POEntry, given: dict[str, Any]) -> None:
    value = given.get(entry.msgid)
    if isinstance(value, dict):
        value = value.get("es")
    if entry.msgid_plural:
        if isinstance(value, list) and not any(entry.msgstr_plural.values()):
            entry.msgstr_plural = {0: value[0], 1: value[-1]}
        entry.msgstr_plural = entry.msgstr_plural or {0: "", 1: ""}
    elif isinstance(value, str) and not entry.msgstr:
        entry.msgstr = value


def update(files: list[str]) -> polib.POFile:
    """Write the catalogue anew from the sources, the old translations and the given files."""
    old, given = catalogue(), _given(files)
    po = polib.POFile(wrapwidth=110)
    po.metadata = {
        "Project-Id-Version": "helpdesk",
        "Language": "es",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for key in sorted(found := texts(), key=lambda k: (found[k][0].split(":")[0], k)):
        context, text, plural = key
        entry = old.get(key) or polib.POEntry(msgid=text, msgid_plural=plural, msgctxt=context or None)
        # Files without lines: a line that moves is no change of a translation.
        entry.occurrences = [(path, "") for path in dict.fromkeys(p.split(":")[0] for p in found[key])]
        entry.flags = ["python-format"] if "%(" in text else []
        _translate(entry, given)
        po.append(entry)
    PO.parent.mkdir(parents=True, exist_ok=True)
    po.save(str(PO))
    return po


if __name__ == "__main__":
    saved = update(sys.argv[1:])
    missing = [e for e in saved if not e.translated()]
    sys.stdout.write(f"{len(saved)} texts, {len(missing)} without Spanish\n")
    sys.stdout.writelines(f"  {e.occurrences[0][0]}: {e.msgid!r}\n" for e in missing)
