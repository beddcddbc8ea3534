"""Queries whose shape never changes, compiled once.

Django compiles a queryset to SQL each time it runs. For a row with its relations that takes longer than the
database does, and the verbs on the chat's hot path ask for the same few shapes with every message.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)
# What stands for the parameter at a place while compiling; no row has such a value.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda place: -7_316_000_000 - place,
    uuid.UUID: lambda place: uuid.UUID(int=7_316_000_000 + place),
}


@dataclass(frozen=True)
class _Shape:
    """A compiled query, and how a row of it becomes an instance: see django.db.models.query.ModelIterable."""

    sql: str
    places: tuple[Any, ...]
    using: str
    locks: bool
    model: type[models.Model]
    names: list[str]
    columns: slice
    populators: list[Any]
    convert: Callable[[Any], Any] | None


class Prepared(Generic[M]):
    """`Prepared(queryset, int, UUID)(7, uid)` is `queryset(7, uid)[:1]`'s row, or None.

    Parameters are ints and UUIDs; the queryset may use one in several places, as itself (not one more than it).
    `select_related`, `only` and `select_for_update` work as ever; ordering is the queryset's own; annotations and
    prefetching do not work.
    """

    def __init__(self, queryset: Callable[..., models.QuerySet[M]], *kinds: type) -> None:
        self._queryset = queryset
        self._stand_ins = [_STAND_INS[kind](place) for place, kind in enumerate(kinds)]
        self._shape: _Shape | None = None

    def __call__(self, *parameters: Any) -> M | None:
        # Two threads may compile at once: they come to the same.
        shape = self._shape = self._shape or self._compile()
        connection = connections[shape.using]
        if shape.locks and not connection.in_atomic_block:
            raise TransactionManagementError("a lock is taken inside a transaction")
        given = dict(zip(self._stand_ins, parameters, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(shape.sql, [given.get(place, place) for place in shape.places])
            row = cursor.fetchone()
        if row is None:
            return None
        if shape.convert is not None:
            row = shape.convert(row)
        found = shape.model.from_db(shape.using, shape.names, row[shape.columns])
        for populator in shape.populators:
            populator.populate(row, found)
        return found  # type: ignore[return-value]

    def _compile(self) -> _Shape:
        queryset = self._queryset(*self._stand_ins)[:1]
        using = queryset.db
        compiler = queryset.query.get_compiler(using=using)
        sql, places = compiler.as_sql()
        info = compiler.klass_info
        assert info is not None
        assert not compiler.annotation_col_map
        columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return _Shape(
            sql=sql, places=tuple(places), using=using, locks=queryset.query.select_for_update, model=info["model"],
            names=[column[0].target.attname for column in compiler.select[columns]], columns=columns,
            populators=get_related_populators(info, compiler.select, using),  # type: ignore[call-arg]  # of Django 6
            convert=(lambda row: next(iter(compiler.apply_converters([row], converters)))) if converters else None,
        )  # fmt: skip
