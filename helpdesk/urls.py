"""Every address of the product; `docs/architecture.md` says which app answers which."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path, re_path
from django.views.i18n import set_language

from helpdesk.api.docs import NotFoundView, docs
from helpdesk.api.metrics import MetricsView
from helpdesk.web import views

handler500 = "helpdesk.web.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    # programs
    path("api/v1/", include("helpdesk.api.urls")),
    path("api/docs/", docs, name="api-docs"),
    re_path(r"^api/", NotFoundView.as_view(), name="api-unknown"),
    path("language/", set_language, name="set_language"),
    # colleagues
    path("login/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/reset/", auth_views.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "password/reset/<uidb64>/<token>/", auth_views.PasswordResetConfirmView.as_view(), name="password_reset_confirm"
    ),
    path("password/reset/done/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("console/preferences/", views.set_preference, name="preferences"),
    path("console/reports/", include("reports.urls")),
    path("console/", include("chat.console_urls")),
    path("console/", include("tickets.urls.console")),
    path("admin/", admin.site.urls),
    # customers
    path("help/", include("knowledgebase.urls")),
    path("widget/", include("chat.urls")),
    path("portal/", include("tickets.urls.portal")),
]
