"""What tickets and their entries look like in the API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from helpdesk.lib.html import sanitize
from helpdesk.web.rest import StrictModelSerializer, StrictSerializer, Time
from helpdesk.web.rest_fields import AgentField, CustomerBrief, DepartmentField

from ..models import Attachment, Event, Message, Note, Participant, Rating, Ticket
from ..selectors.sla import sla_for
from .sla import SlaSerializer


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """Someone besides the customer who takes part by mail."""

    class Meta:
        model = Participant
        fields = ["email", "name", "status"]


class TicketSerializer(StrictModelSerializer):
    """One request, whatever channel it came by."""

    id = serializers.UUIDField(source="uid", read_only=True)
    customer = CustomerBrief(read_only=True)
    participants = ParticipantSerializer(many=True, read_only=True)
    sla = serializers.SerializerMethodField()

    class Meta:
        model = Ticket
        fields = [
            "id", "number", "subject", "status", "priority", "channel", "department", "tier", "assignee", "customer",
            "language", "tags", "custom_fields", "participants", "sla", "created_at", "updated_at", "last_seq",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(SlaSerializer(many=True))
    def get_sla(self, ticket: Ticket) -> Any:
        return SlaSerializer(sla_for(ticket), many=True).data


class CustomerInput(StrictSerializer):
    """Who asks; found by address, or made."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=160, required=False, allow_blank=True)


class TagsField(serializers.ListField):
    child = serializers.CharField(max_length=40)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, **kwargs)


class NewTicketSerializer(StrictSerializer):
    """A request to open. `department` by id or name."""

    subject = serializers.CharField(max_length=300)
    body = serializers.CharField()
    customer = CustomerInput()
    department = DepartmentField(required=False, allow_null=True)
    priority = serializers.ChoiceField(choices=Ticket.Priority.choices, required=False)
    language = serializers.ChoiceField(choices=[("en", "en"), ("es", "es")], required=False)
    tags = TagsField(required=False)
    custom_fields = serializers.DictField(required=False)


class TicketChangeSerializer(StrictSerializer):
    """What can be changed without handing the ticket over. A first department may be set; later it takes a transfer."""

    subject = serializers.CharField(max_length=300, required=False)
    status = serializers.ChoiceField(choices=Ticket.Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Ticket.Priority.choices, required=False)
    department = DepartmentField(required=False)
    assignee = AgentField(required=False, allow_null=True)
    language = serializers.ChoiceField(choices=[("en", "en"), ("es", "es")], required=False)
    tags = TagsField(required=False)
    custom_fields = serializers.DictField(required=False)


# --- entries ----------------------------------------------------------------------------------------


class AuthorSerializer(serializers.Serializer[Any]):
    """Who said it. `verified` only when a secret, a signed token or a session proved it."""

    kind = serializers.ChoiceField(choices=Message.Author.choices)
    name = serializers.CharField()
    email = serializers.CharField()
    verified = serializers.BooleanField()


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    """A file. Its `url` asks for the reader's own right each time."""

    id = serializers.UUIDField(source="uid", read_only=True)
    filename = serializers.CharField(source="file.filename")
    content_type = serializers.CharField(source="file.content_type")
    size = serializers.IntegerField(source="file.size")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ["id", "filename", "content_type", "size", "url"]

    @extend_schema_field(serializers.URLField())
    def get_url(self, attachment: Attachment) -> str:
        return reverse("api-attachment", args=[attachment.uid], request=self.context.get("request"))


class MessageSerializer(serializers.ModelSerializer[Message]):
    """Public: the customer sees it. `body_html` is sanitised."""

    id = serializers.UUIDField(source="uid", read_only=True)
    author = serializers.SerializerMethodField()
    body_html = serializers.SerializerMethodField()
    attachments = AttachmentSerializer(many=True)
    created_at = Time()

    class Meta:
        model = Message
        fields = ["id", "seq", "author", "body_text", "body_html", "attachments", "created_at"]

    @extend_schema_field(AuthorSerializer)
    def get_author(self, message: Message) -> Any:
        return {
            "kind": message.author_kind,
            "name": message.author_name,
            "email": message.author_email,
            "verified": message.verified,
        }

    def get_body_html(self, message: Message) -> str:
        return sanitize(message.body_html)


