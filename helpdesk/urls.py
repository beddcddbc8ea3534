"""Every address of the product; `docs/architecture.md` says which app answers which."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path, re_path
from django.views.i18n import set_language

from helpdesk.api.docs import NotFoundView, docs
from helpdesk.api.metrics import MetricsView
from helpdesk.web import views
from helpdesk.web.parameters import takes

handler500 = "helpdesk.web.views.server_error"

urlpatterns = [
    path("", takes(views.home), name="home"),
    path("healthz", takes(views.healthz), name="healthz"),
    path("readyz", takes(views.readyz), name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    # programs
    path("api/v1/", include("helpdesk.api.urls")),
    path("api/docs/", docs, name="api-docs"),
    re_path(r"^api/", NotFoundView.as_view(), name="api-unknown"),
    path("language/", set_language, name="set_language"),
    # colleagues
    path("login/", takes(auth_views.LoginView.as_view(redirect_authenticated_user=True), "next"), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/reset/", takes(auth_views.PasswordResetView.as_view()), name="password_reset"),
    path("password/reset/sent/", takes(auth_views.PasswordResetDoneView.as_view()), name="password_reset_done"),
    path(
        "password/reset/<uidb64>/<token>/",
        takes(auth_views.PasswordResetConfirmView.as_view()),
        name="password_reset_confirm",
    ),
    path("password/reset/done/", takes(auth_views.PasswordResetCompleteView.as_view()), name="password_reset_complete"),
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
