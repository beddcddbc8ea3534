"""Query parameters of public pages: the known ones are taken, others are refused, trackers are ignored."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid

# What mailing tools and advertisers hang on every link they touch. A customer who follows a link from a
# newsletter must get the page; we neither read nor keep them.
TRACKERS = frozenset({"gclid", "fbclid", "msclkid", "mc_cid", "mc_eid"})
TRACKER_PREFIX = "utm_"

View = Callable[..., HttpResponseBase]


def takes(view: View, *names: str) -> View:
    """`view`, refusing (400) every query parameter but `names`. Used where addresses are listed (urls.py)."""
    known = frozenset(names) | TRACKERS

    @functools.wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        unknown = sorted(k for k in request.GET if k not in known and not k.startswith(TRACKER_PREFIX))
        if unknown:
            raise Invalid(unknown[0][:80], _("Unknown parameter."), code="unknown_parameter")
        return view(request, *args, **kwargs)

    return inner
