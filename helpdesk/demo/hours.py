"""The calendars of the office in Madrid and of those who answer at any hour."""

from __future__ import annotations

import datetime as dt
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALWAYS = {"time_zone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")}}

# (month, day, name): the national holidays, those of the region of Madrid, and those of the city.
_FIXED = (
    (1, 1, "Año Nuevo"),
    (1, 6, "Epifanía del Señor"),
    (5, 1, "Fiesta del Trabajo"),
    (5, 2, "Fiesta de la Comunidad de Madrid"),
    (8, 15, "Asunción de la Virgen"),
    (10, 12, "Fiesta Nacional de España"),
    (11, 1, "Todos los Santos"),
    (12, 6, "Día de la Constitución"),
    (12, 8, "Inmaculada Concepción"),
    (12, 25, "Natividad del Señor"),
)
_CITY = ((5, 15, "San Isidro"), (11, 9, "Nuestra Señora de la Almudena"))


def easter(year: int) -> dt.date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)


def holidays(year: int) -> list[dict[str, str]]:
    """`[{"date","name"}]` of one year in Madrid. What falls on a Sunday is kept on the Monday after."""
    days = {
        easter(year) - dt.timedelta(days=3): "Jueves Santo",
        easter(year) - dt.timedelta(days=2): "Viernes Santo",
    }
    for month, day, name in _FIXED:
        date = dt.date(year, month, day)
        if date.weekday() == 6:
            days[date + dt.timedelta(days=1)] = f"{name} (traslado)"
        else:
            days[date] = name
    for month, day, name in _CITY:
        days.setdefault(dt.date(year, month, day), name)
    return [{"date": date.isoformat(), "name": name} for date, name in sorted(days.items())]


def office(years: range) -> dict[str, Any]:
    """Monday to Friday, 9:00 to 18:00 in Madrid, closed on the holidays of `years`."""
    return {
        "time_zone": "Europe/Madrid",
        "weekly": {day: [["09:00", "18:00"]] for day in WEEKDAYS},
        "holidays": [holiday for year in years for holiday in holidays(year)],
    }
