"""The doors of service levels alone, so that these tests need no other."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from tickets.api import sla

router = SimpleRouter()
for prefix, viewset, name in sla.router_entries:
    router.register(f"api/v1/{prefix}", viewset, basename=name)
urlpatterns = [*router.urls, path("api/v1/", include(sla.urlpatterns))]
