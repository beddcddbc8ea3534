"""`/api/v1/mailboxes/`: our addresses and their health. Passwords go in and never come out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.people.access import by_key
from helpdesk.web.rest import AdminWrites, ApiViewSet, StrictModelSerializer, actor_of
from helpdesk.web.rest_fields import DepartmentField

from ..models import Mailbox
from ..services import imap, mailboxes


class MailboxSerializer(StrictModelSerializer):
    """An address of ours. With `imap_url` it is fetched; without, `receive_email` feeds it."""

    department = DepartmentField(required=False, allow_null=True)
    imap_url = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=500, trim_whitespace=True,
        help_text="imaps://user:password@host:port/folder; empty to stop fetching",
    )  # fmt: skip
    imap = serializers.SerializerMethodField(help_text="Where it is fetched from, without the password.")

    class Meta:
        model = Mailbox
        fields = [
            "id", "address", "name", "department", "imap_url", "imap", "is_active", "from_environment",
            "last_fetch_at", "last_error", "failing_since", "created_at",
        ]  # fmt: skip
        read_only_fields = ["from_environment", "last_fetch_at", "last_error", "failing_since", "created_at"]
        extra_kwargs: dict[str, Any] = {"address": {"validators": []}}  # whether it is taken is for the service to say

    def get_imap(self, mailbox: Mailbox) -> str:
        try:
            return imap.parse_url(mailbox.imap_url).shown if mailbox.imap_url else ""
        except imap.BadUrl:
            return ""


class MailboxApi(mixins.ListModelMixin, ApiViewSet):
    """Mailboxes. All staff read, administrators write."""

    queryset = Mailbox.objects.none()
    serializer_class = MailboxSerializer
    permission_classes = [AdminWrites]
    orderings = {"address": "address", "created_at": "created_at"}
    ordering = "id"

    def get_queryset(self) -> Any:
        return Mailbox.objects.select_related("department")

    def retrieve(self, request: Request, pk: str) -> Response:
        """One mailbox."""
        return Response(MailboxSerializer(by_key(self.get_queryset(), pk)).data)

    @extend_schema(request=MailboxSerializer, responses={201: MailboxSerializer})
    def create(self, request: Request) -> Response:
        """Add a mailbox. A host in a private network is refused unless `EGRESS_ALLOW` permits it."""
        form = MailboxSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        mailbox = mailboxes.save_mailbox(actor=actor_of(request), **form.validated_data)
        return Response(MailboxSerializer(mailbox).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MailboxSerializer, responses=MailboxSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a mailbox."""
        mailbox = by_key(self.get_queryset(), pk)
        form = MailboxSerializer(mailbox, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        mailbox = mailboxes.save_mailbox(actor=actor_of(request), mailbox=mailbox, **form.validated_data)
        return Response(MailboxSerializer(mailbox).data)


router_entries = [("mailboxes", MailboxApi, "mailbox")]
