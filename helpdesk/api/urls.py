"""`/api/v1/`: every app's resources under one roof. A new resource joins the list of its app's `router_entries`."""

from __future__ import annotations

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

import chat.api
import knowledgebase.api
import reports.api
import tickets.api.mailboxes
import tickets.api.resources
import tickets.api.sla
from tickets.api.entries import AttachmentApi

from . import people
from .calendars import CalendarApi
from .docs import NotFoundView, SchemaView
from .exports import ExportApi

router = SimpleRouter()
for prefix, viewset, basename in [
    *tickets.api.resources.router_entries,
    *tickets.api.sla.router_entries,
    *tickets.api.mailboxes.router_entries,
    *people.router_entries,
    *knowledgebase.api.router_entries,
    *chat.api.router_entries,
    ("calendars", CalendarApi, "calendar"),
]:
    router.register(prefix, viewset, basename=f"api-{basename}")

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("attachments/<uuid:uid>/", AttachmentApi.as_view(), name="api-attachment"),
    path("export/<slug:resource>/", ExportApi.as_view(), name="api-export"),
    *tickets.api.sla.urlpatterns,
    *reports.api.url_patterns,
    *router.urls,
    re_path(r"^.*$", NotFoundView.as_view(), name="api-not-found"),
]
