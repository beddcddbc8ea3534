"""Mounted at /console/, before the inbox's addresses."""

from __future__ import annotations

from django.urls import path

from . import console

urlpatterns = [
    path("chats/", console.chats, name="console-chats"),
    path("tray/", console.tray_fragment, name="console-tray"),
]
