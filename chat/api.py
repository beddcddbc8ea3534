"""`chats` and `visitors`: to read. Chats are led on the sockets, their words are the ticket's messages."""

from __future__ import annotations

from typing import Any

from rest_framework import mixins, serializers

from helpdesk.people.access import by_key
from helpdesk.web.rest import ApiViewSet, StrictModelSerializer, actor_of

from .access import chats_for, visitors_for
from .filters import ChatFilter
from .models import Chat, Visitor


class ChatSerializer(StrictModelSerializer):
    """One live session on a ticket."""

    ticket = serializers.IntegerField(source="ticket.number", read_only=True)

    class Meta:
        model = Chat
        fields = [
            "id", "ticket", "visitor", "department", "agent", "state", "requested_at", "queued_at", "accepted_at",
            "ended_at", "end_reason", "requeues",
        ]  # fmt: skip
        read_only_fields = fields


class VisitorSerializer(StrictModelSerializer):
    """Someone at the widget. `name` and `email` are claims unless `identified_at` is set."""

    class Meta:
        model = Visitor
        fields = ["id", "customer", "name", "email", "language", "page", "identified_at", "created_at", "last_seen_at"]
        read_only_fields = fields


class ChatApi(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """Live sessions of the tickets that the caller sees."""

    queryset = Chat.objects.none()
    serializer_class = ChatSerializer
    filterset_class = ChatFilter
    orderings = {"requested_at": "requested_at", "id": "id"}
    ordering = "-requested_at"

    def get_queryset(self) -> Any:
        return chats_for(actor_of(self.request)).select_related("ticket")

    def get_object(self) -> Any:
        return by_key(self.get_queryset(), self.kwargs["pk"])


class VisitorApi(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """Visitors whose conversations the caller sees."""

    queryset = Visitor.objects.none()
    serializer_class = VisitorSerializer
    orderings = {"created_at": "created_at", "last_seen_at": "last_seen_at"}
    ordering = "-created_at"

    def get_queryset(self) -> Any:
        return visitors_for(actor_of(self.request))

    def get_object(self) -> Any:
        return by_key(self.get_queryset(), self.kwargs["pk"])


router_entries = [("chats", ChatApi, "chat"), ("visitors", VisitorApi, "visitor")]
