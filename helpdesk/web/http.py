"""The request as our middleware leaves it, for type checking."""

from __future__ import annotations

from django.http import HttpRequest as DjangoRequest
from django_htmx.middleware import HtmxDetails


class PageRequest(DjangoRequest):
    """A request of a page: htmx details are there. Signed-in views read `request.user` as before."""

    htmx: HtmxDetails
