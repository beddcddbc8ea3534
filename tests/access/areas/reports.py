"""Reports: supervisors and administrators, on pages and through the API."""

from __future__ import annotations

from ..table import row

# anonymous, customer, outsider, agent, supervisor, admin, read token, write token (both of an agent)
PAGE = "302 302 403 403 200 200 302 302"
WRONG = "401 401 403 403 400 400 403 403"

ROWS = [
    row("GET", "/console/reports/", PAGE),
    row("GET", "/console/reports/export.csv?table=agents", PAGE),
    row("GET", "/console/reports/rows/?of=created", PAGE),
    row("GET", "/console/reports/monitor/", PAGE),
    row("GET", "/console/reports/staffing/", PAGE),
    row("GET", "/api/v1/reports/metrics/?colour=red", WRONG),
    row("GET", "/api/v1/reports/staffing/?arrivals_per_hour=125", WRONG),
]