class NoteSerializer(serializers.ModelSerializer[Note]):
    """Internal: no customer sees it. A `brief` is what was written at a transfer or escalation."""

    id = serializers.UUIDField(source="uid", read_only=True)
    author = serializers.SerializerMethodField()
    attachments = AttachmentSerializer(many=True)
    created_at = Time()

    class Meta:
        model = Note
        fields = ["id", "seq", "kind", "author", "body_text", "attachments", "created_at"]

    @extend_schema_field(AuthorSerializer)
    def get_author(self, note: Note) -> Any:
        kind = "agent" if note.user_id else "system"
        return {"kind": kind, "name": note.author_name, "email": "", "verified": True}


class ActorSerializer(serializers.Serializer[Any]):
    """Who did it: an agent (with `id`), the customer, or a part of the system by its name."""

    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()


class EventSerializer(serializers.ModelSerializer[Event]):
    """What changed, by whom, by which rule. `due_at`: for timers, when it was due."""

    actor = serializers.SerializerMethodField()
    created_at = Time()
    due_at = Time()

    class Meta:
        model = Event
        fields = ["id", "seq", "kind", "data", "actor", "rule", "due_at", "created_at"]

    @extend_schema_field(ActorSerializer)
    def get_actor(self, event: Event) -> Any:
        return {"kind": event.actor_kind, "id": event.user_id, "name": event.actor_name}


class EntrySerializer(serializers.Serializer[Any]):
    """One entry of the timeline: a message, a note or an event, as `type` says, in that resource's own shape."""

    type = serializers.ChoiceField(choices=["message", "note", "event"])
    seq = serializers.IntegerField()

    SHAPES = {
        Message: ("message", MessageSerializer),
        Note: ("note", NoteSerializer),
        Event: ("event", EventSerializer),
    }

    def to_representation(self, instance: Any) -> dict[str, Any]:
        name, shape = self.SHAPES[type(instance)]
        return {"type": name, **shape(instance, context=self.context).data}


class NewEntrySerializer(StrictSerializer):
    """Words and files. `id`: made by you; the same id again stores nothing and answers with what is there.

    `body_text` and `text` are other names of `body`; send one of the three.
    """

    id = serializers.UUIDField(required=False)
    body = serializers.CharField(required=False)
    body_text = serializers.CharField(required=False)
    text = serializers.CharField(required=False)
    files = serializers.ListField(child=serializers.FileField(), required=False, max_length=20)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in ("body", "body_text", "text") if name in attrs]
        if len(given) != 1:
            message = _("This field is required.") if not given else _("Send one of: body, body_text, text.")
            raise serializers.ValidationError({"body": [message]})
        return {**{k: v for k, v in attrs.items() if k not in given}, "body": attrs[given[0]]}


class NewMessageSerializer(NewEntrySerializer):
    """A public answer. `status`: what the ticket becomes with it."""

    status = serializers.ChoiceField(choices=["open", "pending", "on_hold", "solved"], required=False)


# --- verbs ------------------------------------------------------------------------------------------


class AssignSerializer(StrictSerializer):
    """`assignee` by id or address; null: nobody."""

    assignee = AgentField(allow_null=True)
    reason = serializers.CharField(max_length=200, required=False)


class EscalateSerializer(StrictSerializer):
    """`brief`: what the next one must know. `tier`: above the present one; default the next."""

    reason = serializers.CharField(max_length=200)
    brief = serializers.CharField()
    tier = serializers.IntegerField(min_value=1, max_value=3, required=False)


class TransferSerializer(StrictSerializer):
    """Either a department or a colleague."""

    reason = serializers.CharField(max_length=200)
    brief = serializers.CharField()
    department = DepartmentField(required=False)
    assignee = AgentField(required=False)


class MergeSerializer(StrictSerializer):
    """`into`: the number of the ticket that lives on."""

    into = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class ReopenSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=200, required=False)


class NothingSerializer(StrictSerializer):
    """A verb without fields."""


class RatingSerializer(StrictModelSerializer):
    """What the customer thought of it; the last word counts."""

    ticket = serializers.IntegerField(source="ticket.number", read_only=True)

    class Meta:
        model = Rating
        fields = ["id", "ticket", "score", "comment", "agent", "created_at", "updated_at"]
        read_only_fields = fields
