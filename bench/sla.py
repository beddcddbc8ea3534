"""How late the steps of service levels happen: breach and escalation of many clocks that fall due together."""

from __future__ import annotations

from .load import percentile
from .stack import running_stack, wait_for
from .table import Row

CLOCKS, MOST_SECONDS = 200, 2.0


def rows() -> list[Row]:
    with running_stack() as stack:
        expected = stack.script("bench.seed", "sla", str(CLOCKS))["steps"]
        wait_for(lambda: stack.script("bench.seed", "sla_steps")["done"] >= expected, 90, "all steps")
        late = stack.script("bench.seed", "sla_steps")["late"]
    p50, p99 = percentile(late, 0.5), percentile(late, 0.99)
    return [
        Row("sla", f"step after it was due, {CLOCKS} clocks in 10 s, p50", f"{p50:.2f}", "s"),
        Row("sla", "the same, p99", f"{p99:.2f}", "s", "", f"≤ {MOST_SECONDS:g} s", p99 <= MOST_SECONDS),
        Row("sla", "steps done", f"{len(late)} of {expected}", "", "", "each once", len(late) == expected),
    ]
