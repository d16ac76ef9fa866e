"""Writes ``calendar.toml``: the national holidays and make-up workdays of the years that are announced.

A year that is announced later is added by hand, or with ``citybrain city calendar YEAR``.
"""

from __future__ import annotations

from pathlib import Path

from grid.national_calendar import write_year

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
    text = HEAD + "".join(write_year(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))
    (folder / "calendar.toml").write_text(text, encoding="utf-8")
