"""Live chats for operators, to look at: they are changed by verbs only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Chat

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Chat]
else:
    Admin = admin.ModelAdmin  # generic for the type checker only


@admin.register(Chat)
class ChatAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("id", "ticket", "department", "agent", "state", "requested_at", "end_reason")
    list_filter = ("state", "end_reason", "department")
    list_select_related = ("ticket", "department", "agent")
    date_hierarchy = "requested_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
