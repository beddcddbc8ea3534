"""`/console/reports/…`: pages for supervisors and administrators."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "reports"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("export.csv", views.export, name="export"),
    path("rows/", views.rows, name="rows"),
    path("monitor/", views.monitor_page, name="monitor"),
    path("staffing/", views.staffing_page, name="staffing"),
]
