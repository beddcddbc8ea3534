"""The schema, its page, and the answer to addresses that do not exist. Public."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework import permissions, renderers
from rest_framework.request import Request
from rest_framework.views import APIView

from helpdesk.web.rest import ApiMixin


class _PlainJson(OpenApiJsonRenderer):
    """JSON first: every tool reads it, those for YAML too."""

    media_type = "application/json"


@extend_schema(exclude=True)
class SchemaView(ApiMixin, SpectacularAPIView):
    """OpenAPI 3 as JSON, or as YAML when asked for."""

    permission_classes = [permissions.AllowAny]
    renderer_classes = [_PlainJson, OpenApiJsonRenderer, OpenApiYamlRenderer]
    query_parameters = frozenset({"lang"})


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The reference, with a form for each verb. Everything comes from this server."""
    return render(request, "api/docs.html")


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """An address under /api/ that nothing answers: a problem document, whatever the method, with or without a token."""

    authentication_classes: list[Any] = []
    permission_classes = [permissions.AllowAny]
    renderer_classes = [renderers.JSONRenderer]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
