"""What Django's own lookups do not offer."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.lookups import Lookup


@models.CharField.register_lookup
@models.TextField.register_lookup
class Has(Lookup):
    """`name__has="peña"`: part of the text, without regard to case, by a trigram index where there is one.

    `icontains` compares UPPER(column), which an index on the column cannot help.
    """

    lookup_name = "has"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = compiler.compile(self.lhs)
        pattern = f"%{connection.ops.prep_for_like_query(str(self.rhs))}%"
        return f"{column} ILIKE %s", (*parameters, pattern)
