"""The tables of the report as CSV: the same figures as the API, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from .selectors.shapes import Metrics

# Name in the address → key of the metrics.
TABLES = {
    "days": "by_day",
    "channels": "by_channel",
    "agents": "by_agent",
    "escalations": "escalations",
    "service_levels": "service_levels",
}
# A spreadsheet runs a cell that begins with one of these.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(found: Metrics, table: str) -> str:
    """One of TABLES, with field names as the API has them; an empty cell is "no data", not zero."""
    rows: list[Mapping[str, Any]] = found[TABLES[table]]  # type: ignore[literal-required]
    out = io.StringIO()
    writer = csv.writer(out)
    header = list(rows[0]) if rows else []
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in header])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value
