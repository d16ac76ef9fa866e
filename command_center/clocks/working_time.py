"""Two calendars: time that runs on, and time that runs only while offices work.

The city's policy ``calendar`` comes in, due moments and used seconds go out; pure. ``clocks.py`` asks here,
and whoever shows what is left of a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar

from command_center.cases.policy_key import PolicyKey

CONTINUOUS, WORKING = "continuous", "working"
HORIZON_DAYS = 800  # far beyond the longest limit; a calendar without any workday must not loop for ever


@dataclass(frozen=True)
class WorkingTime:
    """When offices work, in the city's local time. Dates listed by the city win over the national calendar."""

    timezone: ZoneInfo
    week: frozenset[int]
    slots: tuple[tuple[time, time], ...]
    holidays: frozenset[date]
    makeup_workdays: frozenset[date]
    listed_years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Tell whether offices work on a local date.

        Source: the city's list; else the national calendar of ``chinese_calendar``, which knows 2004 to
        2026 and raises beyond (tried with 1.11.0); else the weekday.
        """
        if day in self.holidays:
            return False
        if day in self.makeup_workdays:
            return True
        if day.year not in self.listed_years:
            try:
                return bool(chinese_calendar.is_workday(day))
            except NotImplementedError:
                pass
        return day.isoweekday() in self.week

    def _slots_from(self, local_day: date) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(HORIZON_DAYS):
            day = local_day + timedelta(days=offset)
            if self.is_workday(day):
                for begin, end in self.slots:
                    yield (
                        datetime.combine(day, begin, tzinfo=self.timezone),
                        datetime.combine(day, end, tzinfo=self.timezone),
                    )

    def add(self, start: datetime, seconds: float) -> datetime:
        """Return the moment at which so many working seconds have passed since ``start``."""
        left = timedelta(seconds=seconds)
        for begin, end in self._slots_from(start.astimezone(self.timezone).date()):
            begin = max(begin, start)  # noqa: PLW2901
            if end <= begin:
                continue
            if end - begin >= left:
                return (begin + left).astimezone(start.tzinfo)
            left -= end - begin
        return start + timedelta(days=HORIZON_DAYS)

    def between_s(self, start: datetime, end: datetime) -> float:
        """Return the working seconds between two moments; 0 where ``end`` is not the later one."""
        total = timedelta()
        if end <= start:
            return 0.0
        for opens, closes in self._slots_from(start.astimezone(self.timezone).date()):
            if opens >= end:
                break
            total += max(timedelta(), min(closes, end) - max(opens, start))
        return total.total_seconds()


def read_working_time(document: Mapping[str, Any], timezone: ZoneInfo) -> WorkingTime:
    """Return the working time that a city's policy ``calendar`` describes."""
    return _read(PolicyKey(document), timezone)


@lru_cache(maxsize=8)
def _read(key: PolicyKey, timezone: ZoneInfo) -> WorkingTime:
    years = key.document.get("years", {})
    return WorkingTime(
        timezone=timezone,
        week=frozenset(key.document["week"]),
        slots=tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in key.document["slots"]),
        holidays=frozenset(_dates(years, "holidays")),
        makeup_workdays=frozenset(_dates(years, "makeup_workdays")),
        listed_years=frozenset(int(year) for year in years),
    )


def _dates(years: Mapping[str, Any], key: str) -> Iterator[date]:
    for year in years.values():
        yield from (day if isinstance(day, date) else date.fromisoformat(day) for day in year.get(key, ()))


def add_time(start: datetime, seconds: float, calendar: str, working: WorkingTime) -> datetime:
    """Return the moment at which so many seconds of that calendar have passed."""
    return working.add(start, seconds) if calendar == WORKING else start + timedelta(seconds=seconds)


def time_between_s(start: datetime, end: datetime, calendar: str, working: WorkingTime) -> float:
    """Return the seconds of that calendar between two moments, negative where ``end`` is the earlier one."""
    if end < start:
        return -time_between_s(end, start, calendar, working)
    return working.between_s(start, end) if calendar == WORKING else (end - start).total_seconds()
