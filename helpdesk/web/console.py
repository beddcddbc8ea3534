"""The door of every console page: who may come in, by which method, with which parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from helpdesk.lib.errors import Invalid
from helpdesk.people.actors import require_admin, require_supervisor
from helpdesk.people.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


def colleague(
    *methods: str, query: frozenset[str] = frozenset(), role: str = "agent"
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponse]]:
    """A view for signed-in colleagues: `view(request, actor, …)`. Default method: GET.

    Strangers are sent to sign in (a fragment answers 401, so that the page around it loads again); colleagues
    below `role` ("agent" | "supervisor" | "admin") are refused with 403; parameters not in `query` with 400.
    """
    allowed = methods or ("GET",)

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = request.user
            if not isinstance(user, User) or not user.is_active:
                return _sign_in(request)
            if role != "agent":
                (require_admin if role == "admin" else require_supervisor)(user)
            if request.method not in (*allowed, *(("HEAD",) if "GET" in allowed else ())):
                return HttpResponseNotAllowed(allowed)
            if unknown := request.GET.keys() - query:
                raise Invalid(sorted(unknown)[0][:80], _("Unknown parameter."), code="unknown_parameter")
            return view(request, user, *args, **kwargs)

        return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], inner)  # the request is never named

    return wrap


def _sign_in(request: HttpRequest) -> HttpResponse:
    if is_fragment(request):
        answer = HttpResponse(status=401)
        answer["HX-Refresh"] = "true"
        return answer
    return redirect_to_login(request.get_full_path())


def is_fragment(request: HttpRequest) -> bool:
    """Whether only a part of a page is wanted; going back in history wants the whole page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request  # type: ignore[union-attr]
