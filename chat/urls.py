"""Mounted at /widget/."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "widget"
urlpatterns = [
    path("loader.js", views.loader, name="loader"),
    path("demo/", views.demo, name="demo"),
    path("panel/", views.panel, name="panel"),
    path("status/", views.status, name="status"),
    path("search/", views.search, name="search"),
    path("session/", views.session, name="session"),
    path("request/", views.leave_request, name="request"),
    path("upload/", views.upload, name="upload"),
    path("file/<uuid:uid>/", views.attachment, name="file"),
    path("face/<uuid:key>/", views.face, name="face"),
]
