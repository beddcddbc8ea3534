"""`agents`, `departments`, `organizations`, `customers`: the doors to people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.lib.errors import Forbidden
from helpdesk.people import access, filters, services
from helpdesk.people.models import LANGUAGES, Customer, Department, Organization, User
from helpdesk.web.rest import (
    AdminWrites,
    ApiViewSet,
    StaffPermission,
    StrictModelSerializer,
    StrictSerializer,
    actor_of,
)
from helpdesk.web.rest_fields import DepartmentField, OrganizationField
from tickets.services import erase_customer

# --- agents -----------------------------------------------------------------------------------------


class MembershipSerializer(StrictSerializer):
    """Whom an agent serves, and at which tier."""

    department = DepartmentField()
    tier = serializers.IntegerField(min_value=1, max_value=3, default=1)


class CapacitySerializer(StrictSerializer):
    """How much at once."""

    chat = serializers.IntegerField(min_value=0, max_value=50, required=False, source="chat_capacity")
    ticket = serializers.IntegerField(min_value=0, max_value=1000, required=False, source="ticket_capacity")


class AgentSerializer(StrictModelSerializer):
    """A colleague."""

    languages = serializers.ListField(child=serializers.CharField(max_length=5), max_length=20, required=False)
    skills = serializers.ListField(child=serializers.CharField(max_length=40), max_length=50, required=False)
    capacity = CapacitySerializer(source="*", required=False)
    memberships = MembershipSerializer(many=True, required=False)

    class Meta:
        model = User
        fields = [
            "id", "email", "name", "role", "languages", "skills", "status", "capacity", "memberships",
            "is_active", "language", "time_zone", "created_at", "updated_at",
        ]  # fmt: skip
        extra_kwargs = {
            # Whether an address is taken is for the service to say, under its own code.
            "email": {"validators": []},
            "name": {"min_length": 1},
        }


class NewAgentSerializer(AgentSerializer):
    password = serializers.CharField(write_only=True, max_length=200, required=False, trim_whitespace=False)

    class Meta(AgentSerializer.Meta):
        fields = [f for f in AgentSerializer.Meta.fields if f != "status"] + ["password"]


class AgentChangeSerializer(AgentSerializer):
    class Meta(AgentSerializer.Meta):
        read_only_fields: list[str] = []
        fields = [f for f in AgentSerializer.Meta.fields if f != "email"]


def _pairs(given: list[dict[str, Any]] | None) -> list[tuple[Department, int]] | None:
    return None if given is None else [(m["department"], m["tier"]) for m in given]


class AgentApi(mixins.ListModelMixin, ApiViewSet):
    """Colleagues. Everybody on the team reads them, administrators write; an account ends by `is_active: false`."""

    queryset = User.objects.none()
    serializer_class = AgentSerializer
    filterset_class = filters.AgentFilter
    orderings = {"name": "name", "email": "email", "created_at": "created_at", "updated_at": "updated_at"}
    ordering = "id"

    def get_queryset(self) -> Any:
        return access.agents_for(actor_of(self.request))

    def _one(self, pk: str) -> User:
        found: User = access.by_key(self.get_queryset(), pk)
        return found

    def _answer(self, user: User, code: int = 200) -> Response:
        fresh = User.objects.prefetch_related("memberships__department").get(pk=user.pk)
        return Response(AgentSerializer(fresh).data, status=code)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One colleague."""
        return self._answer(self._one(pk))

    @extend_schema(request=NewAgentSerializer, responses={201: AgentSerializer})
    def create(self, request: Request) -> Response:
        """Add a colleague. Administrators only. Without `password` they set one by the reset page."""
        actor = actor_of(request)
        if not actor.is_admin:
            raise Forbidden(_("Only an administrator can do this."))
        form = NewAgentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        memberships = _pairs(data.pop("memberships", None))
        user = services.create_agent(actor=actor, memberships=memberships, **data)
        return self._answer(user, status.HTTP_201_CREATED)

    @extend_schema(request=AgentChangeSerializer, responses=AgentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a colleague (administrators), or only `status` (themselves, and supervisors)."""
        form = AgentChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        presence = data.pop("status", None)
        memberships = _pairs(data.pop("memberships", None))
        with transaction.atomic():
            user = self._one(pk)
            if data or memberships is not None:
                user = services.update_agent(actor=actor_of(request), user=user, memberships=memberships, **data)
            if presence is not None:
                services.set_status(actor=actor_of(request), user=user, status=presence)
        return self._answer(user)


# --- departments ------------------------------------------------------------------------------------


class DepartmentSerializer(StrictModelSerializer):
    """A team with its own hours. `translations` maps a language to the name that customers read in it."""

    translations = serializers.DictField(child=serializers.CharField(max_length=80), required=False)

    class Meta:
        model = Department
        fields = [
            "id", "name", "translations", "description", "calendar", "sender_address", "is_public", "is_active",
            "position", "created_at", "updated_at",
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {"name": {"validators": []}}

    def validate_translations(self, value: dict[str, str]) -> dict[str, str]:
        if unknown := value.keys() - dict(LANGUAGES).keys():
            raise serializers.ValidationError(_("Unknown language: %(code)s") % {"code": sorted(unknown)[0][:20]})
        return value


class DepartmentApi(mixins.ListModelMixin, ApiViewSet):
    """Departments. All staff read, administrators write."""

    queryset = Department.objects.none()
    serializer_class = DepartmentSerializer
    permission_classes = [AdminWrites]
    filterset_class = filters.DepartmentFilter
    orderings = {"name": "name", "position": "position", "created_at": "created_at"}
    ordering = "position"

    def get_queryset(self) -> Any:
        return access.departments_for(actor_of(self.request))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One department."""
        return Response(self.get_serializer(access.by_key(self.get_queryset(), pk)).data)

    def create(self, request: Request) -> Response:
        """Add a department."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        department = services.save_department(actor=actor_of(request), **form.validated_data)
        return Response(self.get_serializer(department).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a department."""
        department = access.by_key(self.get_queryset(), pk)
        form = self.get_serializer(department, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.save_department(actor=actor_of(request), department=department, **form.validated_data)
        return Response(self.get_serializer(department).data)


# --- organizations ----------------------------------------------------------------------------------


class OrganizationSerializer(StrictModelSerializer):
    """Customers of one house. New customers with an address at one of its `domains` join it."""

    domains = serializers.ListField(child=serializers.CharField(max_length=253), max_length=100, required=False)

    class Meta:
        model = Organization
        fields = ["id", "name", "domains", "notes", "created_at", "updated_at"]
        extra_kwargs: ClassVar[dict[str, dict[str, Any]]] = {"name": {"validators": []}}


class OrganizationApi(mixins.ListModelMixin, ApiViewSet):
    """Organizations. Staff read and write."""

    queryset = Organization.objects.none()
    serializer_class = OrganizationSerializer
    permission_classes = [StaffPermission]
    filterset_class = filters.OrganizationFilter
    orderings = {"name": "name", "created_at": "created_at", "updated_at": "updated_at"}

    def get_queryset(self) -> Any:
        return access.organizations_for(actor_of(self.request))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One organization."""
        return Response(self.get_serializer(access.by_key(self.get_queryset(), pk)).data)

    def create(self, request: Request) -> Response:
        """Add an organization."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.save_organization(actor=actor_of(request), **form.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an organization."""
        organization = access.by_key(self.get_queryset(), pk)
        form = self.get_serializer(organization, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.save_organization(actor=actor_of(request), organization=organization, **form.validated_data)
        return Response(self.get_serializer(organization).data)


# --- customers --------------------------------------------------------------------------------------


class IdentitySerializer(StrictSerializer):
    """A way in which the customer shows up; `verified` when it was proved."""

    kind = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)
    verified = serializers.SerializerMethodField()

    def get_verified(self, identity: Any) -> bool:
        return identity.verified_at is not None


class CustomerSerializer(StrictModelSerializer):
    """A person who asks."""

    organization = OrganizationField(required=False, allow_null=True)
    identities = IdentitySerializer(many=True, read_only=True)
    custom_fields = serializers.DictField(required=False)

    class Meta:
        model = Customer
        fields = [
            "id", "name", "email", "language", "time_zone", "organization", "notes", "custom_fields", "identities",
            "erased_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["erased_at"]


class CustomerChangeSerializer(CustomerSerializer):
    class Meta(CustomerSerializer.Meta):
        fields = ["name", "language", "time_zone", "organization", "notes", "custom_fields"]
        read_only_fields: list[str] = []


class CustomerApi(mixins.ListModelMixin, ApiViewSet):
    """Customers. Staff read and write; administrators erase."""

    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    permission_classes = [StaffPermission]
    filterset_class = filters.CustomerFilter
    orderings = {"created_at": "created_at", "updated_at": "updated_at", "name": "name"}
    ordering = "-created_at"

    def get_queryset(self) -> Any:
        return access.customers_for(actor_of(self.request))

    def _one(self, pk: str) -> Customer:
        found: Customer = access.by_key(self.get_queryset(), pk)
        return found

    def retrieve(self, request: Request, pk: str) -> Response:
        """One customer, with the identities by which they are known."""
        return Response(self.get_serializer(self._one(pk)).data)

    def create(self, request: Request) -> Response:
        """Add a customer. 409 `email_taken` when somebody has the address already."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.create_customer(actor=actor_of(request), **form.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CustomerChangeSerializer, responses=CustomerSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is known of a customer."""
        customer = self._one(pk)
        form = CustomerChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_customer(actor=actor_of(request), customer=customer, **form.validated_data)
        return Response(self.get_serializer(self._one(pk)).data)

    @extend_schema(request=None, responses=CustomerSerializer)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Forget a customer: names, addresses, words and files. Administrators only; there is no way back.

        Tickets stay, emptied, so that counts and reports stay true. Notes of colleagues stay as they are.
        """
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        customer = self._one(pk)
        erase_customer(actor=actor_of(request), customer=customer)
        return Response(self.get_serializer(self._one(pk)).data)


router_entries = [
    ("agents", AgentApi, "agent"),
    ("departments", DepartmentApi, "department"),
    ("organizations", OrganizationApi, "organization"),
    ("customers", CustomerApi, "customer"),
]
