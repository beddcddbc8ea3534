"""Who calls the API and what their role and token allow. Settings name these classes, so DRF's own
views module may not be imported here (it reads the settings while it loads)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions

from helpdesk.people.models import ApiToken, User
from helpdesk.people.services import authenticate_token

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer hd_…`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = authenticate_token(token.strip())
        if row is None:
            raise exceptions.AuthenticationFailed(_("This token is not valid."), code="invalid_token")
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "helpdesk.web.rest_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionAuthentication(authentication.SessionAuthentication):
    """The console's own calls; CSRF is enforced by the base class."""


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "helpdesk.web.rest_access.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class StaffPermission(permissions.BasePermission):
    """An active colleague whose token (if any) has the scope: `read` for GET, `write` for the rest."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User) or not request.user.is_active:
            raise exceptions.NotAuthenticated(_("Send a token: Authorization: Bearer …"))
        token = request.auth
        if isinstance(token, ApiToken):
            needed = "read" if request.method in permissions.SAFE_METHODS else "write"
            if needed not in token.scopes:
                raise exceptions.PermissionDenied(_("This token lacks the scope “%s”.") % needed, code="scope")
        return True


class AdminWrites(StaffPermission):
    """All staff read, administrators write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        allowed = super().has_permission(request, view)
        if request.method in permissions.SAFE_METHODS:
            return allowed
        assert isinstance(request.user, User)
        return allowed and request.user.is_admin


class SupervisorOnly(StaffPermission):
    """Supervisors and administrators."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        allowed = super().has_permission(request, view)
        assert isinstance(request.user, User)
        return allowed and request.user.is_supervisor


class SupervisorWrites(StaffPermission):
    """All staff read, supervisors and administrators write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        allowed = super().has_permission(request, view)
        if request.method in permissions.SAFE_METHODS:
            return allowed
        assert isinstance(request.user, User)
        return allowed and request.user.is_supervisor
