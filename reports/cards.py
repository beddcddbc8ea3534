"""What the pages show as big figures: words, the number, its definition and the way to its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.models import Metric

from . import words
from .forms import Filter
from .selectors.shapes import Metrics, Monitor

CHATS = "/console/chats/"
LONG_WAIT = 120  # seconds in the queue from which the wall turns red
_To = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Card:
    """`level` is "late", "warn", "good" or "" and never the only sign: `note` says it too."""

    key: str
    label: str
    value: str
    note: str = ""
    url: str = ""
    definition: str = ""
    level: str = ""
    empty: bool = False


def cards(found: Metrics, asked: Filter) -> list[Card]:
    """The report's figures, in the order in which they are read."""

    def to(kind: str) -> str:
        return f"{reverse('reports:rows')}?{asked.query(of=kind)}"

    return [*_volume(found, to), *_times(found, to), *_quality(found, to)]


def _volume(found: Metrics, to: _To) -> list[Card]:
    volume, chats = found["volume"], found["chats"]
    return [
        Card("created", _("Tickets opened"), words.count(volume["created"]), url=to("created"),
             definition=_("Tickets opened in the period. A merged ticket counts once.")),
        Card("solved", _("Tickets solved"), words.count(volume["solved"]), url=to("solved"),
             definition=_("Tickets solved in the period and not reopened since.")),
        Card("open", _("Open at the end"), words.count(volume["open_at_end"]), url=to("open_at_end"),
             definition=_("Tickets opened before the end of the period and neither solved nor closed by then.")),
        Card("chats", _("Chats answered"),
             f"{words.count(chats['served'])} / {words.count(chats['requested'])}" if chats["requested"] else _none(),
             note=_("%(count)s missed · median wait %(wait)s")
             % {"count": words.count(chats["missed"]), "wait": words.duration(chats["wait"]["median_seconds"])}
             if chats["requested"] else "",
             url=to("chats") if chats["requested"] else "", empty=not chats["requested"],
             definition=_("Live chats asked for in the period that a colleague accepted; missed ones ended before."
                          " The wait is from the visitor's request to the acceptance.")),
    ]  # fmt: skip


def _times(found: Metrics, to: _To) -> list[Card]:
    first, resolution = found["first_reply"], found["resolution"]
    promise = next((s for s in found["service_levels"] if s["metric"] == Metric.FIRST_REPLY), None)
    spread = _("average %(average)s · 9 in 10 within %(p90)s")
    return [
        Card("first_reply", _("First reply, median"), words.duration(first["median_seconds"]),
             note=_spread(spread, first["average_seconds"], first["p90_seconds"]), empty=not first["count"],
             url=to("first_reply") if first["count"] else "",
             definition=_("From the opening of a ticket to the first reply of a colleague, by the calendar clock, of"
                          " tickets opened in the period. Tickets without a reply yet, and automatic answers, do not"
                          " count. Half of the customers waited less than the median.")),
        Card("promise", _("First reply in time"), words.percent(promise["percent"]) if promise else _none(),
             note=ngettext("%(count)s late", "%(count)s late", promise["breached"])
             % {"count": words.count(promise["breached"])} if promise else "",
             url=to("late_first_reply") if promise else "", empty=promise is None,
             definition=_("Kept promises ÷ (kept + missed) of the service level for first replies, in business hours"
                          " where the policy says so. What still runs does not count.")),
        Card("resolution", _("Resolution, median"), words.duration(resolution["median_seconds"]),
             note=_spread(spread, resolution["average_seconds"], resolution["p90_seconds"]),
             url=to("solved") if resolution["count"] else "", empty=not resolution["count"],
             definition=_("From opening to the solving that lasted, of tickets solved in the period; time spent"
                          " waiting for the customer included.")),
    ]  # fmt: skip


