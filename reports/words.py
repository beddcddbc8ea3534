"""Figures as people read them. The symbols s, min, h and d are the same in every language we speak."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MINUTE, HOUR, DAY = 60, 3600, 86_400
SPACE = "\u00a0"  # a number and its unit stay on one line

NOTHING = gettext_lazy("no data")


def duration(seconds: float | None) -> str:
    """ "41 s", "1 min 25 s", "12 min", "5 h 30 min", "2 d 4 h"; words when there is nothing."""
    if seconds is None:
        return str(NOTHING)
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole}{SPACE}s"
    if whole < 10 * MINUTE:
        return _joined(whole, MINUTE, "min", 1, "s")
    whole = round(seconds / MINUTE) * MINUTE
    if whole < HOUR:
        return f"{whole // MINUTE}{SPACE}min"
    if whole < DAY:
        return _joined(whole, HOUR, "h", MINUTE, "min")
    return _joined(round(seconds / HOUR) * HOUR, DAY, "d", HOUR, "h")


def short(seconds: float) -> str:
    """At most six characters, for the wall: "95 s", "12 min", "30 h"."""
    if seconds < 100:
        return f"{int(seconds)}{SPACE}s"
    if seconds < 100 * MINUTE:
        return f"{int(seconds // MINUTE)}{SPACE}min"
    return f"{int(seconds // HOUR)}{SPACE}h"


def _joined(whole: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    rest = whole % big // small
    text = f"{whole // big}{SPACE}{big_unit}"
    return f"{text} {rest}{SPACE}{small_unit}" if rest else text


def percent(value: float | None) -> str:
    """ "80 %", "66.7 %" with the reader's decimal sign."""
    if value is None:
        return str(NOTHING)
    return number_format(value, 0 if value == int(value) else 1) + SPACE + "%"


def share(value: float | None, decimals: int = 1) -> str:
    """A share from 0 to 1 as a percentage."""
    return percent(None if value is None else round(100 * value, decimals))


def count(value: float | None) -> str:
    """ "1,234" or "1.234"."""
    return str(NOTHING) if value is None else number_format(value, force_grouping=True)


def first_reply_sentence(today: float | None, yesterday: float | None) -> str:
    """What the page says first; medians in seconds."""
    words = {"today": duration(today), "yesterday": duration(yesterday)}
    if today is None and yesterday is None:
        return _("Nobody has had a first reply today or yesterday.")
    if today is None:
        return _("No first reply yet today; yesterday it took %(yesterday)s in the median.") % words
    if yesterday is None:
        return _("Today the first reply took %(today)s in the median; yesterday there was none.") % words
    return _("Today the first reply took %(today)s in the median; yesterday %(yesterday)s.") % words
