"""Writes ``calendar.toml``: the national holidays and make-up workdays of the years that are announced.

``chinese_calendar`` says them (1.11.0 knows 2004 to 2026 and raises beyond); a year that is announced later is
added by hand, or by a newer release of it.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

FIRST_YEAR, LAST_YEAR = 2024, 2026
HEAD = """\
# Working time and holidays. A year that is not set below follows the weekdays, and everyone is warned of it.
week = [1, 2, 3, 4, 5] # ISO weekdays that are worked
slots = [["08:00", "12:00"], ["14:00", "18:00"]] # local time; 8 work hours a day

# Other hours in a part of the year (month-day, both included) would stand here as
# [[seasons]] first = "06-01", last = "09-30", slots = [["08:00", "12:00"], ["14:30", "18:30"]]

# Public holidays and the weekend days worked in exchange, as announced each November by the State Council.
"""


def write_calendar(folder: Path) -> None:
    text = HEAD + "".join(_write_year(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))
    (folder / "calendar.toml").write_text(text, encoding="utf-8")


def _write_year(year: int) -> str:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    own = [day for day in days if day.year == year]
    holidays = [day for day in own if chinese_calendar.is_holiday(day) and _is_named(day)]
    makeup = [day for day in own if chinese_calendar.is_workday(day) and day.isoweekday() > 5]
    return f"\n[years.{year}]\n{_write_days('holidays', holidays)}{_write_days('makeup_workdays', makeup)}"


def _is_named(day: date) -> bool:
    """Tell whether it is a holiday by name, not merely a weekend."""
    return bool(chinese_calendar.get_holiday_detail(day)[1])


def _write_days(name: str, days: list[date]) -> str:
    lines = [days[start : start + 6] for start in range(0, len(days), 6)]
    rows = "".join("  " + " ".join(f'"{day}",' for day in line) + "\n" for line in lines)
    return f"{name} = [\n{rows}]\n"
