"""The one table that `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `met`: whether it reached `target`; None when there is none."""

    section: str
    name: str
    value: str
    unit: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        mark = {True: "✓", False: "✗", None: ""}[self.met]
        return self.section, self.name, self.value, self.unit, self.ratio, self.target, mark


HEAD = ("", "what", "measured", "unit", "ratio", "target", "")


def table(rows: list[Row]) -> str:
    """The rows with aligned columns; a section's name stands once."""
    lines: list[tuple[str, ...]] = [HEAD]
    for before, row in zip([None, *rows], rows, strict=False):
        cells = row.cells()
        lines.append(("", *cells[1:]) if before and before.section == row.section else cells)
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    text.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(text)
