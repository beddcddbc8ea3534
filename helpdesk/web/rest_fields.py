"""How the API names other rows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from helpdesk.lib.text import clean_line
from helpdesk.people.models import Customer, Department, Organization, User

MAX_KEY = 2**63 - 1


class _RowField(serializers.Field[Any, Any, Any, Any]):
    """A row by its id or by the name that people use; answers with the id."""

    by_name = "name__iexact"

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Any:
        found = None
        if isinstance(data, int) and not isinstance(data, bool):
            found = self.rows().filter(pk=data).first() if 0 < data <= MAX_KEY else None
        elif isinstance(data, str):
            text = clean_line(data)
            by_key = text.isascii() and text.isdigit() and len(text) <= 18
            found = self.rows().filter(**({"pk": int(text)} if by_key else {self.by_name: text})).first()
        else:
            raise serializers.ValidationError(_("Give an id."))
        if found is None:
            raise serializers.ValidationError(_("There is no such row."), code="does_not_exist")
        return found

    def to_representation(self, value: Any) -> int:
        return int(value.pk)


@extend_schema_field(serializers.IntegerField())
class DepartmentField(_RowField):
    def rows(self) -> QuerySet[Department]:
        return Department.objects.filter(is_active=True)


@extend_schema_field(serializers.IntegerField())
class AgentField(_RowField):
    by_name = "email__iexact"

    def rows(self) -> QuerySet[User]:
        return User.objects.filter(is_active=True)


@extend_schema_field(serializers.IntegerField())
class OrganizationField(_RowField):
    def rows(self) -> QuerySet[Organization]:
        return Organization.objects.all()


class CustomerBrief(serializers.ModelSerializer[Customer]):
    """Who asks, as other resources show them."""

    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)

    class Meta:
        model = Customer
        fields = ["id", "name", "email"]
