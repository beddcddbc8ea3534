"""One filter class for the page and the API: what a list of tickets can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet

from helpdesk.lib.filters import AnyOf, Key, Since, Uid, Until
from helpdesk.lib.text import clean_line, normalize_email

from .models import Message, Rating, Ticket

TIERS = [("1", "1"), ("2", "2"), ("3", "3")]


def matching(queryset: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """Those of `queryset` that `words` find: number, subject, public messages in both languages, customer.

    Each kind of match is a subquery with its own index; one condition with joins would read every row.
    """
    words = clean_line(words, max_length=200)
    if not words:
        return queryset
    text = SearchQuery(words, config="public.es_unaccent", search_type="websearch") | SearchQuery(
        words, config="public.en_unaccent", search_type="websearch"
    )
    found = [
        Ticket.objects.filter(subject__has=words),
        Ticket.objects.filter(customer__name__has=words),
        Ticket.objects.filter(customer__email__has=words),
    ]
    if len(words) >= 4:
        found.append(Ticket.objects.filter(subject__trigram_word_similar=words))
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        found.append(Ticket.objects.filter(number=int(number)))
    said = Message.objects.filter(search=text).order_by().values("ticket")
    keys = said.union(*(rows.order_by().values("pk") for rows in found), all=True)
    return queryset.filter(pk__in=keys)


class TicketFilter(django_filters.FilterSet):  # type: ignore[misc]
    id = Uid(field_name="uid", help_text="This ticket.")
    number = Key(help_text="The ticket with this number.")
    subject = django_filters.CharFilter(lookup_expr="has", help_text="Part of the subject.")
    status = AnyOf(choices=Ticket.Status.choices)
    priority = AnyOf(choices=Ticket.Priority.choices)
    channel = AnyOf(choices=Ticket.Channel.choices)
    tier = AnyOf(choices=TIERS)
    department = Key(help_text="A department's id; `none`: tickets that no department has yet.")
    assignee = Key(help_text="An agent's id; `none`: tickets that nobody has.")
    customer = django_filters.CharFilter(method="of_customer", help_text="A customer's id or address.")
    language = django_filters.CharFilter(help_text="`en` or `es`.")
    tags = django_filters.CharFilter(method="with_tags", help_text="A tag; several by comma: all of them.")
    created_at_after = Since(field_name="created_at")
    created_at_before = Until(field_name="created_at")
    updated_at_after = Since(field_name="updated_at")
    updated_at_before = Until(field_name="updated_at")
    search = django_filters.CharFilter(
        method="find", help_text="Words in public messages or subject, a number, a customer's name or address."
    )

    def of_customer(self, queryset: Any, name: str, value: str) -> Any:
        key = value.strip()
        if key.isascii() and key.isdigit() and len(key) <= 18:
            return queryset.filter(customer=int(key))
        return queryset.filter(customer__email=normalize_email(value))

    def with_tags(self, queryset: Any, name: str, value: str) -> Any:
        wanted = [tag.strip().lower() for tag in value.split(",") if tag.strip()]
        return queryset.filter(tags__contains=wanted) if wanted else queryset

    def find(self, queryset: Any, name: str, value: str) -> Any:
        return matching(queryset, value)


class RatingFilter(django_filters.FilterSet):  # type: ignore[misc]
    ticket = Key(field_name="ticket__number", help_text="The ticket with this number.")
    score = AnyOf(choices=Rating.Score.choices)
    agent = Key(help_text="An agent's id; `none`: ratings of tickets that nobody had.")
    created_at_after = Since(field_name="created_at")
    created_at_before = Until(field_name="created_at")
