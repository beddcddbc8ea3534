"""SQL that Django has no name for: seconds between two instants, and percentiles."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, F, FloatField, Func


class Seconds(Func):
    """Calendar seconds from `start` to `end`, with their fraction."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::float8"
    output_field = FloatField()

    def __init__(self, end: str, start: str) -> None:
        super().__init__(F(end) - F(start))


class Percentile(Aggregate):
    """The value below which `fraction` of the rows lie, between two rows in proportion (percentile_cont).

    0.5 is the median: of 10, 20, 30, 40 it is 25. NULLs do not count; no rows give None.
    """

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=repr(float(fraction)), **extra)
