"""Kinds of filters that the lists of several apps share."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from . import lookups  # noqa: F401  registers `has`
from .ids import parse_uuid


class _CommaWidget(forms.SelectMultiple):
    """`status=open,pending` and `status=open&status=pending` alike."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        values = data.getlist(name) if hasattr(data, "getlist") else [data[name]] if name in data else []
        return [piece.strip() for value in values for piece in str(value).split(",") if piece.strip()]


class AnyOf(django_filters.MultipleChoiceFilter):  # type: ignore[misc]
    """One of the given choices; several, by comma or repeated, mean any of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _CommaWidget)
        kwargs.setdefault("help_text", _choices_help(kwargs.get("choices", [])))
        super().__init__(*args, **kwargs)

    def is_noop(self, qs: Any, value: Any) -> bool:
        return not value


def _choices_help(choices: Any) -> str:
    return "Any of: " + ", ".join(f"`{value}`" for value, _label in choices) + "; several by comma."


class KeyField(forms.CharField):
    """A whole number that a key column can hold, or `none`."""

    def clean(self, value: Any) -> int | str | None:
        text = str(value or "").strip()
        if not text or text == "none":
            return text or None
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValidationError(_("A whole number, or “none”."))
        return int(text)


class Key(django_filters.Filter):  # type: ignore[misc]
    """Rows that point at the row with this id; `none` for those that point at nothing."""

    field_class = KeyField

    def filter(self, qs: Any, value: int | str | None) -> Any:
        if value is None:
            return qs
        if value == "none":
            return qs.filter(**{f"{self.field_name}__isnull": True})
        return qs.filter(**{self.field_name: value})


class UidField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = str(value or "").strip()
        if text and parse_uuid(text) is None:
            raise ValidationError(_("An id looks like 123e4567-e89b-12d3-a456-426614174000."))
        return parse_uuid(text) if text else None


class Uid(django_filters.Filter):  # type: ignore[misc]
    """Rows with this public id (`field_name` names the column)."""

    field_class = UidField


class Since(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "From this time on (RFC 3339).")
        super().__init__(*args, lookup_expr="gte", **kwargs)


class Until(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Before this time (RFC 3339).")
        super().__init__(*args, lookup_expr="lt", **kwargs)


class YesNo(django_filters.ChoiceFilter):  # type: ignore[misc]
    """`true` or `false`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(*args, choices=choices, help_text="`true` or `false`.", **kwargs)

    def filter(self, qs: Any, value: str) -> Any:
        return qs.filter(**{self.field_name: value == "true"}) if value else qs


class Words(django_filters.CharFilter):  # type: ignore[misc]
    """`fields` contain the words, without regard to case."""

    def __init__(self, *args: Any, fields: list[str], **kwargs: Any) -> None:
        self.fields = fields
        super().__init__(*args, help_text=f"Part of: {', '.join(fields)}.", **kwargs)

    def filter(self, qs: Any, value: str) -> Any:
        for word in value.split()[:10] if value else []:
            match = models.Q()
            for field in self.fields:
                match |= models.Q(**{f"{field}__has": word})
            qs = qs.filter(match)
        return qs
