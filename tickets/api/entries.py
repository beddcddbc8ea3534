"""Adding and reading entries of a timeline; files; ratings."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from helpdesk.files import services as files
from helpdesk.files.models import StoredFile
from helpdesk.people.models import User
from helpdesk.web.rest import Api, ApiViewSet, EntryPages, actor_of

from .. import services
from ..access import get_attachment_for, tickets_for
from ..filters import RatingFilter
from ..models import Message, Note, Rating, Ticket
from ..selectors.timeline import timeline_after
from ..services.timeline import lock
from . import shapes


def stored(uploads: Sequence[Any]) -> list[StoredFile]:
    """The uploaded files, on disk and recorded. RuleViolation("too_large") for one over the limit."""
    return [files.store(content=f.read(), filename=f.name or "", content_type=f.content_type or "") for f in uploads]


def add_entry(
    *,
    actor: User,
    ticket: Ticket,
    verb: Callable[..., Message | Note],
    body: str,
    id: uuid.UUID | None = None,
    files: Sequence[Any] = (),
    status: str = "",
) -> tuple[Message | Note, bool]:
    """Say it once: the entry, and whether this call stored it. Files of a repeat are not stored again."""
    table = Message if verb is services.reply else Note
    ticket = lock(ticket)  # the same id sent twice at once: the second looks when the first is in
    if id is not None and (known := table.objects.filter(ticket=ticket, uid=id).first()):
        return known, False
    extra = {"then": status} if status and verb is services.reply else {}
    before = ticket.last_seq
    entry = verb(actor=actor, ticket=ticket, text=body, uid=id, files=stored(files), **extra)
    return entry, entry.seq > before


def timeline_page(request: Request, ticket: Ticket, context: Mapping[str, Any]) -> Response:
    """`{"next","previous","results"}` of what comes after `?after=`."""
    raw = request.query_params.get("after", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 9):
        raise exceptions.ValidationError({"after": [_("A whole number from 0.")]})
    size = EntryPages().get_page_size(request)
    entries = timeline_after(ticket, int(raw), limit=size + 1)
    more, entries = len(entries) > size, entries[:size]
    link = replace_query_param(request.build_absolute_uri(), "after", entries[-1].seq) if more else None
    results = shapes.EntrySerializer(entries, many=True, context=dict(context)).data
    return Response({"next": link, "previous": None, "results": results})


class AttachmentApi(Api):
    """The bytes of one file, for whoever may read what it hangs on, as a download that no browser runs."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, uid: uuid.UUID) -> FileResponse:
        """Download a file of a message or a note."""
        return files.response(get_attachment_for(actor_of(request), uid).file)


class RatingApi(mixins.ListModelMixin, ApiViewSet):
    """What customers thought of it."""

    queryset = Rating.objects.none()
    serializer_class = shapes.RatingSerializer
    filterset_class = RatingFilter
    orderings = {"created_at": "created_at", "updated_at": "updated_at"}
    ordering = "-updated_at"

    def get_queryset(self) -> Any:
        visible = tickets_for(actor_of(self.request)).values("pk")
        return Rating.objects.filter(ticket__in=visible).select_related("ticket")
