"""The widget's scripts keep to their size, their sinks and their two languages."""

import gzip
import re
from pathlib import Path

import pytest

WIDGET = Path(__file__).resolve().parents[2] / "static" / "widget"
LOADER = WIDGET / "loader.js"
PANEL = sorted(set(WIDGET.glob("*.js")) - {LOADER})


def gzipped(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_the_loader_is_at_most_6_kb_gzipped() -> None:
    assert gzipped(LOADER) <= 6 * 1024


def test_the_panel_is_at_most_40_kb_gzipped() -> None:
    assert PANEL
    assert gzipped(*PANEL) <= 40 * 1024


@pytest.mark.parametrize("path", [LOADER, *PANEL], ids=lambda path: path.name)
def test_no_text_can_become_markup_or_code(path: Path) -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|DOMParser"
    assert not re.search(sinks, path.read_text())


def test_every_word_asked_for_exists_and_none_is_left_over() -> None:
    table = (WIDGET / "strings.js").read_text()
    rows = set(re.findall(r"^  (\w+): \[", table, re.MULTILINE))
    scripts = "".join(path.read_text() for path in PANEL if path.name != "strings.js")
    asked = set(re.findall(r'\bt\("(\w+)"', scripts))
    assert asked <= rows
    assert not {row for row in rows if f'"{row}"' not in scripts}
