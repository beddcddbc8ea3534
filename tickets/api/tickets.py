"""`/api/v1/tickets/`: the record and its verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.people.services import customer_for_email
from helpdesk.web.rest import ApiViewSet, EntryPages, FilesParser, StrictJSONParser, actor_of

from .. import services
from ..access import get_ticket_for
from ..filters import TicketFilter
from ..models import Ticket
from ..selectors.lists import ticket_list, with_related
from ..selectors.timeline import events_of, messages_of, notes_of
from . import shapes
from .entries import add_entry, timeline_page

NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH, description="The ticket's number.")


@extend_schema(parameters=[NUMBER])
class TicketApi(mixins.ListModelMixin, ApiViewSet):
    """Tickets, by their number. Agents see those of their departments, those without one, and their own."""

    queryset = Ticket.objects.none()
    serializer_class = shapes.TicketSerializer
    filterset_class = TicketFilter
    lookup_field = "number"
    orderings = {
        "created_at": "created_at",
        "updated_at": "updated_at",
        "number": "number",
        "priority": "priority_rank",
        "status": "status",
    }
    ordering = "-updated_at"

    def get_queryset(self) -> Any:
        return ticket_list(actor_of(self.request))

    def _ticket(self, number: str) -> Ticket:
        return get_ticket_for(actor_of(self.request), number)

    def _answer(self, ticket: Ticket, code: int = 200) -> Response:
        """The ticket as it is now; the caller may just have handed it out of their own sight."""
        fresh = with_related(Ticket.objects.filter(pk=ticket.pk)).get()
        return Response(shapes.TicketSerializer(fresh, context=self.get_serializer_context()).data, status=code)

    def _parsed(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        form = serializer(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def retrieve(self, request: Request, number: str) -> Response:
        """One ticket."""
        return self._answer(self._ticket(number))

    @extend_schema(
        request=shapes.NewTicketSerializer, responses={201: shapes.TicketSerializer},
        parameters=[OpenApiParameter("number", exclude=True, location=OpenApiParameter.PATH)],
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Open a ticket in a customer's name."""
        data = self._parsed(shapes.NewTicketSerializer)
        who = data.pop("customer")
        language = data.get("language", "")
        customer = customer_for_email(email=who["email"], name=who.get("name", ""), language=language)
        ticket = services.open_ticket(
            actor=actor_of(request), customer=customer, subject=data.pop("subject"), text=data.pop("body"),
            channel=Ticket.Channel.API, **data,
        )  # fmt: skip
        return self._answer(ticket, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.TicketChangeSerializer)
    def partial_update(self, request: Request, number: str) -> Response:
        """Change properties, status or assignee: all of what is sent, or nothing."""
        actor, data = actor_of(request), self._parsed(shapes.TicketChangeSerializer)
        with transaction.atomic():
            ticket = self._ticket(number)
            assignee, wanted = data.pop("assignee", ...), data.pop("status", None)
            if data:
                ticket = services.update_ticket(actor=actor, ticket=ticket, **data)
            if assignee is not ...:
                ticket = services.assign(actor=actor, ticket=ticket, assignee=assignee)
            if wanted is not None:
                ticket = services.set_status(actor=actor, ticket=ticket, status=wanted)
        return self._answer(ticket)

    # --- entries ---

    def _page(self, queryset: Any, serializer: type[serializers.BaseSerializer[Any]]) -> Response:
        rows = self.paginate_queryset(queryset)
        return self.get_paginated_response(serializer(rows, many=True, context=self.get_serializer_context()).data)

    def _post_entry(self, verb: Callable[..., Any], form: Any, number: str) -> Response:
        ticket = self._ticket(number)
        entry, created = add_entry(actor=actor_of(self.request), ticket=ticket, verb=verb, **self._parsed(form))
        shape: Any = shapes.MessageSerializer if verb is services.reply else shapes.NoteSerializer
        data = shape(entry, context=self.get_serializer_context()).data
        return Response(data, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK)

    @extend_schema(responses=shapes.MessageSerializer(many=True), filters=False)
    @action(
        detail=True, pagination_class=EntryPages, filterset_class=None, paged=True,
        parser_classes=[StrictJSONParser, FilesParser],
    )  # fmt: skip
    def messages(self, request: Request, number: str) -> Response:
        """Public messages, oldest first."""
        return self._page(messages_of(self._ticket(number)), shapes.MessageSerializer)

    @extend_schema(
        request=dict.fromkeys(("application/json", "multipart/form-data"), shapes.NewMessageSerializer),
        responses={201: shapes.MessageSerializer, 200: shapes.MessageSerializer},
    )
    @messages.mapping.post
    def reply(self, request: Request, number: str) -> Response:
        """Answer the customer. Leaves by mail, unless they are reading along in the chat."""
        return self._post_entry(services.reply, shapes.NewMessageSerializer, number)

    @extend_schema(responses=shapes.NoteSerializer(many=True), filters=False)
    @action(
        detail=True, pagination_class=EntryPages, filterset_class=None, paged=True,
        parser_classes=[StrictJSONParser, FilesParser],
    )  # fmt: skip
    def notes(self, request: Request, number: str) -> Response:
        """Internal notes, oldest first."""
        return self._page(notes_of(self._ticket(number)), shapes.NoteSerializer)

    @extend_schema(
        request=dict.fromkeys(("application/json", "multipart/form-data"), shapes.NewEntrySerializer),
        responses={201: shapes.NoteSerializer, 200: shapes.NoteSerializer},
    )
    @notes.mapping.post
    def add_note(self, request: Request, number: str) -> Response:
        """Write an internal note."""
        return self._post_entry(services.note, shapes.NewEntrySerializer, number)

    @extend_schema(responses=shapes.EventSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=EntryPages, filterset_class=None, paged=True)
    def events(self, request: Request, number: str) -> Response:
        """What changed, oldest first."""
        return self._page(events_of(self._ticket(number)), shapes.EventSerializer)

    @extend_schema(
        responses=shapes.EntrySerializer(many=True),
        filters=False,
        parameters=[
            OpenApiParameter("after", int, description="Only entries with a greater `seq`."),
            OpenApiParameter("page_size", int, description="1 to 100; default 100."),
        ],
    )
    @action(detail=True, pagination_class=EntryPages, filterset_class=None, query_parameters={"after", "page_size"})
    def timeline(self, request: Request, number: str) -> Response:
        """Messages, notes and events in one order, without gaps. `next` asks for what comes after the page."""
        return timeline_page(request, self._ticket(number), self.get_serializer_context())

    # --- verbs ---

    def _verb(self, number: str, form: Any, verb: Callable[..., Ticket]) -> Response:
        ticket, data = self._ticket(number), self._parsed(form)
        return self._answer(verb(actor=actor_of(self.request), ticket=ticket, **data))

    @extend_schema(request=shapes.AssignSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, number: str) -> Response:
        """Give the ticket to a colleague, or to nobody."""
        return self._verb(number, shapes.AssignSerializer, services.assign)

    @extend_schema(request=shapes.EscalateSerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, number: str) -> Response:
        """Raise the ticket to the next tier, with what its agents must know."""
        ticket, data = self._ticket(number), self._parsed(shapes.EscalateSerializer)
        tier = data.pop("tier", None)
        return self._answer(services.escalate(actor=actor_of(request), ticket=ticket, to_tier=tier, **data))

    @extend_schema(request=shapes.TransferSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, number: str) -> Response:
        """Hand the ticket to a department or a colleague, with what they must know."""
        return self._verb(number, shapes.TransferSerializer, services.transfer)

    @extend_schema(request=shapes.MergeSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, number: str) -> Response:
        """Close this ticket and go on in another, which takes over its words. Answers with the one that lives on."""
        ticket, data = self._ticket(number), self._parsed(shapes.MergeSerializer)
        into = self._ticket(str(data["into"]))
        return self._answer(services.merge(actor=actor_of(request), ticket=ticket, into=into))

    @extend_schema(request=shapes.NothingSerializer)
    @action(detail=True, methods=["post"])
    def solve(self, request: Request, number: str) -> Response:
        """Done, as far as we know."""
        return self._verb(number, shapes.NothingSerializer, services.solve)

    @extend_schema(request=shapes.ReopenSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, number: str) -> Response:
        """Back to work."""
        return self._verb(number, shapes.ReopenSerializer, services.reopen)
