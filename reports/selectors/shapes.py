"""What the reports say, as shapes: the API's schema is made from them. Seconds are calendar seconds."""

from __future__ import annotations

from typing import TypedDict


class Volume(TypedDict):
    created: int
    solved: int
    open_at_end: int


class Spread(TypedDict):
    """How long something took. None when nothing was measured: that is not zero seconds."""

    count: int
    median_seconds: float | None
    average_seconds: float | None
    p90_seconds: float | None


class Satisfaction(TypedDict):
    good: int
    bad: int
    percent: float | None


class Share(TypedDict):
    count: int
    of: int
    percent: float | None


class Attainment(TypedDict):
    metric: str
    met: int
    breached: int
    percent: float | None


class Escalation(TypedDict):
    reason: str
    automatic: bool
    count: int


class Chats(TypedDict):
    requested: int
    served: int
    missed: int
    wait: Spread


class ChannelRow(TypedDict):
    channel: str
    created: int
    solved: int
    first_reply_median_seconds: float | None
    good: int
    bad: int
    satisfaction_percent: float | None


class DayRow(TypedDict):
    day: str
    created: int
    solved: int
    first_reply_median_seconds: float | None
    first_reply_average_seconds: float | None
    good: int
    bad: int
    satisfaction_percent: float | None


class AgentRow(TypedDict):
    """`agent` None: tickets that nobody has."""

    agent: int | None
    name: str | None
    solved: int
    replies: int
    first_reply_median_seconds: float | None
    good: int
    bad: int
    satisfaction_percent: float | None


class Filters(TypedDict):
    department: int | None
    channel: str | None
    agent: int | None


Metrics = TypedDict(
    "Metrics",
    {
        "from": str,
        "to": str,
        "time_zone": str,
        "filters": Filters,
        "volume": Volume,
        "first_reply": Spread,
        "resolution": Spread,
        "satisfaction": Satisfaction,
        "service_levels": list[Attainment],
        "reopened": Share,
        "one_touch": Share,
        "escalations": list[Escalation],
        "chats": Chats,
        "by_channel": list[ChannelRow],
        "by_day": list[DayRow],
        "by_agent": list[AgentRow],
    },
)


class Queue(TypedDict):
    size: int
    longest_wait_seconds: float | None
    average_wait_seconds: float | None


class Staff(TypedDict):
    """`online` have an open console; `online_elsewhere` have chosen online and have none."""

    online: int
    away: int
    transfers_only: int
    online_elsewhere: int
    active_chats: int
    chat_capacity: int
    chats_per_agent: float | None


class StaffRow(TypedDict):
    agent: int
    name: str
    status: str
    connected: bool
    active_chats: int
    chat_capacity: int


class DepartmentRow(TypedDict):
    department: int | None
    name: str | None
    queue: int
    longest_wait_seconds: float | None
    active_chats: int
    agents_online: int


class Promises(TypedDict):
    breached_now: int
    due_within_hour: int


class WaitingOnUs(TypedDict):
    count: int
    longest_seconds: float | None


class Monitor(TypedDict):
    at: str
    queue: Queue
    active_chats: int
    missed_chats_last_hour: int
    agents: Staff
    tickets: dict[str, int]
    open_tickets: int
    waiting_on_us: WaitingOnUs
    service_levels: Promises
    satisfaction_last_hour: Satisfaction
    agent_list: list[StaffRow]
    departments: list[DepartmentRow]
