"""Which years the city's calendar does not set, though clocks are running into them: a warning for people.

Asked by ``citybrain city``, the brain's log, ``/readyz`` and the screens. Until a year is set its working time
follows the weekdays: nothing stops, but holidays count as days of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

AHEAD = timedelta(days=61)
"""How long before a year begins it is missed: the State Council announces its holidays each November."""


def list_unset_years(calendar: Mapping[str, Any], today: date) -> list[int]:
    """Return the years that clocks may run in now and that the calendar does not set."""
    return [
        year for year in sorted({today.year, (today + AHEAD).year}) if str(year) not in calendar.get("years", {})
    ]


def calendar_warnings(calendar: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
    """Return one warning a missing year: {code, year, zh, en}."""
    return [
        {
            "code": "calendar_year_not_set",
            "year": year,
            "zh": f"{year}年工作日历未设置：暂按周一至周五计工作时，未计节假日与调休。请在 calendar.toml 中补充。",
            "en": f"The calendar of {year} is not set: its working time follows the weekdays, without holidays "
            "and make-up workdays. Add the year to calendar.toml.",
        }
        for year in list_unset_years(calendar, today)
    ]
