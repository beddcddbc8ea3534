from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="help-home"),
    path("search/", views.search, name="help-search"),
    path("c/<slug:slug>/", views.category, name="help-category"),
    path("<slug:slug>/", views.article, name="help-article"),
    path("<slug:slug>/vote/", views.vote, name="help-vote"),
]
