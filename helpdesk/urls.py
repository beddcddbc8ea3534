"""Every address of the product; `docs/architecture.md` says which app answers which."""

from __future__ import annotations

from django.urls import path

from helpdesk.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
