"""One filter class for the page and the API."""

from __future__ import annotations

from typing import Any

import django_filters

from helpdesk.lib.filters import AnyOf, Key, Since, Until, Words, YesNo
from helpdesk.lib.text import normalize_email

from .models import LANGUAGES, User


class AgentFilter(django_filters.FilterSet):  # type: ignore[misc]
    id = Key(help_text="This agent.")
    email = django_filters.CharFilter(lookup_expr="iexact", help_text="This address.")
    name = django_filters.CharFilter(lookup_expr="has", help_text="Part of the name.")
    role = AnyOf(choices=User.Role.choices)
    status = AnyOf(choices=User.Status.choices)
    is_active = YesNo()
    department = Key(field_name="memberships__department", distinct=True, help_text="Who serves this department.")
    search = Words(fields=["name", "email"])


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc]
    id = Key(help_text="This customer.")
    email = django_filters.CharFilter(method="with_address", help_text="This address.")
    name = django_filters.CharFilter(lookup_expr="has", help_text="Part of the name.")
    language = AnyOf(choices=LANGUAGES)
    organization = Key(help_text="Members of this organization; `none` for those without one.")
    created_at_after = Since(field_name="created_at")
    created_at_before = Until(field_name="created_at")
    updated_at_after = Since(field_name="updated_at")
    updated_at_before = Until(field_name="updated_at")
    search = Words(fields=["name", "email"])

    def with_address(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(email=normalize_email(value))


class OrganizationFilter(django_filters.FilterSet):  # type: ignore[misc]
    name = django_filters.CharFilter(lookup_expr="has", help_text="Part of the name.")
    domain = django_filters.CharFilter(method="with_domain", help_text="Who has this mail domain.")
    search = Words(fields=["name"])

    def with_domain(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(domains__contains=[value.strip().lower()])


class DepartmentFilter(django_filters.FilterSet):  # type: ignore[misc]
    name = django_filters.CharFilter(lookup_expr="has", help_text="Part of the name.")
    calendar = Key(help_text="Departments with this calendar; `none` for those without one.")
    is_active = YesNo()
    is_public = YesNo()
    search = Words(fields=["name"])
