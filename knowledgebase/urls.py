from __future__ import annotations

from django.urls import path

from helpdesk.web.parameters import takes

from . import views

urlpatterns = [
    path("", takes(views.home, "lang"), name="help-home"),
    path("search/", takes(views.search, "q", "lang"), name="help-search"),
    path("c/<slug:slug>/", takes(views.category, "lang"), name="help-category"),
    path("<slug:slug>/", takes(views.article, "lang"), name="help-article"),
    path("<slug:slug>/vote/", takes(views.vote, "lang"), name="help-vote"),
]
