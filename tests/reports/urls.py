"""The product's addresses, and the reports' own doors even where the rest of the API is not mounted."""

from __future__ import annotations

from django.urls import include, path

from reports.api import url_patterns

urlpatterns = [
    path("api/v1/", include((url_patterns, "reports_api"))),
    path("console/reports/", include("reports.urls")),
    path("", include("helpdesk.urls")),
]
