"""A second opinion on business time: asks the wall clock once a minute, and knows nothing of `clock`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _covers(pairs: list[list[str]], minute: int, *, from_yesterday: bool) -> bool:
    for start, end in pairs:
        opens, closes = _minute(start), _minute(end)
        crosses = closes <= opens
        if from_yesterday:
            if crosses and minute < closes:
                return True
        elif opens <= minute and (crosses or minute < closes):
            return True
    return False


class Walk:
    """`calendar` is the JSON object; instants must be whole minutes."""

    def __init__(self, calendar: dict[str, Any]) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar["time_zone"])

    def _listed(self, kind: str, day: date, minute: int) -> bool:
        for back, from_yesterday in ((0, False), (1, True)):
            wanted = (day - timedelta(days=back)).isoformat()
            for entry in self.calendar.get(kind, []):
                if entry["date"] != wanted:
                    continue
                if not entry.get("intervals"):
                    if not from_yesterday:
                        return True
                elif _covers(entry["intervals"], minute, from_yesterday=from_yesterday):
                    return True
        return False

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if self._listed("openings", day, minute):
            return True
        if self._listed("holidays", day, minute):
            return False
        weekly = self.calendar["weekly"]
        today, yesterday = DAYS[day.weekday()], DAYS[day.weekday() - 1]
        return _covers(weekly.get(today, []), minute, from_yesterday=False) or _covers(
            weekly.get(yesterday, []), minute, from_yesterday=True
        )

    def minutes(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
        at = start.astimezone(UTC)
        while at < end:
            yield at, self.is_open(at)
            at += MINUTE
