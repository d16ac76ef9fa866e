"""The national holidays and make-up workdays of a year as the text of ``calendar.toml``, to be edited there.

Asked by ``citybrain city calendar`` and by the demo city's generator. ``chinese_calendar`` says them: 1.11.0
knows 2004 to 2026 and raises beyond.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

WEEKDAYS = 5


def write_year(year: int) -> str:
    """Return the table of one year.

    Raises:
        NotImplementedError: The year is not announced, or this release of the calendar does not know it.
    """
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    own = [day for day in days if day.year == year]
    holidays = [day for day in own if chinese_calendar.is_holiday(day) and _is_named(day)]
    makeup = [day for day in own if chinese_calendar.is_workday(day) and day.isoweekday() > WEEKDAYS]
    return f"\n[years.{year}]\n{_write_days('holidays', holidays)}{_write_days('makeup_workdays', makeup)}"


def _is_named(day: date) -> bool:
    """Tell whether it is a holiday by name, not merely a weekend."""
    return bool(chinese_calendar.get_holiday_detail(day)[1])


def _write_days(name: str, days: list[date]) -> str:
    lines = [days[start : start + 6] for start in range(0, len(days), 6)]
    rows = "".join("  " + " ".join(f'"{day}",' for day in line) + "\n" for line in lines)
    return f"{name} = [\n{rows}]\n"
