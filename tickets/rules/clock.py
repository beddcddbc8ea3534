"""A service-level clock as a pure function of its ledger. No database; instants are arguments.

The ledger says when the clock ran, and by which calendar. Everything else follows from it: the time used, the
deadline, whether the promise was kept, and when the next warning, breach or step of the ladder is due.

Time is cumulative: each stretch counts by the calendar that was in force while it ran, so a hand-over to a team
with other hours moves what is to come and never what has been. `recast` is the exception, for a clock that had
promised nothing until then: all of it is measured by the calendar of its first promise.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.hours.clock import CalendarSpec, add_open_seconds, open_time

NEW, OPEN, PENDING, ON_HOLD, SOLVED, CLOSED = "new", "open", "pending", "on_hold", "solved", "closed"
UNSOLVED = frozenset({NEW, OPEN, PENDING, ON_HOLD})
ALWAYS = UNSOLVED | {SOLVED}  # a closed ticket is not written to: nothing runs in it


@dataclass(frozen=True, slots=True)
class MetricRule:
    """One row of the table: what starts the clock, in which statuses it runs, what fulfils it."""

    starts: frozenset[str]  # of "opened", "customer_message", "agent_reply"
    runs: frozenset[str]
    fulfilled_by: frozenset[str]  # of "agent_reply", "solved"
    only_if_promised: bool = False  # kept only when the policy has a target for it


# `resolution` rests while the customer has the word (pending); see docs/decisions/0004-sla-ledger.md.
METRICS: dict[str, MetricRule] = {
    "first_reply": MetricRule(frozenset({"opened"}), ALWAYS, frozenset({"agent_reply"})),
    "next_reply": MetricRule(frozenset({"customer_message"}), ALWAYS, frozenset({"agent_reply"})),
    "periodic_update": MetricRule(
        frozenset({"agent_reply"}), UNSOLVED, frozenset({"agent_reply", "solved"}), only_if_promised=True
    ),
    "requester_wait": MetricRule(frozenset({"opened"}), UNSOLVED - {PENDING}, frozenset({"solved"})),
    "agent_work": MetricRule(frozenset({"opened"}), frozenset({NEW, OPEN}), frozenset({"solved"})),
    "resolution": MetricRule(frozenset({"opened"}), UNSOLVED - {PENDING}, frozenset({"solved"})),
}
# Ended by the solution and woken by a reopening, with the time used so far.
UNTIL_SOLVED = ("resolution", "requester_wait", "agent_work")


# --- the ledger --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind`: start | pause | resume | stop | switch | recast; `calendar` counts for start, resume, switch, recast."""

    kind: str
    at: dt.datetime
    calendar: CalendarSpec | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The clock ran from `start` to `end` (None: it still does), measured by `calendar` (None: around the clock)."""

    start: dt.datetime
    end: dt.datetime | None
    calendar: CalendarSpec | None


def stretches(entries: Iterable[Entry]) -> list[Stretch]:
    """When the clock ran, in order; the last one may be open. Entries come in ledger order."""
    found: list[Stretch] = []
    since: dt.datetime | None = None
    calendar: CalendarSpec | None = None
    for entry in entries:
        if entry.kind == "recast":
            found = [Stretch(s.start, s.end, entry.calendar) for s in found]
            calendar = entry.calendar
            continue
        if since is not None and entry.at > since:
            found.append(Stretch(since, entry.at, calendar))
        if entry.kind in ("pause", "stop"):
            since = None
            continue
        if since is not None or entry.kind != "switch":
            since = entry.at
        calendar = entry.calendar
    if since is not None:
        found.append(Stretch(since, None, calendar))
    return found


def used(entries: Iterable[Entry], at: dt.datetime) -> dt.timedelta:
    """Open time on the clock at `at`, exact to the microsecond."""
    total = dt.timedelta(0)
    for stretch in stretches(entries):
        end = at if stretch.end is None else min(stretch.end, at)
        total += open_time(stretch.calendar, stretch.start, end)
    return total


def reaches(entries: Iterable[Entry], seconds: float) -> dt.datetime | None:
    """The instant at which the clock shows `seconds`; it may lie in the past.

    None while it is paused or stopped short of that, and when its calendar never opens for long enough.
    """
    left = dt.timedelta(seconds=seconds)
    for stretch in stretches(entries):
        if stretch.end is not None:
            span = open_time(stretch.calendar, stretch.start, stretch.end)
            if span < left:
                left -= span
                continue
        return add_open_seconds(stretch.calendar, stretch.start, left.total_seconds())
    return None


def was_met(stopped_at: dt.datetime, due_at: dt.datetime | None) -> bool:
    """Whether something that happened at `stopped_at` kept a promise due at `due_at`.

    Exactly at the deadline is kept; a microsecond later is not. The verbs and the sweep both ask here (the sweep
    with the present as `stopped_at`: it is what the earliest answer could still be), so they cannot disagree.
    """
    return due_at is None or stopped_at <= due_at


# --- steps -------------------------------------------------------------------------------------------

_RANK = {"warn": 0, "breach": 1, "ladder": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do once the clock shows `threshold` seconds. `key` is unique for one clock."""

    key: str
    kind: str  # "warn" | "breach" | "ladder"
    threshold: float
    action: str = ""
    params: tuple[tuple[str, Any], ...] = ()
    when: tuple[str, float] = ("at_percent", 100)  # as the policy words it

    @property
    def label(self) -> str:
        """The key without what is only there to keep it unique: "breach", "warn:75%", "raise_tier@100%"."""
        if self.kind == "ladder":
            return self.key.split(":")[2]
        return self.key if self.kind == "warn" else self.kind

    @property
    def order(self) -> tuple[float, int]:
        return (self.threshold, _RANK[self.kind])