def _quality(found: Metrics, to: _To) -> list[Card]:
    rated, touch, again = found["satisfaction"], found["one_touch"], found["reopened"]
    votes = rated["good"] + rated["bad"]
    return [
        Card("satisfaction", _("Satisfaction"), words.percent(rated["percent"]), empty=not votes,
             note=_("%(good)s good · %(bad)s bad") % {"good": words.count(rated["good"]),
                                                      "bad": words.count(rated["bad"])} if votes else "",
             url=to("bad" if rated["bad"] else "good") if votes else "",
             definition=_("Good ÷ (good + bad) of the ratings given in the period; the last rating of a ticket counts,"
                          " unrated tickets do not.")),
        Card("one_touch", _("Solved with one reply"), words.percent(touch["percent"]), empty=not touch["of"],
             note=_of(touch["count"], touch["of"]), url=to("one_touch") if touch["count"] else "",
             definition=_("Of the tickets solved in the period, those with exactly one reply of a colleague that were"
                          " never reopened.")),
        Card("reopened", _("Reopened"), words.percent(again["percent"]), empty=not again["of"],
             note=_of(again["count"], again["of"]), url=to("reopened") if again["count"] else "",
             definition=_("Of the tickets opened in the period, those that came back after being solved.")),
    ]  # fmt: skip


def _none() -> str:
    return str(words.NOTHING)


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s") % {"part": words.count(part), "whole": words.count(whole)} if whole else ""


def _spread(text: str, average: float | None, p90: float | None) -> str:
    return "" if average is None else text % {"average": words.duration(average), "p90": words.duration(p90)}


def wall(found: Monitor) -> list[Card]:
    """Six figures that can be read from five metres."""
    queue, staff, promises, rated = (
        found["queue"], found["agents"], found["service_levels"], found["satisfaction_last_hour"],
    )  # fmt: skip
    waiting = found["waiting_on_us"]

    def now(kind: str) -> str:
        return f"{reverse('reports:rows')}?{urlencode({'of': kind})}"

    return [
        Card("queue", _("In the queue"), words.count(queue["size"]), url=CHATS, level="warn" if queue["size"] else "",
             note=_("average wait %(wait)s") % {"wait": words.duration(queue["average_wait_seconds"])}
             if queue["size"] else _("nobody waits for a chat")),
        Card("wait", _("Longest wait"), words.short(queue["longest_wait_seconds"] or 0) if queue["size"] else "–",
             url=CHATS, level="late" if (queue["longest_wait_seconds"] or 0) > LONG_WAIT else "",
             note=ngettext("%(count)s chat missed in the last hour", "%(count)s chats missed in the last hour",
                           found["missed_chats_last_hour"]) % {"count": found["missed_chats_last_hour"]}),
        Card("chats", _("Active chats"), words.count(found["active_chats"]), url=CHATS,
             note=_("%(count)s per agent online") % {"count": words.count(staff["chats_per_agent"])}
             if staff["chats_per_agent"] is not None else _("nobody is online")),
        Card("agents", _("Agents online"), words.count(staff["online"]), url="#agents",
             level="late" if queue["size"] and not staff["online"] else "",
             note=_("%(away)s away · room for %(room)s more chats")
             % {"away": words.count(staff["away"]),
                "room": words.count(max(0, staff["chat_capacity"] - staff["active_chats"]))}),
        Card("late", _("Late now"), words.count(promises["breached_now"]), url=now("late_now"),
             level="late" if promises["breached_now"] else "good",
             note=_("%(soon)s due within the hour · %(waiting)s wait for us")
             % {"soon": words.count(promises["due_within_hour"]), "waiting": words.count(waiting["count"])}),
        Card("satisfaction", _("Satisfaction, last hour"),
             "–" if rated["percent"] is None else words.percent(rated["percent"]),
             note=_("%(good)s good · %(bad)s bad") % {"good": rated["good"], "bad": rated["bad"]}
             if rated["percent"] is not None else _("no ratings in the last hour"), url=""),
    ]  # fmt: skip