def steps_of(
    *, metric: str, target: int | None, business: bool, ladder: Sequence[Mapping[str, Any]], policy_id: int | None
) -> list[Step]:
    """What a clock with this target will do, in due order: warnings, the breach, the rungs of the ladder.

    A rung before the deadline brings a warning with it. Keys name what is done and not its place in the list, so
    that an edited policy does not repeat a rung that was done; a new target is a new promise with its own breach.
    """
    if target is None:
        return []
    found = [Step(key=f"breach:{target}{'b' if business else ''}", kind="breach", threshold=float(target))]
    warned: set[str] = set()
    for rung in ladder:
        if rung["metric"] != metric:
            continue
        when, amount = ("at_percent", rung["at_percent"]) if "at_percent" in rung else ("after", rung["after_seconds"])
        threshold = max(0.0, target * amount / 100 if when == "at_percent" else float(target + amount))
        moment = f"{amount}%" if when == "at_percent" else f"{amount:+}s"
        if threshold < target and moment not in warned:
            warned.add(moment)
            found.append(Step(key=f"warn:{moment}", kind="warn", threshold=threshold, when=(when, amount)))
        params = rung.get("params") or {}
        mark = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:8] if params else ""
        found.append(
            Step(
                key=f"ladder:{policy_id}:{rung['action']}@{moment}" + (f":{mark}" if mark else ""),
                kind="ladder",
                threshold=threshold,
                action=rung["action"],
                params=tuple(sorted(params.items())),
                when=(when, amount),
            )
        )
    return sorted(found, key=lambda step: step.order)


def next_step(entries: Sequence[Entry], steps: Sequence[Step], done: Iterable[str]) -> tuple[dt.datetime, Step] | None:
    """(due instant, step) of the first step not yet done; None when the clock will reach no further one."""
    known = set(done)
    for step in steps:
        if step.key not in known:
            # Thresholds rise, so what the clock does not reach here it does not reach further on.
            at = reaches(entries, step.threshold)
            return None if at is None else (at, step)
    return None
